import { createRandom, median, SIGMA_PER_MAD, solveLeastSquares } from '@almagest/numerics';

export interface FringeOptions {
  /** Random places at which the frames are compared. */
  readonly boxes: number;
  /** Half-sides of the small box, whose level is taken, and of the large box, whose level is subtracted [pixel]. */
  readonly smallHalf: number;
  readonly largeHalf: number;
  readonly clipSigma: number;
  readonly maxPasses: number;
}

export const DEFAULT_FRINGE: FringeOptions = { boxes: 10_000, smallHalf: 3, largeHalf: 30, clipSigma: 3, maxPasses: 20 };

export interface FringeFit {
  /** Amplitude of each fringe frame. */
  readonly amplitudes: Float64Array;
  readonly errors: Float64Array;
  /** Scatter of the differences about the fit. */
  readonly residual: number;
  readonly boxesUsed: number;
}

export interface FringeRequest {
  readonly image: Float32Array;
  readonly mask: Int32Array;
  readonly badBits: number;
  readonly width: number;
  readonly height: number;
  /** Fringe frames, sky taken off. */
  readonly frames: readonly Float32Array[];
  readonly seed: string;
}

/**
 * Fits the amplitudes of fringe frames to an image at random places, small-box level less large-box level.
 *
 * @returns undefined where fewer than 10 places are usable.
 */
export function fitFringes(request: FringeRequest, options: FringeOptions = DEFAULT_FRINGE): FringeFit | undefined {
  const { image, frames, seed } = request;
  const places = drawPlaces(request, options, seed);
  const contrast = (plane: Float32Array, masked: boolean): number[] =>
    places.map(
      ([x, y]) =>
        boxLevel(plane, request, { x, y, half: options.smallHalf, masked }) -
        boxLevel(plane, request, { x, y, half: options.largeHalf, masked }),
    );
  const target = contrast(image, true);
  const designs = frames.map((frame) => contrast(frame, false));
  const n = frames.length;
  let use = target.map((t, k) => !Number.isNaN(t) && designs.every((d) => !Number.isNaN(d[k])));
  for (let pass = 0; pass < options.maxPasses; pass++) {
    const rows = use.flatMap((u, k) => (u ? [k] : []));
    if (rows.length < 10) return undefined;
    const design = Float64Array.from(rows.flatMap((k) => designs.map((d) => d[k])));
    const solution = solveLeastSquares({ design, rows: rows.length, columns: n, target: Float64Array.from(rows, (k) => target[k]) });
    const residuals = rows.map((k) => target[k] - designs.reduce((sum, d, j) => sum + solution.parameters[j] * d[k], 0));
    const center = median(residuals);
    const scatter = SIGMA_PER_MAD * median(residuals.map((r) => Math.abs(r - center)));
    const next = use.slice();
    let removed = 0;
    for (const [r, k] of rows.entries()) {
      if (Math.abs(residuals[r] - center) <= options.clipSigma * scatter) continue;
      next[k] = false;
      removed++;
    }
    if (removed === 0 || pass === options.maxPasses - 1) {
      const errors = Float64Array.from({ length: n }, (_, j) => scatter * Math.sqrt(solution.covariance[j * n + j]));
      return { amplitudes: solution.parameters, errors, residual: scatter, boxesUsed: rows.length };
    }
    use = next;
  }
  return undefined;
}

function drawPlaces({ width, height }: FringeRequest, { boxes, largeHalf }: FringeOptions, seed: string): (readonly [number, number])[] {
  const random = createRandom(seed);
  const margin = Math.min(largeHalf, Math.floor((Math.min(width, height) - 1) / 2));
  return Array.from(
    { length: boxes },
    () => [margin + random.integer(Math.max(1, width - 2 * margin)), margin + random.integer(Math.max(1, height - 2 * margin))] as const,
  );
}

interface BoxAt {
  readonly x: number;
  readonly y: number;
  readonly half: number;
  readonly masked: boolean;
}

/**
 * Clipped mean of a box; every third pixel of large boxes is enough.
 *
 * Not the median: that of a fringe with noise is another than that of the fringe alone, which would bias the amplitude.
 */
function boxLevel(plane: Float32Array, { mask, badBits, width, height }: FringeRequest, { x, y, half, masked }: BoxAt): number {
  const step = half > 10 ? 3 : 1;
  const values: number[] = [];
  for (let j = Math.max(0, y - half); j <= Math.min(height - 1, y + half); j += step) {
    for (let i = Math.max(0, x - half); i <= Math.min(width - 1, x + half); i += step) {
      const k = j * width + i;
      if (masked && mask[k] & badBits) continue;
      values.push(plane[k]);
    }
  }
  return values.length < 8 ? Number.NaN : clippedMean(values);
}

/** Mean without what lies 3.5 robust sigma from the median: stars. */
function clippedMean(values: readonly number[]): number {
  const center = median(values);
  const limit = 3.5 * SIGMA_PER_MAD * median(values.map((v) => Math.abs(v - center))) + 1e-12;
  let sum = 0;
  let n = 0;
  for (const value of values) {
    if (Math.abs(value - center) > limit) continue;
    sum += value;
    n++;
  }
  return sum / n;
}
