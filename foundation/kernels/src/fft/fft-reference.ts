import type { Plane } from '../memory/frame.ts';
import { factorsOf } from './plan.ts';

/** Complex signal in float64: real and imaginary parts. */
export interface ComplexSignal {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The definition of the transform: splits by factors (Cooley and Tukey 1965), direct sums for what is left; float64. */
export function fftReference({ re, im }: ComplexSignal, sign: 1 | -1 = -1): ComplexSignal {
  const n = re.length;
  const out = { re: new Float64Array(n), im: new Float64Array(n) };
  const radix = n === 1 ? 1 : (factorsOf(n)?.[0] ?? n);
  const m = n / radix;
  const parts = Array.from({ length: radix }, (_, r) => {
    const part = { re: re.filter((_, k) => k % radix === r), im: im.filter((_, k) => k % radix === r) };
    return m === 1 ? part : fftReference(part, sign);
  });
  for (let k = 0; k < n; k++)
    parts.forEach((part, r) => {
      const angle = (sign * 2 * Math.PI * ((r * k) % n)) / n;
      out.re[k] += part.re[k % m] * Math.cos(angle) - part.im[k % m] * Math.sin(angle);
      out.im[k] += part.re[k % m] * Math.sin(angle) + part.im[k % m] * Math.cos(angle);
    });
  return out;
}

/** The definition of fftReal2d: rows, then columns, in float64. */
export function fftReal2dReference(input: Plane): Float64Array {
  const { width, height, stride, data } = input;
  const half = (width >> 1) + 1;
  const spectrum = new Float64Array(2 * half * height);
  for (let y = 0; y < height; y++) {
    const row = fftReference({ re: Float64Array.from(data.subarray(y * stride, y * stride + width)), im: new Float64Array(width) });
    for (let u = 0; u < half; u++) spectrum.set([row.re[u], row.im[u]], 2 * (y * half + u));
  }
  for (let u = 0; u < half; u++) {
    const re = Float64Array.from({ length: height }, (_, y) => spectrum[2 * (y * half + u)]);
    const im = Float64Array.from({ length: height }, (_, y) => spectrum[2 * (y * half + u) + 1]);
    const column = fftReference({ re, im });
    for (let v = 0; v < height; v++) spectrum.set([column.re[v], column.im[v]], 2 * (v * half + u));
  }
  return spectrum;
}
