import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { createWcs } from '../model/create-wcs.ts';
import type { WcsDefinition } from '../model/definition.ts';
import { computeBoundingCircle, computeFootprint } from './footprint.ts';
import { computeLocalMatrix, computePixelArea, computePixelScale, hasSkyParity } from './local.ts';
import { approximateTanSip, solveTanSip } from './tan-sip.ts';

const DEG = Math.PI / 180;
const tan = (dec: number, scaleArcsec: number): WcsDefinition => ({
  crpix: [999.5, 999.5],
  cd: [-scaleArcsec / 3600, 0, 0, scaleArcsec / 3600],
  projection: 'TAN',
  crval: [30, dec],
  frame: { system: 'ICRS' },
});

test.each([0, 60, -89.999, 90])('the local matrix at declination %d is the pixel scale along both axes', (dec) => {
  const wcs = createWcs(tan(dec, 0.2));
  const { eastX, eastY, northX, northY } = computeLocalMatrix(wcs, 999.5, 999.5);
  const scale = (0.2 / 3600) * DEG;
  expect(eastX * northY - eastY * northX).toBeCloseTo(-scale * scale, 20);
  expect(computePixelScale(wcs, 999.5, 999.5) / scale).toBeCloseTo(1, 9);
  expect(hasSkyParity(wcs, 999.5, 999.5)).toBe(true);
});

test('an equal-area map has one pixel area everywhere', () => {
  const wcs = createWcs({ ...tan(40, 30), projection: 'ZEA' });
  const area = computePixelArea(wcs, 999.5, 999.5);
  for (const [x, y] of [
    [0, 0],
    [1999, 0],
    [500, 1500],
  ] as const)
    expect(computePixelArea(wcs, x, y) / area).toBeCloseTo(1, 7);
});

test('the outline runs through the outer edges and inside its circle', () => {
  const wcs = createWcs(tan(20, 1));
  const outline = computeFootprint(wcs, { width: 2000, height: 1000, pointsPerSide: 3 });
  expect(outline).toHaveLength(12);
  const corner = wcs.skyToPixel(outline[0].ra, outline[0].dec);
  expect(corner.x).toBeCloseTo(-0.5, 8);
  expect(corner.y).toBeCloseTo(-0.5, 8);
  const { radius } = computeBoundingCircle(wcs, { width: 2000, height: 1000 });
  expect((radius / DEG) * 3600).toBeGreaterThan(1118 - 1);
  expect((radius / DEG) * 3600).toBeLessThan(1119);
});

test('a TAN-SIP fit recovers the WCS that made its pairs, at the pole too', () => {
  for (const dec of [-30, 89.98]) {
    const truth = createWcs({
      ...tan(dec, 0.5),
      sip: { a: { order: 3, terms: { '2_0': 3e-6, '1_2': 2e-9 } }, b: { order: 3, terms: { '1_1': -4e-6, '0_3': 1e-9 } } },
    });
    const random = createRandom('tan-sip');
    const x = Float64Array.from({ length: 200 }, () => random.uniform(0, 1999));
    const y = Float64Array.from({ length: 200 }, () => random.uniform(0, 1999));
    const ra = new Float64Array(200);
    const out = new Float64Array(200);
    truth.pixelToSkyArray(x, y, ra, out);
    const fitted = createWcs(solveTanSip({ x, y, ra, dec: out, order: 3, crpix: [999.5, 999.5], size: [2000, 2000] }));
    for (const [px, py] of [
      [0, 0],
      [1999, 3],
      [1000, 1000],
    ] as const) {
      const sky = truth.pixelToSky(px, py);
      const back = fitted.skyToPixel(sky.ra, sky.dec);
      expect(Math.hypot(back.x - px, back.y - py)).toBeLessThan(1e-7);
    }
    expect(Object.keys(fitted.definition?.sip?.ap?.terms ?? {}).length).toBeGreaterThan(5);
  }
});

test('a wide ARC image is replaced by TAN-SIP with its error stated', () => {
  const { wcs, maxErrorPixel } = approximateTanSip(createWcs({ ...tan(10, 2), projection: 'ARC' }), { width: 2000, height: 2000 });
  expect(maxErrorPixel).toBeLessThan(1e-6);
  expect(wcs.definition?.projection).toBe('TAN');
});
