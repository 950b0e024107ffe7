import { expect, test } from 'vitest';
import { horizontalOf, refraction } from '../atmosphere/refraction.ts';
import { propagate, viewAsteroid } from './asteroids.ts';
import { dampedRandomWalk, outburstFlux, PERIODIC_CLASSES, periodicChange } from './light-curves.ts';
import { makeSky } from './make-sky.ts';

const REQUEST = {
  raDeg: 150.1,
  decDeg: 2.2,
  radiusDeg: 0.5,
  limitMag: 24,
  starDensity: 1,
  galaxyDensity: 1,
  variablesPerClass: 2,
  activeNuclei: 3,
  transients: 20,
  asteroids: 6,
  beginMjd: 61_000,
  endMjd: 61_030,
};

test('counts are those of the real sky at high latitude', () => {
  const { sources } = makeSky(REQUEST, 'counts');
  const area = Math.PI * 0.25;
  const stars = sources.filter((s) => s.kind === 'star');
  // 4000 to 9000 stars brighter than 24 in a square degree; about 20 galaxies a square arcminute brighter than i = 24.
  expect(stars.length / area).toBeGreaterThan(4000);
  expect(stars.length / area).toBeLessThan(9000);
  const galaxies = sources.filter((s) => s.kind === 'galaxy');
  expect(galaxies.length / area / 3600).toBeGreaterThan(6);
  expect(galaxies.length / area / 3600).toBeLessThan(20);
  expect(Math.max(...sources.map((s) => Math.hypot((s.ra * 180) / Math.PI - 150.1, (s.dec * 180) / Math.PI - 2.2)))).toBeLessThan(0.51);
});

test('more of one kind leaves the others as they were', () => {
  const few = makeSky(REQUEST, 's').sources.filter((s) => s.kind === 'galaxy');
  const many = makeSky({ ...REQUEST, starDensity: 3 }, 's').sources.filter((s) => s.kind === 'galaxy');
  expect(many).toEqual(few);
});

test('transients lie near their hosts', () => {
  const { sources } = makeSky(REQUEST, 'hosts');
  const byId = new Map(sources.map((s) => [s.id, s]));
  for (const t of sources.filter((s) => s.kind === 'transient')) {
    const host = byId.get(t.outburst?.hostId ?? -1);
    const distance = Math.hypot((t.ra - (host?.ra ?? 0)) * Math.cos(t.dec), t.dec - (host?.dec ?? 0)) * 206_265;
    expect(distance).toBeLessThan(4 * (host?.shape?.radiusArcsec ?? 0) + 1e-6);
  }
});

test.each(PERIODIC_CLASSES)('%s repeats with its period and has its amplitude', (kind) => {
  const variability = { class: kind, periodDays: 0.61, amplitudeMag: 0.8, phase: 0.3 };
  const curve = Array.from({ length: 2000 }, (_, i) => periodicChange(variability, 'r', 61_000 + (i / 2000) * 0.61));
  expect(periodicChange(variability, 'r', 61_000.1)).toBeCloseTo(periodicChange(variability, 'r', 61_000.1 + 0.61 * 7), 6);
  expect(Math.max(...curve) - Math.min(...curve)).toBeGreaterThan(0.7);
  expect(Math.max(...curve) - Math.min(...curve)).toBeLessThan(1.05);
});

test('an outburst is brightest at its maximum, and rises faster than it falls', () => {
  const outburst = { hostId: 1, redshift: 0.1, peakMjd: 61_010, peakMag: 20, stretch: 1 };
  expect(outburstFlux(outburst, 'r', 61_010)).toBeCloseTo(1, 12);
  for (const dt of [-10, -3, 3, 10]) expect(outburstFlux(outburst, 'r', 61_010 + dt)).toBeLessThan(1);
  expect(outburstFlux(outburst, 'r', 61_010 - 12)).toBeLessThan(outburstFlux(outburst, 'r', 61_010 + 12));
  expect(outburstFlux(outburst, 'r', 60_000)).toBe(0);
});

test('a damped random walk has its structure function', () => {
  const variability = { class: 'agn', periodDays: 10, amplitudeMag: 0.3, phase: 0 } as const;
  const times = Array.from({ length: 20_000 }, (_, i) => 60_000 + i * 5);
  const walk = dampedRandomWalk(variability, 'walk', times);
  const lag = 20;
  const sf = Math.sqrt(walk.slice(lag).reduce((a, v, i) => a + (v - walk[i]) ** 2, 0) / (walk.length - lag));
  expect(sf).toBeCloseTo(0.3, 2);
});

test('an orbit keeps its energy and comes back after a period', () => {
  const { orbits } = makeSky(REQUEST, 'orbits');
  for (const orbit of orbits) {
    const r = Math.hypot(...orbit.position);
    const v2 = orbit.velocity.reduce((a, v) => a + v * v, 0);
    const a = 1 / (2 / r - v2 / 0.01720209895 ** 2);
    const period = (2 * Math.PI * a ** 1.5) / 0.01720209895;
    const back = propagate(orbit, orbit.epochMjdTdb + period);
    expect(Math.hypot(...back.map((x, k) => x - orbit.position[k]))).toBeLessThan(1e-9);
    const view = viewAsteroid(orbit, orbit.epochMjdTdb);
    expect(Math.hypot(((view.ra * 180) / Math.PI - 150.1) * Math.cos(0.04), (view.dec * 180) / Math.PI - 2.2)).toBeLessThan(0.6);
    expect(a).toBeGreaterThan(1.7);
    expect(a).toBeLessThan(4.5);
  }
});

test.each([
  [400, 500, Math.acos(1 / 1.5), 0.70444],
  [368, 480, 0.9, 1.08596],
  [600, 900, 0.7, 0.34672],
])('refraction between %s and %s nm agrees with ERFA within 1.5 %', (blue, red, z, want) => {
  // erfa.refco(799.9, 7, 0, wavelength) of pyerfa 2.0.1, A tan z + B tan^3 z; the difference is the curvature of the atmosphere.
  const air = { pressureHpa: 799.9, temperatureC: 7 };
  expect(Math.abs((refraction(blue, air, z) - refraction(red, air, z)) / want - 1)).toBeLessThan(0.015);
});

test('a star on the meridian is due north or south, with parallactic angle 0 or 180 degrees', () => {
  const south = horizontalOf(1, -1.2, 1, -0.53);
  expect(south.azimuth * (180 / Math.PI)).toBeCloseTo(180, 9);
  expect(south.altitude).toBeCloseTo(Math.PI / 2 - 1.2 + 0.53, 12);
  expect(south.parallactic).toBeCloseTo(0, 9);
  const north = horizontalOf(1, 0.03, 1, -0.53);
  expect(Math.min(north.azimuth, 2 * Math.PI - north.azimuth)).toBeCloseTo(0, 9);
  expect(Math.abs(north.parallactic)).toBeCloseTo(Math.PI, 9);
});
