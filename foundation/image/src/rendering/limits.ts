import type { Image } from '../pixels/image.ts';
import { medianInPlace, quantileInPlace } from '../statistics/quantiles.ts';

/** The pixel values that become black and white. */
export interface DisplayLimits {
  readonly black: number;
  readonly white: number;
}

export interface ZscaleOptions {
  /** Slope of the display over that of the sorted sample, default 0.25. */
  readonly contrast?: number;
  /** Pixels in the sample, default 1000, spread over the image. */
  readonly samples?: number;
}

const REJECT_SIGMA = 2.5;
const MAX_ROUNDS = 5;
const LEAST_SHARE = 0.5;

/**
 * Display limits that show the sky and what is little brighter: the zscale algorithm of IRAF.
 *
 * A line is fitted to the sorted sample, rejecting what deviates by 2.5 sigma; the limits are where that line, its slope
 * divided by the contrast, meets the sample's range. Where over half of the sample is rejected the whole range is used.
 *
 * @returns NaN limits where no pixel is finite.
 * @see NOAO 1986, IRAF display task, help page of `display`, section "Zscale algorithm".
 */
export function computeZscale(image: Image, options: ZscaleOptions = {}): DisplayLimits {
  const sample = sampleOf(image, options.samples ?? 1000);
  const n = sample.length;
  if (n === 0) return { black: Number.NaN, white: Number.NaN };
  sample.sort();
  const range = { black: sample[0], white: sample[n - 1] };
  const median = medianInPlace(sample.slice());
  const { slope, kept } = fitLine(sample);
  if (kept < Math.max(5, LEAST_SHARE * n)) return range;
  const steep = slope / (options.contrast ?? 0.25);
  const middle = (n - 1) / 2;
  return { black: Math.max(range.black, median - middle * steep), white: Math.min(range.white, median + (n - 1 - middle) * steep) };
}

/** Limits at two quantiles of the finite pixels; a sample of about 100 000 is used. */
export function computeQuantileLimits(image: Image, low: number, high: number): DisplayLimits {
  const sample = sampleOf(image, 100_000);
  return { black: quantileInPlace(sample, low), white: quantileInPlace(sample, high) };
}

/** Finite pixels at even distances in both directions. */
function sampleOf(image: Image, samples: number): Float32Array {
  const step = Math.max(1, Math.floor(Math.sqrt((image.width * image.height) / samples)));
  const values: number[] = [];
  for (let j = step >> 1; j < image.height; j += step)
    for (let i = step >> 1; i < image.width; i += step) {
      const value = image.data[j * image.stride + i];
      if (Number.isFinite(value)) values.push(value);
    }
  return Float32Array.from(values);
}

/** Least-squares line through the sorted values against their index, with rejection. */
function fitLine(values: Float32Array): { slope: number; kept: number } {
  const n = values.length;
  const good = new Uint8Array(n).fill(1);
  let kept = n;
  let slope = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const line = leastSquares(values, good);
    slope = line.slope;
    let squares = 0;
    for (let k = 0; k < n; k++) if (good[k]) squares += (values[k] - line.start - slope * k) ** 2;
    const threshold = REJECT_SIGMA * Math.sqrt(squares / kept);
    let left = 0;
    for (let k = 0; k < n; k++) {
      if (Math.abs(values[k] - line.start - slope * k) > threshold) good[k] = 0;
      left += good[k];
    }
    if (left === kept || left < Math.max(5, LEAST_SHARE * n)) return { slope, kept: left };
    kept = left;
  }
  return { slope, kept };
}

function leastSquares(values: Float32Array, good: Uint8Array): { start: number; slope: number } {
  let [count, sx, sy] = [0, 0, 0];
  for (let k = 0; k < values.length; k++)
    if (good[k]) {
      count++;
      sx += k;
      sy += values[k];
    }
  const [mx, my] = [sx / count, sy / count];
  let [sxx, sxy] = [0, 0];
  for (let k = 0; k < values.length; k++)
    if (good[k]) {
      sxx += (k - mx) ** 2;
      sxy += (k - mx) * (values[k] - my);
    }
  const slope = sxx > 0 ? sxy / sxx : 0;
  return { slope, start: my - slope * mx };
}
