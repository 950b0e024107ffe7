import { createMaskedImage, type Exposure, exposureOf, knownPlaneBits } from '@almagest/image';
import type { SkyWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { buildTemplate } from './build-template.ts';

/** A flat grid whose "sky" is the pixel plane in units of 1e-6 rad, moved by an offset. */
function plane(offsetX: number): SkyWcs {
  const unit = 1e-6;
  const toSky = (x: number, y: number): { ra: number; dec: number } => ({ ra: (x + offsetX) * unit + 1, dec: y * unit });
  const toPixel = (ra: number, dec: number): { x: number; y: number } => ({ x: (ra - 1) / unit - offsetX, y: dec / unit });
  const wcs = {
    pixelToSky: toSky,
    skyToPixel: toPixel,
    pixelToSkyArray: (x: Float64Array, y: Float64Array, ra: Float64Array, dec: Float64Array): void => {
      for (let k = 0; k < x.length; k++) ({ ra: ra[k], dec: dec[k] } = toSky(x[k], y[k]));
    },
    skyToPixelArray: (ra: Float64Array, dec: Float64Array, x: Float64Array, y: Float64Array): void => {
      for (let k = 0; k < x.length; k++) ({ x: x[k], y: y[k] } = toPixel(ra[k], dec[k]));
    },
  };
  return wcs as unknown as SkyWcs;
}

function patch(offsetX: number, level: number): Exposure {
  const maskedImage = createMaskedImage(80, 100);
  maskedImage.image.data.fill(level);
  maskedImage.variance.data.fill(1);
  return exposureOf(maskedImage, { wcs: plane(offsetX) });
}

test('patches cover what they reach, the first wins where they overlap, the rest has no data', () => {
  const frame = { wcs: plane(0), box: { x0: 0, y0: 0, width: 200, height: 100 } };
  const { template, coverage } = buildTemplate([patch(0, 10), patch(60, 20)], frame);
  const at = (x: number): number => template.image.data[50 * template.image.stride + x];
  expect(at(30)).toBeCloseTo(10, 4);
  expect(at(70)).toBeCloseTo(10, 4);
  expect(at(110)).toBeCloseTo(20, 4);
  expect(Number.isNaN(at(180))).toBe(true);
  const noData = knownPlaneBits(template.mask.planes, ['NO_DATA']);
  expect(template.mask.data[50 * template.mask.stride + 180] & noData).not.toBe(0);
  expect(coverage).toBeGreaterThan(0.55);
  expect(coverage).toBeLessThan(0.72);
});
