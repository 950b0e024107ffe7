import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { createProjection, type ProjectionParameters } from './create-projection.ts';

const HALF_PI = Math.PI / 2;
const cases: [string, ProjectionParameters][] = [
  ['AZP', [undefined, 2, 30]],
  ['SZP', [undefined, 2, 180, 60]],
  ['TAN', []],
  ['STG', []],
  ['SIN', []],
  ['SIN', [undefined, 0.3, -0.2]],
  ['ARC', []],
  ['ZPN', [undefined, 0.97, 0, -0.05, 0, 0.02]],
  ['ZEA', []],
  ['AIR', [undefined, 45]],
  ['CYP', [undefined, 1, 0.7]],
  ['CEA', [undefined, 0.8]],
  ['CAR', []],
  ['MER', []],
  ['SFL', []],
  ['PAR', []],
  ['MOL', []],
  ['AIT', []],
  ['COP', [undefined, 45, 25]],
  ['COE', [undefined, -45, 25]],
  ['COD', [undefined, 45, 25]],
  ['COO', [undefined, 45, 25]],
  ['BON', [undefined, 45]],
  ['PCO', []],
  ['TSC', []],
  ['QSC', []],
  ['HPX', []],
  ['HPX', [undefined, 6, 4]],
  ['XPH', []],
];

const vector = (phi: number, theta: number): number[] => [
  Math.cos(theta) * Math.cos(phi),
  Math.cos(theta) * Math.sin(phi),
  Math.sin(theta),
];

/**
 * Where the map is stationary a rounding of the plane is a root of a rounding of the sky: the outer rim of the orthographic family
 * and of ZEA, the poles of the equal-area maps.
 */
const looseAt = (code: string, theta: number): boolean =>
  (['SIN', 'ZEA', 'AZP', 'SZP', 'ZPN', 'AIR', 'TAN', 'STG'].includes(code) && theta < 0.15) ||
  (['CEA', 'MOL', 'AIT', 'PAR', 'BON', 'COE', 'CYP', 'MER', 'COO', 'COP', 'SFL', 'PCO', 'HPX', 'XPH'].includes(code) &&
    Math.abs(theta) > 1.45);

test.each(cases)('%s %j brings every point of the sky back, near the pole to rounding (seed law)', (code, parameters) => {
  const projection = createProjection(code, parameters);
  const random = createRandom(`law ${code}`);
  const plane = new Float64Array(2);
  const native = new Float64Array(2);
  let mapped = 0;
  for (let k = 0; k < 4000; k++) {
    const phi = random.uniform(-Math.PI, Math.PI);
    const close = 10 ** random.uniform(-12, 0);
    const theta =
      k % 4 === 0 ? HALF_PI - close : k % 4 === 1 ? close * (random.uniform() < 0.5 ? 1 : -1) : Math.asin(random.uniform(-1, 1));
    if (!projection.toPlane(phi, theta, plane)) continue;
    mapped++;
    const [x, y] = plane;
    expect(projection.toNative(x, y, native), `(${phi}, ${theta}) -> (${x}, ${y})`).toBe(true);
    const [a, b] = [vector(phi, theta), vector(native[0], native[1])];
    const miss = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    expect(miss, `(${phi}, ${theta}) -> (${native.join()})`).toBeLessThan(looseAt(code, theta) ? 1e-7 : 2e-13);
  }
  expect(mapped).toBeGreaterThan(1000);
});

test('points outside the map have no image', () => {
  const out = new Float64Array(2);
  for (const code of ['SIN', 'ZEA', 'ARC', 'CAR', 'MOL', 'AIT', 'PAR', 'SFL', 'HPX', 'XPH', 'TSC', 'QSC'])
    expect(createProjection(code).toNative(40, 40, out), code).toBe(false);
  expect(createProjection('TAN').toPlane(0, -0.1, out)).toBe(false);
});
