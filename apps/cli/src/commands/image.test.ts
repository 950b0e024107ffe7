import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, fitsBytes, Header, imageHdu, openFits } from '@almagest/fits';
import { readExposure } from '@almagest/image';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '../../bin/almagest.mjs');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'almagest-image-'));
  for (const [name, shift] of [
    ['a', 0],
    ['b', 3],
    ['c', -2],
  ] as const) {
    const data = Float32Array.from({ length: 120 * 100 }, (_, k) => {
      const [x, y] = [(k % 120) - 60.5 - shift, Math.floor(k / 120) - 50.25];
      return 200 + 5 * Math.sin(k * 12.9898) + 4000 * Math.exp(-(x * x + y * y) / 8);
    });
    const cards = {
      CTYPE1: 'RA---TAN',
      CTYPE2: 'DEC--TAN',
      CRVAL1: 10.5,
      CRVAL2: -20.25,
      CRPIX1: 60 + shift,
      CRPIX2: 50,
      CD1_1: -6e-5,
      CD2_2: 6e-5,
    };
    writeFileSync(join(folder, `${name}.fits`), await fitsBytes([imageHdu({ data, shape: [100, 120], header: Header.of(cards) })]));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): Record<string, unknown> {
  return JSON.parse(execFileSync(CLI, [...args, '--json'], { cwd: folder, encoding: 'utf8' })) as Record<string, unknown>;
}

test('image render writes PNG and JPEG of the asked size', () => {
  expect(run('image', 'render', 'a.fits', 'a.png', '--max-size', '60')).toMatchObject({ width: 60, height: 50, channels: 1 });
  expect([...readFileSync(join(folder, 'a.png')).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect(run('image', 'render', 'a.fits', 'rgb.jpg', '--green', 'b.fits', '--blue', 'c.fits', '--section', '40,30,40,40')).toMatchObject({
    width: 40,
    height: 40,
    channels: 3,
  });
  expect([...readFileSync(join(folder, 'rgb.jpg')).subarray(0, 2)]).toEqual([0xff, 0xd8]);
});

test('image warp aligns a shifted image', async () => {
  expect(run('image', 'warp', 'b.fits', 'aligned.fits', '--like', 'a.fits')).toMatchObject({ width: 120, height: 100 });
  const read = async (name: string): Promise<Float32Array> => {
    const file = await openFits(bytesSource(readFileSync(join(folder, name))));
    return (await readExposure(file)).maskedImage.image.data;
  };
  const [aligned, original] = [await read('aligned.fits'), await read('a.fits')];
  expect(Math.abs((aligned[50 * 120 + 60] ?? 0) - (original[50 * 120 + 60] ?? 0))).toBeLessThan(20);
});

test('coadd averages, with and without comparing the epochs', () => {
  for (const how of ['mean', 'compare']) {
    const report = run(
      'coadd',
      'a.fits',
      'b.fits',
      'c.fits',
      '--out',
      'deep.fits',
      '--like',
      'a.fits',
      '--combine',
      how,
      '--background-cell',
      '50',
    );
    expect(report['inputs']).toHaveLength(3);
    expect(report['missed']).toEqual([]);
  }
});

test('bad arguments and files without an image leave with exit code 2 and a coded error', () => {
  for (const args of [
    ['image', 'render', 'a.fits', 'a.gif'],
    ['image', 'render', 'missing.fits', 'a.png'],
    ['image', 'render', 'a.fits', 'a.png', '--limits', '5'],
    ['coadd', 'a.fits', '--out', 'x.fits', '--like', 'a.fits', '--threads', '0'],
  ]) {
    const { status, stdout } = spawnSync(CLI, [...args, '--json'], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toHaveProperty('error.code');
    expect([2, 3], args.join(' ')).toContain(status);
  }
});
