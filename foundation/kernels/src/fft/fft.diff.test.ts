import FFT from 'fft.js';
import { afterAll, expect, test } from 'vitest';
import { kernelBytesInUse } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { setKernelThreads } from '../threads/threads.ts';
import { fftReal2dReference, fftReference } from './fft-reference.ts';
import { fftComplex2dInPlace, fftReal2d, halfSpectrumLength, inverseFftReal2d } from './fft.ts';
import { nextFftSize } from './plan.ts';

afterAll(() => setKernelThreads({ threads: 1 }));

function noisePlane(width: number, height: number): Plane {
  let state = 77 + width;
  const data = Float32Array.from({ length: width * height }, () => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  });
  return { data, width, height, stride: width };
}

const sizes: [number, number][] = [
  [1, 1],
  [2, 3],
  [3, 2],
  [5, 7 + 1],
  [4, 4],
  [12, 10],
  [15, 9],
  [16, 30],
  [60, 45],
  [64, 25],
  [81, 20],
  [128, 64],
  [125, 12],
];

for (const threads of [1, 2])
  test(`real transforms of many sizes equal the reference and invert, ${threads} threads`, () => {
    setKernelThreads({ threads });
    for (const [width, height] of sizes) {
      const input = noisePlane(width, height);
      const spectrum = new Float32Array(halfSpectrumLength(width, height));
      fftReal2d(input, spectrum);
      const expected = fftReal2dReference(input);
      // The rms of a spectrum of white noise of variance 1/3.
      const rms = Math.sqrt((width * height) / 3);
      const bound = 2e-7 * (1 + Math.log2(width * height)) * rms;
      expected.forEach((value, k) => expect(Math.abs(spectrum[k] - value), `${width} x ${height} at ${k}`).toBeLessThan(bound + 1e-7));
      const back: Plane = { ...input, data: new Float32Array(width * height) };
      inverseFftReal2d(spectrum, back);
      back.data.forEach((value, k) => expect(Math.abs(value - input.data[k])).toBeLessThan(4e-6));
    }
  });

test('complex transforms equal the reference in both directions', () => {
  for (const [width, height] of sizes) {
    const re = noisePlane(width, height).data;
    const im = noisePlane(width + 1, height).data.subarray(0, width * height);
    const data = new Float32Array(2 * width * height);
    for (let k = 0; k < re.length; k++) data.set([re[k], im[k]], 2 * k);
    const original = data.slice();
    fftComplex2dInPlace(data, { width, height });
    if (height === 1 || width === 1) continue;
    const rows = Array.from({ length: height }, (_, y) =>
      fftReference({
        re: Float64Array.from(re.subarray(y * width, (y + 1) * width)),
        im: Float64Array.from(im.subarray(y * width, (y + 1) * width)),
      }),
    );
    const column = fftReference({ re: Float64Array.from(rows, (row) => row.re[1]), im: Float64Array.from(rows, (row) => row.im[1]) });
    for (let v = 0; v < height; v++)
      expect(Math.abs(data[2 * (v * width + 1)] - column.re[v])).toBeLessThan(1e-5 * Math.sqrt(width * height));
    fftComplex2dInPlace(data, { width, height }, { inverse: true });
    data.forEach((value, k) => expect(Math.abs(value - original[k])).toBeLessThan(4e-6));
  }
});

test('a row transform equals that of fft.js', () => {
  const input = noisePlane(256, 1);
  const spectrum = new Float32Array(halfSpectrumLength(256, 1));
  fftReal2d(input, spectrum);
  const fft = new FFT(256);
  const expected = fft.createComplexArray();
  fft.realTransform(expected, [...input.data]);
  for (let k = 0; k < spectrum.length; k++) expect(Math.abs(spectrum[k] - expected[k])).toBeLessThan(2e-5);
});

test('sizes with other prime factors are refused with the next good size', () => {
  expect(() => fftReal2d(noisePlane(7, 4), new Float32Array(halfSpectrumLength(7, 4)))).toThrow('such as 8');
  expect([1, 7, 11, 4097, 0].map(nextFftSize)).toEqual([1, 8, 12, 4320, 1]);
  expect(kernelBytesInUse()).toBe(0);
});
