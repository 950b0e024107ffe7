import { Header } from '@almagest/fits';
import { createMaskedImage, type Exposure, exposureOf, moffatPsf, planeBits } from '@almagest/image';
import { getDetector, loadCamera } from '@almagest/instrument';
import { readWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { InjectionError } from '../errors.ts';
import { makeMapping, sipCards } from '../optics/pointing.ts';
import { injectSources, type InjectedSource } from './inject.ts';

const camera = loadCamera('simcam-tiny');
const detector = getDetector(camera, 0);
const pointing = { ra: 1, dec: -0.3, rotation: 0.4 };
const mapping = makeMapping(camera, detector, pointing);

function makeExposure(): Exposure {
  const maskedImage = createMaskedImage(512, 512);
  maskedImage.image.data.fill(100);
  maskedImage.variance.data.fill(130);
  return exposureOf(maskedImage, {
    psf: moffatPsf(4, { beta: 3, halfWidth: 25 }),
    photoCalib: { calibrationMean: 10, calibrationErr: 0 },
    // The cards that raws carry; the same mapping as above.
    wcs: readWcs(Header.of({ NAXIS: 2, NAXIS1: 512, NAXIS2: 512, ...sipCards(camera, detector, pointing) })),
  });
}

const at = (x: number, y: number): { ra: number; dec: number } => mapping.pixelToSky(x, y);
const CATALOGUE: readonly InjectedSource[] = [
  { id: 1, ...at(100.3, 200.7), magnitude: 18 },
  { id: 2, ...at(300, 300), magnitude: 18, shape: { index: 1, radiusArcsec: 0.8, axisRatio: 0.5, positionAngle: 0.7 } },
  { id: 3, ...at(9000, 9000), magnitude: 18 },
];

test('sources land where the WCS says, with the flux of the calibration', () => {
  const { exposure, truth } = injectSources(makeExposure(), CATALOGUE, { seed: '1', photonNoise: false });
  expect(truth.map((t) => t.skipped)).toEqual([null, null, 'outside']);
  expect(truth[0].x).toBeCloseTo(100.3, 6);
  // 18 mag is 229.1 uJy; 10 nJy a count.
  expect(truth[0].counts).toBeCloseTo(22_909, -1);
  const { data } = exposure.maskedImage.image;
  const sum = (x0: number, y0: number, half: number): number => {
    let s = 0;
    for (let y = y0 - half; y <= y0 + half; y++) for (let x = x0 - half; x <= x0 + half; x++) s += data[y * 512 + x] - 100;
    return s;
  };
  expect(sum(100, 201, 25) / truth[0].counts).toBeCloseTo(truth[0].drawnFraction, 3);
  expect(truth[0].drawnFraction).toBeGreaterThan(0.97);
  expect(sum(300, 300, 45) / truth[1].counts).toBeGreaterThan(0.95);
  const core = planeBits(exposure.maskedImage.mask.planes, ['INJECTED_CORE']);
  expect(exposure.maskedImage.mask.data[201 * 512 + 100] & core).toBe(core);
});

test('the same seed gives the same bits, whatever else is injected', () => {
  const all = injectSources(makeExposure(), CATALOGUE, { seed: '7' }).exposure.maskedImage;
  const again = injectSources(makeExposure(), CATALOGUE, { seed: '7' }).exposure.maskedImage;
  expect(again.image.data).toEqual(all.image.data);
  const alone = injectSources(makeExposure(), CATALOGUE.slice(0, 1), { seed: '7' }).exposure.maskedImage;
  expect(alone.image.data[200 * 512 + 101]).toBe(all.image.data[200 * 512 + 101]);
  const other = injectSources(makeExposure(), CATALOGUE, { seed: '8' }).exposure.maskedImage;
  expect(other.image.data).not.toEqual(all.image.data);
});

test('a row that cannot be drawn and an exposure without a PSF are refused', () => {
  expect(() => injectSources(makeExposure(), [{ ...CATALOGUE[0], magnitude: Number.NaN }], { seed: '1' })).toThrow(InjectionError);
  expect(() =>
    injectSources(makeExposure(), [{ ...CATALOGUE[1], shape: { index: 1, radiusArcsec: -1, axisRatio: 1, positionAngle: 0 } }], {
      seed: '1',
    }),
  ).toThrow(/row 0/);
  expect(() => injectSources(exposureOf(createMaskedImage(5, 5)), CATALOGUE, { seed: '1' })).toThrow(InjectionError);
});
