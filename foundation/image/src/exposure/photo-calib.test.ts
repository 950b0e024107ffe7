import { expect, test } from 'vitest';
import { calibratePixels, createMaskedImage, subMaskedImage } from '../index.ts';
import {
  AB_ZEROPOINT_NJY,
  calibrationAt,
  countsToNjy,
  MAGNITUDE_ZERO_NJY,
  magnitudeOfNjy,
  njyOfMagnitude,
  type PhotoCalib,
} from './photo-calib.ts';

test('magnitude 0 is 3631 Jy, and 1 nJy has the magnitude of its formula', () => {
  expect(magnitudeOfNjy(MAGNITUDE_ZERO_NJY)).toBe(0);
  expect(njyOfMagnitude(0)).toBeCloseTo(3631e9, 2);
  expect(AB_ZEROPOINT_NJY).toBeCloseTo(31.400_065_622_282_23, 13);
  expect(magnitudeOfNjy(1)).toBe(AB_ZEROPOINT_NJY);
});

test('magnitudes go there and back within a nanomagnitude, and no flux has none', () => {
  for (const magnitude of [-5, 0, 17.3, 24.5, 31.4]) expect(magnitudeOfNjy(njyOfMagnitude(magnitude))).toBeCloseTo(magnitude, 9);
  for (const flux of [0, -1, Number.NaN]) expect(magnitudeOfNjy(flux)).toBeNaN();
});

test('pixels are calibrated at their places, rows of any view', () => {
  const whole = createMaskedImage(9, 7, { x0: 20, y0: 30 });
  whole.image.data.fill(3);
  whole.variance.data.fill(5);
  const masked = subMaskedImage(whole, { x0: 22, y0: 31, width: 4, height: 5 });
  const box = { x0: 20, y0: 30, width: 9, height: 7 };
  const scaling = { box, coefficients: [[1, 0.1, -0.03], [0.02], [-0.01, 0.003]] };
  const calib = { calibrationMean: 2, calibrationErr: 0, scaling };
  const { image, variance, mask } = calibratePixels(masked, calib);
  expect(mask).toBe(masked.mask);
  expect(image).toMatchObject({ x0: 22, y0: 31, width: 4, height: 5 });
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 4; x++) {
      const factor = calibrationAt(calib, 22 + x, 31 + y);
      expect(image.data[y * image.stride + x]).toBe(Math.fround(3 * factor));
      expect(variance.data[y * variance.stride + x]).toBe(Math.fround(5 * factor * factor));
    }
  expect(calibratePixels(masked, { calibrationMean: 2, calibrationErr: 0 }).image.data[0]).toBe(6);
});

test('a calibration scales counts, adds its own error in quadrature, and follows its field', () => {
  const flat: PhotoCalib = { calibrationMean: 2, calibrationErr: 0.02 };
  const { fluxNjy, fluxErrNjy } = countsToNjy(flat, { flux: 1000, fluxErr: 10 }, 0, 0);
  expect(fluxNjy).toBe(2000);
  expect(fluxErrNjy).toBeCloseTo(Math.hypot(20, 20), 12);
  const tilted: PhotoCalib = { ...flat, scaling: { box: { x0: 0, y0: 0, width: 100, height: 100 }, coefficients: [[1, 0.1]] } };
  expect(calibrationAt(tilted, -0.5, 50)).toBeCloseTo(1.8, 12);
  expect(calibrationAt(tilted, 99.5, 50)).toBeCloseTo(2.2, 12);
});
