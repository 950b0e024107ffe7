import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bytesSource, openFits, readImage } from '@almagest/fits';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildColourHips, buildHips } from '../src/index.ts';
import { writeSampleImage } from './sample-sky.ts';

/** Hipsgen, of the Debian package `aladin`, and fitsverify judge what is made; where they are absent the tests are skipped. */
const haveHipsgen = spawnSync('sh', ['-c', 'command -v aladin']).status === 0;
const haveFitsverify = spawnSync('sh', ['-c', 'command -v fitsverify']).status === 0;
const run = promisify(execFile);
const hipsgen = async (...words: string[]): Promise<string> =>
  (await run('aladin', ['-hipsgen', ...words], { env: { ...process.env, JAVA_TOOL_OPTIONS: '-Djava.awt.headless=true' } })).stdout;

const folder = mkdtempSync(join(tmpdir(), 'almagest-hipsgen-'));
const now = new Date('2026-11-20T12:00:00Z');
const facts = { wavelengths: [4e-7, 5.5e-7], timespanMjd: [61_000, 61_010] } as const;
const making = (name: string) => ({
  folder: join(folder, name),
  creatorDid: `ivo://almagest.local/hips/${name}`,
  title: `Sample ${name}`,
  now,
  ...facts,
});
beforeAll(async () => {
  const images = join(folder, 'images');
  // Around the pole, and over the latitude at which HEALPix changes its form.
  const paths = [
    await writeSampleImage(images, 'a', { ra: 200, dec: 88, scale: 0.1 }),
    await writeSampleImage(images, 'b', { ra: 10, dec: 41.8, scale: 0.1 }),
    await writeSampleImage(images, 'c', { ra: 300, dec: -60, scale: 0.1 }),
  ];
  await buildHips({ ...making('g'), paths, order: 3, formats: ['png', 'jpeg'] });
  await buildHips({ ...making('r'), paths, order: 3 });
  await buildColourHips({ ...making('colour'), bands: [join(folder, 'r'), join(folder, 'g')], formats: ['jpeg'] });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(!haveHipsgen)('Hipsgen LINT finds a HiPS fully compatible, without a warning', { timeout: 300_000 }, async () => {
  for (const name of ['g', 'colour']) {
    const output = await hipsgen(`out=${join(folder, name)}`, 'LINT');
    expect(output).toContain('is fully IVOA HiPS 1.0 compatible');
    expect(output).not.toMatch(/WARN|ERROR/);
  }
});

test.skipIf(!haveHipsgen)('tiles are those that Hipsgen makes of the same images', { timeout: 300_000 }, async () => {
  const theirs = join(folder, 'theirs');
  await hipsgen(`in=${join(folder, 'images')}`, `out=${theirs}`, 'creator_did=ivo://x/y', 'order=3', 'INDEX', 'TILES');
  const pixelsOf = async (path: string) =>
    (await readImage(await (await openFits(bytesSource(readFileSync(path)))).hdu(0), { as: 'float32' })).data as Float32Array;
  const names = readdirSync(join(theirs, 'Norder3/Dir0')).filter((name) => name.endsWith('.fits'));
  expect(names.length).toBeGreaterThan(10);
  const differences: number[] = [];
  for (const name of names) {
    const [a, b] = [await pixelsOf(join(theirs, 'Norder3/Dir0', name)), await pixelsOf(join(folder, 'g/Norder3/Dir0', name))];
    for (let k = 0; k < a.length; k++) if (!Number.isNaN(a[k]) && !Number.isNaN(b[k])) differences.push(Math.abs(a[k]! - b[k]!));
  }
  differences.sort((a, b) => a - b);
  expect(differences.length).toBeGreaterThan(1e5);
  // All but the outermost half pixel, where the two go on beyond the last centres in their own ways.
  expect(differences[Math.floor(0.97 * differences.length)]).toBeLessThan(1e-3);
});

test.skipIf(!haveFitsverify)('fitsverify finds nothing in tiles, the whole sky and the coverage', async () => {
  const files = readdirSync(join(folder, 'g'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.fits'));
  expect(files.length).toBeGreaterThan(10);
  const { stdout } = await run('fitsverify', ['-q', ...files.map((name) => join(folder, 'g', name))], { maxBuffer: 1e7 });
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('verification OK'))).toEqual([]);
});
