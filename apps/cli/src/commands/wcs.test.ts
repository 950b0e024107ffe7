import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-wcs-'));
const header = join(folder, 'tan.hdr');
writeFileSync(
  header,
  [
    "CTYPE1  = 'RA---TAN'",
    "CTYPE2  = 'DEC--TAN'",
    'CRPIX1  = 101',
    'CRPIX2  = 201',
    'CRVAL1  = 10',
    'CRVAL2  = 20',
    'CDELT1  = -0.001',
    'CDELT2  = 0.001',
    'END',
  ].join('\n'),
);
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], input = ''): { status: number | null; stdout: string } {
  const main = join(import.meta.dirname, '../../bin/almagest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [main, 'wcs', ...args], { input, encoding: 'utf8' });
  return { status, stdout };
}

test('the reference pixel of a bare header lies at its CRVAL, and back', () => {
  const sky = JSON.parse(run(['to-sky', header, '100', '200', '--json']).stdout) as { ra: number; dec: number };
  expect(sky.ra).toBeCloseTo(10, 10);
  expect(sky.dec).toBeCloseTo(20, 10);
  expect(run(['to-pixel', header, '10', '20']).stdout).toBe('100 200\n');
});

test('pairs of standard input give one JSON line each, null where there is no image', () => {
  const { stdout } = run(['to-pixel', header, '--points', '-'], '10 20\n# behind us\n190 -20\n');
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { ra: 10, dec: 20, x: 100, y: 200 },
    { ra: 190, dec: -20, x: null, y: null },
  ]);
});

test('a missing file, a file without sky and half a pair end with code 2 and one error line', () => {
  for (const args of [
    ['to-sky', join(folder, 'none'), '1', '2'],
    ['to-sky', import.meta.filename, '1', '2'],
    ['to-sky', header, '1'],
  ]) {
    const { status, stdout } = run([...args, '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toHaveProperty('error.code');
  }
});
