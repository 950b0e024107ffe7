import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-hips-command-'));
afterAll(() => rmSync(folder, { recursive: true }));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../bin/almagest.mjs'), 'hips', ...args], { encoding: 'utf8' });

test('images become a HiPS that is sound; a broken one, and images without a place, are told', async () => {
  const side = 40;
  const data = Float32Array.from({ length: side * side }, (_, k) => k);
  const place = { CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: 45, CRVAL2: 20, CRPIX1: 20, CRPIX2: 20, CDELT1: -0.05, CDELT2: 0.05 };
  const image = join(folder, 'image.fits');
  writeFileSync(image, await fitsBytes([imageHdu({ data, shape: [side, side], header: Header.of(place) })]));
  const out = join(folder, 'hips');
  const made = run('build', out, image, '--order', '3', '--threads', '1', '--json');
  expect(made.stderr).toBe('');
  expect(JSON.parse(made.stdout)).toMatchObject({ order: 3, resumed: 0 });
  expect(JSON.parse(run('verify', out, '--json').stdout)).toMatchObject({ valid: true, issues: [] });
  rmSync(join(out, 'Moc.fits'));
  const broken = run('verify', out, '--json');
  expect(broken.status).toBe(2);
  expect(JSON.parse(broken.stdout)).toMatchObject({ valid: false, issues: ['Moc.fits is missing'] });
  const nowhere = join(folder, 'nowhere.fits');
  writeFileSync(nowhere, await fitsBytes([imageHdu({ data, shape: [side, side] })]));
  const refused = run('build', join(folder, 'x'), nowhere, '--json');
  expect(refused.status).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'images.hips-input' } });
});
