import {
  convolveSeparable,
  copySoundInto,
  divideByMeshInPlace,
  hasNonFinite,
  KernelArena,
  type Plane,
  type SurfaceMesh,
} from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import { meshValueAt } from '../background/mesh-value.ts';

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
  const { width, height } = image;
  using arena = new KernelArena();
  let clean = image;
  if (mask !== undefined || hasNonFinite(image)) {
    clean = { data: arena.float32(width * height, { cleared: false }), width, height, stride: width };
    copySoundInto(image, { mask, badBits }, clean);
  }
  convolveSeparable(clean, { x: filter.taps, y: filter.taps, edge: 'zero' }, output);
  const reach = { columns: reachOfFilter(width, filter.taps), rows: reachOfFilter(height, filter.taps) };
  const correlation = measureNoise(output, { noise, ...reach });
  divideByNoise(output, noise, reach, correlation);
  return { plane: output, noise, filter, correlation };
}

function isPlane(noise: SurfaceMesh | Plane): noise is Plane {
  return 'data' in noise;
}

function divideByNoise(
  output: Plane,
  noise: SurfaceMesh | Plane,
  reach: { readonly columns: Float64Array; readonly rows: Float64Array },
  correlation: number,
): void {
  const { width, height, data } = output;
  const columns = Float32Array.from(reach.columns, (part) => 1 / part);
  const rows = Float32Array.from(reach.rows, (part) => 1 / (part * correlation));
  if (!isPlane(noise)) {
    divideByMeshInPlace(output, noise, columns, rows);
    return;
  }
  for (let y = 0; y < height; y++) {
    const a = y * output.stride;
    const b = y * noise.stride;
    const row = rows[y];
    for (let x = 0; x < width; x++) {
      const sigma = noise.data[b + x];
      data[a + x] = sigma > 0 ? (data[a + x] * row * columns[x]) / sigma : 0;
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

/** The noise that white noise would have after the filter, by place. */
interface WhiteNoise {
  readonly noise: SurfaceMesh | Plane;
  readonly columns: Float64Array;
  readonly rows: Float64Array;
}

/**
 * The standard deviation of the filtered image on sky in units of what white noise would have, from the lower side of its values
 * alone: sources, even those too faint to be seen, only add light, so that a crowded field does not pass for a noisy one.
 */
function measureNoise({ data, width, height, stride }: Plane, { noise, columns, rows }: WhiteNoise): number {
  const side = Math.min(NOISE_CELL, width, height);
  const step = width * height > 1e6 ? NOISE_STEP : 2;
  const window = new Float32Array(Math.ceil(side / step) ** 2);
  const found: number[] = [];
  const line = new Float64Array(width);
  for (let y0 = 0, row = 0; y0 + side <= height; y0 += side, row++)
    // Every second cell of a large image, as on a chessboard.
    for (let x0 = step === NOISE_STEP && row % 2 === 1 ? side : 0; x0 + side <= width; x0 += step === NOISE_STEP ? 2 * side : side) {
      let count = 0;
      for (let y = y0; y < y0 + side; y += step) {
        noiseRowInto(noise, y, x0, x0 + side, line);
        for (let x = x0; x < x0 + side; x += step) {
          const value = data[y * stride + x];
          const sigma = line[x] * rows[y] * columns[x];
          if (value !== 0 && sigma > 0) window[count++] = value / sigma;
        }
      }
      if (count < 50) continue;
      const sorted = window.subarray(0, count).toSorted();
      const at = (quantile: number): number => sorted[Math.floor(quantile * (count - 1))];
      found.push((at(LOW_QUANTILES.second) - at(LOW_QUANTILES.first)) / LOW_QUANTILES.apart);
    }
  const sigma = found.length === 0 ? 1 : medianInPlace(Float64Array.from(found));
  return Number.isFinite(sigma) && sigma > 0 ? sigma : 1;
}

/** Noise of the pixels from x0 to x1 of a row; of a mesh it is close to linear over so short a way. */
function noiseRowInto(noise: SurfaceMesh | Plane, y: number, x0: number, x1: number, line: Float64Array): void {
  if (isPlane(noise)) {
    for (let x = x0; x < x1; x++) line[x] = noise.data[y * noise.stride + x];
    return;
  }
  const middle = (x0 + x1) >> 1;
  const [first, half, last] = [meshValueAt(noise, x0, y), meshValueAt(noise, middle, y), meshValueAt(noise, x1 - 1, y)];
  for (let x = x0; x < x1; x++)
    line[x] = x < middle ? first + ((half - first) * (x - x0)) / (middle - x0) : half + ((last - half) * (x - middle)) / (x1 - 1 - middle);
}
