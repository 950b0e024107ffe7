import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';
import { wantsColour } from '../plot/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-plot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const curve = join(folder, 'curve.csv');
writeFileSync(
  curve,
  `mjd,mag,magErr,band\n${Array.from({ length: 40 }, (_, i) => `${61000 + i * 0.3},${20 + Math.sin(i)},0.05,${i % 2 ? 'g' : 'r'}`).join('\n')}\n`,
);

function almagest(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const bin = join(import.meta.dirname, '../../bin/almagest.mjs');
  return spawnSync(process.execPath, [bin, 'plot', ...args], { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1' } });
}

test('a light curve comes out in characters, without colours in a pipe, magnitudes upside down', () => {
  const { status, stdout } = almagest('light-curve', curve, '--width', '80');
  expect(status).toBe(0);
  expect(stdout).not.toContain('\u001B');
  expect(stdout).toContain('mag against mjd');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const labels = stdout
    .split('\n')
    .flatMap((line) => /^\s*([\d.]+) ┤/.exec(line)?.[1] ?? [])
    .map(Number);
  expect(labels).toEqual(labels.toSorted((a, b) => a - b));
});

test('a folded one becomes an SVG with a point, an error and a colour for each row and band', () => {
  const out = join(folder, 'folded.svg');
  expect(almagest('light-curve', curve, '--fold', '1.884', '-o', out, '--json')).toMatchObject({
    status: 0,
    stdout: `{"out":"${out}","points":40}\n`,
  });
  const svg = readFileSync(out, 'utf8');
  expect(svg.match(/<circle [^>]*r="3"/g)).toHaveLength(40);
  expect(svg).toContain('folded by 1.884 days');
});

test('a histogram counts every value once', () => {
  const { status, stdout } = almagest('histogram', curve, '--column', 'mag', '--bins', '10', '--width', '60');
  expect([status, stdout.includes('40 values of mag')]).toEqual([0, true]);
});

test('mistakes are told with what was meant', () => {
  expect(almagest('histogram', curve, '--column', 'magg')).toMatchObject({ status: 2, stderr: /did you mean mag\?.*\[cli\.plot\]/s });
  expect(almagest('light-curve', curve, '-o', 'x.gif').stderr).toContain('.svg');
  expect(almagest('light-curve', folder).stderr).toContain('--object');
  expect(almagest('light-curv', curve).stderr).toContain('Did you mean light-curve');
});

test.skipIf(!haveData)('an image is drawn in shades, or as a PNG', () => {
  const file = dataPath('detection-sextractor-golden', 'image.fits');
  const { status, stdout } = almagest('image', file, '--width', '61');
  expect(status).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(30);
  const out = join(folder, 'image.png');
  expect(almagest('image', file, '-o', out).status).toBe(0);
  expect(readFileSync(out).subarray(1, 4).toString()).toBe('PNG');
});

test('colours are for terminals, unless NO_COLOR is set to something', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({ isTTY: false }, {})).toBe(false);
});
