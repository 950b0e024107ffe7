import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { approximateTanSip } from '../geometry/tan-sip.ts';
import { createTransform, skyWcsFromTransform } from './transform.ts';
import { parseTransform, type TransformSpec } from './transform-spec.ts';

/** A detector 0.1 rad off the axis of a camera with radial distortion. */
const camera: TransformSpec = {
  kind: 'sequence',
  steps: [
    { kind: 'polynomial', order: 2, centre: [2000, 2000], scale: 2000, u: [0, 20, 0, 1e-3, 2e-3, 0], v: [0, 0, 20, 0, -1e-3, 2e-3] },
    { kind: 'affine', matrix: [0.99, -0.05, 0.05, 0.99], offset: [40, -15] },
    { kind: 'affine', matrix: [1e-4, 0, 0, 1e-4], offset: [0, 0] },
    { kind: 'radial', coefficients: [1, 0, 0.5] },
    { kind: 'boresight', ra: 1, dec: -0.6, rotation: 0.3 },
  ],
};

test('pixel to focal plane to field angle to sky returns to the pixel, also after JSON', () => {
  const wcs = skyWcsFromTransform(createTransform(parseTransform(JSON.parse(JSON.stringify(camera)))));
  const same = createTransform(camera);
  const out = new Float64Array(2);
  const random = createRandom('camera');
  for (let k = 0; k < 100; k++) {
    const [x, y] = [random.uniform(0, 4000), random.uniform(0, 4000)];
    const sky = wcs.pixelToSky(x, y);
    same.apply(x, y, out);
    expect([sky.ra, sky.dec]).toEqual([...out]);
    const back = wcs.skyToPixel(sky.ra, sky.dec);
    expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-7);
  }
  expect(wcs.definition).toBeUndefined();
  expect(approximateTanSip(wcs, { width: 4000, height: 4000 }).maxErrorPixel).toBeLessThan(1e-3);
});

test('the inverse of a transform undoes it', () => {
  const undo = createTransform({ kind: 'sequence', steps: [camera, { kind: 'inverse', of: camera }] });
  const out = new Float64Array(2);
  undo.apply(1234, 567, out);
  expect(Math.hypot(out[0] - 1234, out[1] - 567)).toBeLessThan(1e-7);
});

test('a boresight without rotation has east along x and north along y', () => {
  const out = new Float64Array(2);
  const boresight = createTransform({ kind: 'boresight', ra: 2, dec: 0.5, rotation: 0 });
  boresight.apply(1e-4, 0, out);
  expect(out[0]).toBeGreaterThan(2);
  boresight.apply(0, 1e-4, out);
  expect(out[1] - 0.5).toBeCloseTo(1e-4, 10);
  createTransform({ kind: 'boresight', ra: 2, dec: 0.5, rotation: 0.1 }).apply(0, 1e-4, out);
  expect(out[0]).toBeGreaterThan(2); // position angle runs from north through east
});

test.each([
  [{ kind: 'twist' }, '$.kind'],
  [{ kind: 'affine', matrix: [1, 2, 3], offset: [0, 0] }, '$.matrix'],
  [{ kind: 'sequence', steps: [{ kind: 'radial', coefficients: [] }] }, '$.steps[0].coefficients'],
  [{ kind: 'polynomial', order: 2, centre: [0, 0], scale: 1, u: [1], v: [1] }, '$.u'],
  ['text', '$'],
])('JSON %j is refused and its place named', (value, path) => {
  expect(() => parseTransform(value)).toThrow(expect.objectContaining({ code: 'wcs.bad-transform', details: { path } }));
});

test('maps that cannot be inverted are refused', () => {
  expect(() => createTransform({ kind: 'affine', matrix: [1, 1, 1, 1], offset: [0, 0] })).toThrow(/invertible/);
  expect(() => createTransform({ kind: 'radial', coefficients: [0, 1] })).toThrow(/radial law/);
});
