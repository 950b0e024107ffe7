import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CelestialFrame, type CelestialSystem, frameToIcrsInPlace, icrsToFrameInPlace } from '../../src/index.ts';

const DEG = Math.PI / 180;
const { cases } = JSON.parse(readFileSync(new URL('wcslib/frames.json', import.meta.url), 'utf8')) as {
  cases: { frame: string; from: [number, number]; icrs: [number, number] }[];
};

const vector = ([lon, lat]: readonly [number, number]): Float64Array =>
  new Float64Array([Math.cos(lat * DEG) * Math.cos(lon * DEG), Math.cos(lat * DEG) * Math.sin(lon * DEG), Math.sin(lat * DEG)]);
const separationMas = (a: Float64Array, b: Float64Array): number => (Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / DEG) * 3.6e6;

test.each(cases)('$frame at $from lies where astropy puts it in ICRS, and back', ({ frame, from, icrs }) => {
  const [system, equinox] = frame.split(' ');
  const own: CelestialFrame = equinox === undefined ? { system: system as CelestialSystem } : { system: system as CelestialSystem, equinox: Number(equinox) };
  const v = vector(from);
  frameToIcrsInPlace(own, v);
  // FK4: the E-terms depend on the epoch by which they are reckoned; astropy takes its equinox as we do.
  expect(separationMas(v, vector(icrs))).toBeLessThan(system.startsWith('FK4') ? 10 : 1);
  icrsToFrameInPlace(own, v);
  expect(separationMas(v, vector(from))).toBeLessThan(1e-3);
});

test('a frame without a relation to ICRS is refused', () => {
  expect(() => frameToIcrsInPlace({ system: 'UNKNOWN' }, new Float64Array(3))).toThrow(expect.objectContaining({ code: 'wcs.unknown-frame' }));
});
