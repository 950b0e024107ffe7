import { createMaskedImage, fillImage, fwhmOfShape, gaussianPsf, planeBits } from '@almagest/image';
import { createWcs, type SkyWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import {
  coaddPsf,
  combineWarps,
  computeClippedMean,
  makeWarp,
  matchingKernel,
  matchWarp,
  measureNoiseCorrelation,
  measureVarianceScale,
  NoInputsError,
  PsfTooWideError,
  scaleVarianceInPlace,
  selectInputs,
  type Warp,
  WarpMismatchError,
} from '../index.ts';

function flat(id: string, value: number, variance: number, side = 8): Warp {
  const maskedImage = createMaskedImage(side, side);
  fillImage(maskedImage.image, value);
  fillImage(maskedImage.variance, variance);
  return { id, maskedImage, weight: 1 / variance };
}

function noise(side: number, seed: number): Warp {
  const warp = flat('noise', 0, 1, side);
  let state = seed;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  warp.maskedImage.image.data.forEach((_, k) => {
    warp.maskedImage.image.data[k] = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  });
  return warp;
}

function wcsAt(crpix: [number, number]): SkyWcs {
  return createWcs({ crpix, cd: [-5e-5, 0, 0, 5e-5], projection: 'TAN', crval: [10, 20], frame: { system: 'ICRS' } });
}

test('inverse-variance mean, its variance, missing pixels and planes', () => {
  const [a, b] = [flat('a', 10, 1), flat('b', 14, 3)];
  b.maskedImage.mask.data[0] = planeBits(b.maskedImage.mask.planes, ['SAT']);
  a.maskedImage.image.data[1] = b.maskedImage.image.data[1] = Number.NaN;
  const { maskedImage, inputCount, inputs } = combineWarps([a, b], [new Uint8Array(64).fill(1, 2, 3), undefined]);
  expect(maskedImage.image.data[9]).toBeCloseTo(11, 6);
  expect(maskedImage.variance.data[9]).toBeCloseTo(0.75, 6);
  expect([...maskedImage.image.data.subarray(0, 3)]).toEqual([expect.closeTo(10, 5), Number.NaN, expect.closeTo(14, 5)]);
  expect([...inputCount.data.subarray(0, 4)]).toEqual([1, 0, 1, 2]);
  const { planes, data } = maskedImage.mask;
  expect(data[0]).toBe(planeBits(planes, ['SAT', 'INEXACT_PSF']));
  expect(data[1]).toBe(planeBits(planes, ['NO_DATA']));
  expect(data[2]).toBe(planeBits(planes, ['CLIPPED', 'INEXACT_PSF']));
  expect(inputs.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('no input and warps of other boxes are refused', () => {
  expect(() => combineWarps([])).toThrow(NoInputsError);
  expect(() => combineWarps([flat('a', 1, 1), flat('b', 1, 1, 9)])).toThrow(WarpMismatchError);
  expect(() => coaddPsf([])).toThrow(NoInputsError);
});

test('the clipped mean leaves one wild epoch out, and knows places without data', () => {
  const warps = [1, 2, 3, 2, 500].map((value, k) => flat(String(k), value, 1));
  for (const { maskedImage } of warps) maskedImage.image.data[5] = Number.NaN;
  const { mean, count } = computeClippedMean(warps);
  expect([mean.data[0], count.data[0], count.data[5]]).toEqual([2, 4, 0]);
  expect(mean.data[5]).toBeNaN();
});

test('a coadd PSF is the weighted mean of the inputs that cover the place', () => {
  const box = { x0: 0, y0: 0, width: 10, height: 10 };
  const both = coaddPsf([
    { psf: gaussianPsf(1.5), weight: 1 },
    { psf: gaussianPsf(2.5), weight: 1, covers: box },
  ]);
  expect(both.computeKernelImage(50, 50).data[Math.floor((both.computeKernelImage(50, 50).data.length - 1) / 2)]).toBeCloseTo(
    Math.max(...gaussianPsf(1.5).computeKernelImage(0, 0).data),
    6,
  );
  expect(both.computeImage(5.3, 5.2).data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  expect(fwhmOfShape(both.computeShape(5, 5))).toBeGreaterThan(fwhmOfShape(both.computeShape(50, 50)));
});

test('a matched star has the target PSF within 0.3 % of its peak and keeps its flux', () => {
  const warp = { ...flat('a', 0, 1, 96), psf: gaussianPsf(1.6) };
  const star = warp.psf.computeImage(40.3, 50.8);
  const { image } = warp.maskedImage;
  star.data.forEach((value, k) => (image.data[(star.y0 + Math.floor(k / star.width)) * 96 + star.x0 + (k % star.width)] = 1000 * value));
  const matched = matchWarp(warp, gaussianPsf(2.2));
  const expected = gaussianPsf(2.2).computeImage(40.3, 50.8);
  const peak = 1000 * Math.max(...expected.data);
  expected.data.forEach((value, k) => {
    const at = (expected.y0 + Math.floor(k / expected.width)) * 96 + expected.x0 + (k % expected.width);
    expect(Math.abs(matched.maskedImage.image.data[at] - 1000 * value)).toBeLessThan(0.003 * peak);
  });
  expect(matched.maskedImage.image.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1000, 0);
  expect(() => matchingKernel(gaussianPsf(3), gaussianPsf(2), image)).toThrow(PsfTooWideError);
});

test('warping white noise correlates it: pixels lose variance that the sum of correlations gives back', () => {
  const source = noise(700, 77);
  const exposure = { maskedImage: source.maskedImage, wcs: wcsAt([100, 100]), metadata: new Map(), psf: gaussianPsf(2) };
  const warp = makeWarp('w', exposure, { wcs: wcsAt([100.5, 100.5]), box: { x0: 10, y0: 10, width: 680, height: 680 } });
  if (warp === undefined) throw new Error('the warp touches the patch');
  expect(Math.abs(measureVarianceScale(warp.maskedImage) - 1)).toBeLessThan(0.01);
  const correlation = measureNoiseCorrelation(warp.maskedImage);
  const white = measureNoiseCorrelation(source.maskedImage);
  // 121 sums of products of 490,000 pixels: 0.016.
  expect(Math.abs(white.sum - 1)).toBeLessThan(0.05);
  // Every pixel has the variance v of the weighted sum; over large areas all the input's variance must come back.
  const v = warp.maskedImage.variance.data[340 * 680 + 340];
  expect(Math.abs(correlation.sum * v - 1)).toBeLessThan(0.05);
  scaleVarianceInPlace(warp.maskedImage, 2);
  expect(Math.abs(measureVarianceScale(warp.maskedImage) - 0.5)).toBeLessThan(0.005);
});

test('an exposure beside the patch gives no warp', () => {
  const exposure = { maskedImage: noise(20, 3).maskedImage, wcs: wcsAt([0, 0]), metadata: new Map() };
  expect(makeWarp('w', exposure, { wcs: wcsAt([0, 0]), box: { x0: 500, y0: 0, width: 30, height: 30 } })).toBeUndefined();
});

test('templates take the best third by seeing, but enough of them, none too wide, and stop at the wanted depth', () => {
  const inputs = Array.from({ length: 60 }, (_, k) => ({
    id: String(k).padStart(2, '0'),
    fwhmArcsec: 0.6 + 0.02 * k,
    skyVariance: 100,
    coverage: 1,
  }));
  const best = selectInputs(inputs);
  expect(best).toHaveLength(14);
  expect(best[0]).toBe('00');
  expect(selectInputs(inputs.slice(35))).toHaveLength(6);
  expect(selectInputs(inputs, { bestShare: 1, leastInputs: 3, enoughDepth: 0.2 }).length).toBeLessThan(10);
  expect(selectInputs([{ id: 'x', fwhmArcsec: Number.NaN, skyVariance: 1, coverage: 1 }])).toEqual([]);
});
