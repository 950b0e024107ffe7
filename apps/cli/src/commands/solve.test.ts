import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-solve-'));
afterAll(() => rmSync(folder, { recursive: true }));

function almagest(...args: readonly string[]): { status: number | null; stdout: string } {
  const main = join(import.meta.dirname, '../../bin/almagest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout };
}

const raw = (name: string): string => dataPath('single-raw-frames', name);
const hipparcos = dataPath('refcats', 'hipparcos-main.csv');

test.skipIf(!haveData)('a raw frame without WCS is solved, and the copy that is written carries the solution', () => {
  const copy = join(folder, 'solved.fits');
  const args = [
    'solve',
    raw('panoptes-dslr-bayer-unsolved.fits'),
    '--reference',
    hipparcos,
    '--scale',
    '10.3',
    '--center',
    '303,46,5',
    '--order',
    '1',
    '-o',
    copy,
    '--json',
  ];
  const solution = JSON.parse(almagest(...args).stdout) as Record<string, number>;
  expect(Math.hypot((solution['ra'] ?? 0) - 303.21, (solution['dec'] ?? 0) - 46.02)).toBeLessThan(0.02);
  expect(solution['scaleArcsec']).toBeCloseTo(10.31, 1);
  const centre = JSON.parse(almagest('wcs', 'to-sky', copy, '349.5', '349.5', '--json').stdout) as Record<string, number>;
  expect(centre['ra']).toBeCloseTo(solution['ra'] ?? 0, 9);
});

test.skipIf(!haveData)('a catalogue kept by HEALPix pixel solves the same frame from the shards about it alone', () => {
  const shards = join(folder, 'hipparcos');
  const made = JSON.parse(almagest('reference', shards, hipparcos, '--healpix', '--epoch', '1991.25', '--json').stdout) as Record<
    string,
    number
  >;
  expect(made['rows']).toBeGreaterThan(100);
  expect(made['shards']).toBeGreaterThan(1);
  const args = ['--scale', '10.3', '--center', '303,46,5', '--order', '1', '--json'];
  const frame = raw('panoptes-dslr-bayer-unsolved.fits');
  const solution = JSON.parse(almagest('solve', frame, '--reference', shards, ...args).stdout) as Record<string, number>;
  expect(Math.hypot((solution['ra'] ?? 0) - 303.21, (solution['dec'] ?? 0) - 46.02)).toBeLessThan(0.02);
});

test.skipIf(!haveData)('a wrong scale, a missing scale and a missing catalogue end with code 2 and the reason', () => {
  const frame = raw('panoptes-dslr-bayer-unsolved.fits');
  for (const [args, code] of [
    [['--reference', hipparcos, '--scale', '25', '--center', '303,46,3'], 'astrometry.not-solved'],
    [['--reference', hipparcos], 'astrometry.bad-input'],
    [['--reference', join(folder, 'none.csv'), '--scale', '10'], 'resources.file-not-found'],
  ] as const) {
    const { status, stdout } = almagest('solve', frame, ...args, '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toHaveProperty('error.code', code);
  }
});
