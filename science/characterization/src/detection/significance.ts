import { convolveSeparable, type Plane, type SurfaceMesh } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import { meshRowInto } from '../background/mesh-value.ts';

/** A Gaussian matched filter with sum 1. */
export interface MatchedFilter {
  readonly taps: Float32Array;
  /** Square root of the sum of the squared 2-D weights: noise after filtering / noise of a pixel. */
  readonly noiseFactor: number;
  readonly sigmaPixels: number;
}

/** The filter for stars of this width; 3.5 sigma to each side. */
export function createMatchedFilter(fwhmPixels: number): MatchedFilter {
  const sigma = Math.max(0.4, fwhmPixels / 2.354820045);
  const half = Math.max(1, Math.ceil(3.5 * sigma));
  const weights = Float64Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const sum = weights.reduce((s, w) => s + w, 0);
  const taps = Float32Array.from(weights, (w) => w / sum);
  const squares = taps.reduce((s, w) => s + w * w, 0);
  return { taps, noiseFactor: squares, sigmaPixels: sigma };
}

/** A filtered image in units of its noise. */
export interface SignificanceMap {
  /** (filtered image) / (noise of the filtered image), as measured. */
  readonly plane: Plane;
  /** Filtered image = plane * scale(x, y); one number where the noise is that of the whole image. */
  readonly noise: SurfaceMesh | Plane;
  readonly filter: MatchedFilter;
  /** Measured noise of the filtered image over the predicted one; 1 for white noise. */
  readonly correlation: number;
}

export interface SignificanceOptions {
  readonly filter: MatchedFilter;
  /** Noise of a pixel, as a mesh or on every pixel. */
  readonly noise: SurfaceMesh | Plane;
  /** Masked pixels (any of `badBits`) and NaN count as empty sky. */
  readonly mask?: Plane<Int32Array>;
  readonly badBits?: number;
}

/**
 * Filters a background-subtracted image with the matched filter and divides by the noise, which is measured on the filtered
 * image itself, so that correlated noise does not raise the number of false detections.
 *
 * @param image - Not modified. @param output - Receives the significance; same shape.
 * @see Kaiser, "On the detection of sources"; Bosch et al., DMTN-006
 */
export function computeSignificance(image: Plane, options: SignificanceOptions, output: Plane): SignificanceMap {
  const { filter, noise, mask, badBits = -1 } = options;
  const clean = hasHoles(image, mask, badBits) ? withoutHoles(image, mask, badBits) : image;
  convolveSeparable(clean, { x: filter.taps, y: filter.taps, edge: 'zero' }, output);
  divideByNoise(output, noise, filter.taps);
  const correlation = measureNoise(output);
  const { data } = output;
  const scale = 1 / correlation;
  for (let k = 0; k < data.length; k++) data[k] *= scale;
  return { plane: output, noise, filter, correlation };
}

function hasHoles(image: Plane, mask: Plane<Int32Array> | undefined, badBits: number): boolean {
  const { data } = image;
  // NaN or infinity less itself is NaN; four sums, because one would wait for itself.
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = data.length & ~3;
  for (let k = 0; k < end; k += 4) {
    a += data[k] - data[k];
    b += data[k + 1] - data[k + 1];
    c += data[k + 2] - data[k + 2];
    d += data[k + 3] - data[k + 3];
  }
  for (let k = end; k < data.length; k++) a += data[k] - data[k];
  if (Number.isNaN(a + b + c + d)) return true;
  return mask !== undefined && mask.data.some((bits) => (bits & badBits) !== 0);
}

function withoutHoles(image: Plane, mask: Plane<Int32Array> | undefined, badBits: number): Plane {
  const data = new Float32Array(image.width * image.height);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) {
      const value = image.data[y * image.stride + x];
      const bad = mask !== undefined && (mask.data[y * mask.stride + x] & badBits) !== 0;
      data[y * image.width + x] = bad || !Number.isFinite(value) ? 0 : value;
    }
  return { data, width: image.width, height: image.height, stride: image.width };
}

function isPlane(noise: SurfaceMesh | Plane): noise is Plane {
  return 'data' in noise;
}

function divideByNoise(output: Plane, noise: SurfaceMesh | Plane, taps: Float32Array): void {
  const { width, height, data } = output;
  const columns = reachOfFilter(width, taps);
  const rows = reachOfFilter(height, taps);
  const line = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    if (isPlane(noise)) for (let x = 0; x < width; x++) line[x] = noise.data[y * noise.stride + x];
    else meshRowInto(noise, y, line);
    const a = y * output.stride;
    const row = rows[y];
    for (let x = 0; x < width; x++) {
      const sigma = line[x] * row * columns[x];
      data[a + x] = sigma > 0 ? data[a + x] / sigma : 0;
    }
  }
}

/**
 * Square root of the sum of squares of the taps that fall inside the image, by position. Near an edge the filter is cut, and so
 * is its noise: a source beyond the edge then rises towards it and is known for what it is.
 */
function reachOfFilter(length: number, taps: Float32Array): Float64Array {
  const half = (taps.length - 1) / 2;
  return Float64Array.from({ length }, (_, at) => {
    let squares = 0;
    for (let k = Math.max(0, half - at); k < Math.min(taps.length, length - at + half); k++) squares += taps[k] * taps[k];
    return Math.sqrt(squares);
  });
}

/** Cells of the map that are sampled, and how sparsely [pixel]: enough values for 0.2 % of the noise of a large image. */
const NOISE_CELL = 128;
const NOISE_STEP = 5;
/** Quantiles of a normal distribution at 5 % and 30 %, apart by this many standard deviations. */
const LOW_QUANTILES = { first: 0.05, second: 0.3, apart: 1.1205 };

/**
 * The standard deviation of the map on sky, from the lower side of its values alone: sources, even those too faint to be seen,
 * only add light, so that a crowded field does not pass for a noisy one.
 */
function measureNoise({ data, width, height, stride }: Plane): number {
  const side = Math.min(NOISE_CELL, width, height);
  const step = width * height > 1e6 ? NOISE_STEP : 2;
  const window = new Float32Array(Math.ceil(side / step) ** 2);
  const found: number[] = [];
  for (let y0 = 0, row = 0; y0 + side <= height; y0 += side, row++)
    // Every second cell of a large image, as on a chessboard.
    for (let x0 = step === NOISE_STEP && row % 2 === 1 ? side : 0; x0 + side <= width; x0 += step === NOISE_STEP ? 2 * side : side) {
      let count = 0;
      for (let y = y0; y < y0 + side; y += step)
        for (let x = x0; x < x0 + side; x += step) {
          const value = data[y * stride + x];
          if (value !== 0) window[count++] = value;
        }
      if (count < 50) continue;
      const sorted = window.subarray(0, count).toSorted();
      const at = (quantile: number): number => sorted[Math.floor(quantile * (count - 1))];
      found.push((at(LOW_QUANTILES.second) - at(LOW_QUANTILES.first)) / LOW_QUANTILES.apart);
    }
  const sigma = found.length === 0 ? 1 : medianInPlace(Float64Array.from(found));
  return Number.isFinite(sigma) && sigma > 0 ? sigma : 1;
}
