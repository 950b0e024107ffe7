import { readFileSync } from 'node:fs';
import { bytesSource, openFits } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import {
  computeMedianAndSigma,
  countMasked,
  type Exposure,
  evaluateBackground,
  evaluateNoise,
  measureBackground,
  planeBits,
  readExposure,
} from '../index.ts';

async function read(...parts: string[]): Promise<Exposure> {
  return readExposure(await openFits(bytesSource(readFileSync(dataPath(...parts)))));
}

test.skipIf(!haveData)('masked images of Subaru cameras come with origin, planes, variance and WCS', async () => {
  const hsc = await read('masked-images', 'hsc-0908120-056.fits');
  const suprimecam = await read('masked-images', 'suprimecam-ACTJ0022-i.fits');
  for (const { maskedImage, wcs } of [hsc, suprimecam]) {
    const { image, mask, variance } = maskedImage;
    expect(mask.planes).toMatchObject({ BAD: 0, SAT: 1, CR: 3, EDGE: 4, DETECTED: 5 });
    expect(variance.data.every((value) => value > 0 || Number.isNaN(value))).toBe(true);
    expect(countMasked(mask, planeBits(mask.planes, ['DETECTED']))).toBeGreaterThan(100);
    // The noise that the variance plane claims is the noise of the sky to a quarter.
    const noise = Math.sqrt(computeMedianAndSigma(variance).median);
    const sky = computeMedianAndSigma(image, { mask });
    expect(sky.sigma / noise).toBeGreaterThan(0.75);
    expect(sky.sigma / noise).toBeLessThan(1.25);
    const middle = wcs?.pixelToSky(image.x0 + 100, image.y0 + 100);
    const back = wcs?.skyToPixel(middle?.ra ?? 0, middle?.dec ?? 0);
    expect(back?.x).toBeCloseTo(image.x0 + 100, 5);
  }
  expect(hsc.maskedImage.image).toMatchObject({ x0: 100, y0: 100 });
  expect(suprimecam.maskedImage.mask).toMatchObject({ x0: 690, y0: 2090 });
  const box = { x0: 700, y0: 2100, width: 20, height: 10 };
  const file = await openFits(bytesSource(readFileSync(dataPath('masked-images', 'suprimecam-ACTJ0022-i.fits'))));
  const part = await readExposure(file, { box });
  expect(part.maskedImage.mask.data[0]).toBe(suprimecam.maskedImage.mask.data[10 * 250 + 10]);
});

test.skipIf(!haveData)("the background of a real frame is SExtractor's within 0.15 sigma, the noise within 6 %", async () => {
  const { maskedImage } = await read('detection-sextractor-golden', 'image.fits');
  const [back, rms] = [await read('detection-sextractor-golden', 'back.fits'), await read('detection-sextractor-golden', 'rms.fits')];
  const background = measureBackground(maskedImage.image, { cellPixels: 64 });
  const level = evaluateBackground(background);
  const noise = evaluateNoise(background);
  const sigma = computeMedianAndSigma(rms.maskedImage.image).median;
  const differences = level.data.map((value, k) => (value - back.maskedImage.image.data[k]) / sigma);
  expect(Math.sqrt(differences.reduce((sum, value) => sum + value * value, 0) / differences.length)).toBeLessThan(0.15);
  expect(Math.abs(computeMedianAndSigma(noise).median / sigma - 1)).toBeLessThan(0.06);
});
