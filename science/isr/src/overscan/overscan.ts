import type { Box } from '@almagest/instrument';
import { medianInPlace, SIGMA_PER_MAD } from '@almagest/numerics';
import { fitLevelsInPlace, type LevelFit } from './fit-levels.ts';

/** Raw pixels of one amplifier, or the same as real numbers on the way. */
export type RawPixels = Float32Array | Uint16Array | Int16Array | Int32Array;

export interface OverscanOptions {
  /** How one level is found for each line (row for serial, column for parallel overscan). */
  readonly estimator: 'median' | 'mean';
  readonly fit: LevelFit;
  /** Pixels left out at the near end, where charge trails, and at the far end. */
  readonly skipNear: number;
  readonly skipFar: number;
  /** Pixels farther than this from the median of the whole overscan do not count [ADU]. */
  readonly maxDeviation: number;
  /** Clipping of each line's mean [sigma]; not used by the median. */
  readonly clipSigma: number;
}

/** The field's usual choice for serial overscans: a median for every row. */
export const MEDIAN_PER_ROW: OverscanOptions = {
  estimator: 'median',
  fit: { kind: 'none' },
  skipNear: 2,
  skipFar: 0,
  maxDeviation: 1000,
  clipSigma: 3,
};

/** Levels of one overscan, with what the metadata want to know of it. */
export interface OverscanLevels {
  /** One level a line [ADU]. */
  readonly levels: Float64Array;
  readonly mean: number;
  readonly median: number;
  /** Scatter of the levels from line to line [ADU]. */
  readonly stdev: number;
  /** Scatter of the overscan's pixels about their line's level [ADU]: the read noise. */
  readonly residualStdev: number;
  /** Pixels that did not count. */
  readonly rejected: number;
}

export interface OverscanRequest {
  readonly data: RawPixels;
  readonly width: number;
  readonly box: Box;
  /** Whether lines are rows (serial overscan) or columns (parallel overscan). */
  readonly lines: 'rows' | 'columns';
}

/**
 * Finds the level of an overscan for every line.
 *
 * The median of whole numbers is taken as the point that halves the counts within the middle value, so that it does not jump by 1 ADU.
 *
 * @returns null where no pixel of the overscan counts.
 */
export function measureOverscan({ data, width, box, lines }: OverscanRequest, options: OverscanOptions): OverscanLevels | null {
  const perLine = (lines === 'rows' ? box.width : box.height) - options.skipNear - options.skipFar;
  const count = lines === 'rows' ? box.height : box.width;
  if (perLine <= 0 || count <= 0) return null;
  const step = lines === 'rows' ? 1 : width;
  const startOf = (line: number): number =>
    lines === 'rows' ? (box.y + line) * width + box.x + options.skipNear : (box.y + options.skipNear) * width + box.x + line;
  const all: Lines = { startOf, step, perLine, count };
  const middle = centralValue(data, all);
  const levels = new Float64Array(count);
  const counting = options.estimator === 'median' && !(data instanceof Float32Array) && options.maxDeviation <= MOST_BINS;
  const rejected = counting
    ? countedMedians(data, all, { middle, maxDeviation: options.maxDeviation, levels })
    : estimatedLevels(data, all, { middle, options, levels });
  if (!fitLevelsInPlace(levels, options.fit)) return null;
  return { levels, rejected, ...describe(levels), residualStdev: residualScatter(data, all, levels) };
}

interface Lines {
  readonly startOf: (line: number) => number;
  readonly step: number;
  readonly perLine: number;
  readonly count: number;
}

/** Values that are enough for a limit of 1000 ADU. */
const CENTRAL_SAMPLE = 2000;

function centralValue(data: RawPixels, { startOf, step, perLine, count }: Lines): number {
  const stride = Math.max(1, Math.floor((count * perLine) / CENTRAL_SAMPLE));
  const values = new Float64Array(perLine * Math.ceil(count / stride));
  let n = 0;
  for (let line = 0; line < count; line += stride)
    for (let k = 0, i = startOf(line); k < perLine; k++, i += step) if (!Number.isNaN(data[i])) values[n++] = data[i];
  return medianInPlace(values, n);
}

/** Levels by sorting or clipping, one line at a time. @returns Pixels that did not count. */
function estimatedLevels(
  data: RawPixels,
  { startOf, step, perLine, count }: Lines,
  { middle, options, levels }: { readonly middle: number; readonly options: OverscanOptions; readonly levels: Float64Array },
): number {
  const integers = !(data instanceof Float32Array);
  const work = new Float64Array(perLine);
  let rejected = 0;
  for (let line = 0; line < count; line++) {
    let n = 0;
    for (let k = 0, i = startOf(line); k < perLine; k++, i += step) {
      const value = data[i];
      if (Math.abs(value - middle) <= options.maxDeviation) work[n++] = value;
    }
    rejected += perLine - n;
    if (n === 0) levels[line] = Number.NaN;
    else if (options.estimator === 'mean') levels[line] = clippedMean(work.subarray(0, n), options.clipSigma);
    else levels[line] = lineMedian(work, n, integers);
  }
  return rejected;
}

function lineMedian(work: Float64Array, n: number, integers: boolean): number {
  const middle = medianInPlace(work, n);
  if (!integers) return middle;
  const bin = Math.round(middle);
  let below = 0;
  let at = 0;
  for (let k = 0; k < n; k++) {
    if (work[k] < bin) below++;
    else if (work[k] === bin) at++;
  }
  return at === 0 ? middle : bin - 0.5 + (n / 2 - below) / at;
}

/** Widest range that is counted bin by bin. */
const MOST_BINS = 5000;

/** The same medians of whole numbers by counting, without sorting. @returns Pixels that did not count. */
function countedMedians(
  data: RawPixels,
  { startOf, step, perLine, count }: Lines,
  { middle, maxDeviation, levels }: { readonly middle: number; readonly maxDeviation: number; readonly levels: Float64Array },
): number {
  const base = Math.ceil(middle - maxDeviation);
  const size = Math.floor(middle + maxDeviation) - base + 1;
  if (!(size > 0)) {
    levels.fill(Number.NaN);
    return perLine * count;
  }
  const bins = new Int32Array(size);
  let rejected = 0;
  for (let line = 0; line < count; line++) {
    const start = startOf(line);
    let n = 0;
    let lowest = size;
    for (let k = 0, i = start; k < perLine; k++, i += step) {
      const bin = data[i] - base;
      if (bin < 0 || bin >= size) continue;
      bins[bin]++;
      if (bin < lowest) lowest = bin;
      n++;
    }
    rejected += perLine - n;
    levels[line] = n === 0 ? Number.NaN : base + countedMedian(bins, lowest, n);
    for (let k = 0, i = start; k < perLine; k++, i += step) {
      const bin = data[i] - base;
      if (bin >= 0 && bin < size) bins[bin] = 0;
    }
  }
  return rejected;
}

function countedMedian(bins: Int32Array, lowest: number, n: number): number {
  // Places of the two middle values; one and the same for odd numbers.
  const [first, second] = [(n - 1) >> 1, n >> 1];
  let below = 0;
  let bin = lowest;
  while (below + bins[bin] <= first) below += bins[bin++];
  const low = bin;
  let upTo = below + bins[bin];
  while (upTo <= second) upTo += bins[++bin];
  const middle = Math.round((low + bin) / 2);
  if (middle !== low) below += bins[low];
  return bins[middle] === 0 ? (low + bin) / 2 : middle - 0.5 + (n / 2 - below) / bins[middle];
}

function clippedMean(values: Float64Array, sigma: number): number {
  let center = medianInPlace(Float64Array.from(values));
  let scatter = SIGMA_PER_MAD * medianInPlace(values.map((v) => Math.abs(v - center)));
  for (let pass = 0; pass < 3; pass++) {
    let sum = 0;
    let square = 0;
    let n = 0;
    for (const value of values) {
      if (Math.abs(value - center) > sigma * scatter + 1e-9) continue;
      sum += value;
      square += value * value;
      n++;
    }
    if (n === 0) break;
    center = sum / n;
    scatter = Math.sqrt(Math.max(0, square / n - center * center));
  }
  return center;
}

function describe(levels: Float64Array): { mean: number; median: number; stdev: number } {
  const mean = levels.reduce((a, b) => a + b, 0) / levels.length;
  const variance = levels.reduce((a, b) => a + (b - mean) ** 2, 0) / levels.length;
  return { mean, median: medianInPlace(Float64Array.from(levels)), stdev: Math.sqrt(variance) };
}

/** Root mean square about the levels, 4-sigma clipped, with the degrees of freedom that the levels took given back. */
function residualScatter(data: RawPixels, lines: Lines, levels: Float64Array): number {
  // The limit comes from a part of the lines.
  const few = Math.max(1, Math.floor(lines.count / 256));
  let scatter = 0;
  for (const [limit, stride] of [
    [Number.POSITIVE_INFINITY, few],
    [4, few],
    [4, 1],
  ] as const) {
    const next = scatterWithin(data, lines, { levels, limit: limit === 4 ? 4 * scatter : limit, stride });
    if (next === null) return 0;
    scatter = next;
  }
  return scatter;
}

function scatterWithin(
  data: RawPixels,
  { startOf, step, perLine, count }: Lines,
  { levels, limit, stride }: { readonly levels: Float64Array; readonly limit: number; readonly stride: number },
): number | null {
  let square = 0;
  let n = 0;
  for (let line = 0; line < count; line += stride) {
    const level = levels[line];
    for (let k = 0, i = startOf(line); k < perLine; k++, i += step) {
      const d = data[i] - level;
      if (!(Math.abs(d) <= limit)) continue;
      square += d * d;
      n++;
    }
  }
  return n === 0 ? null : Math.sqrt((square / n) * (perLine / Math.max(1, perLine - 1)));
}

/** Copies raw pixels to real numbers, less one level a row. @param out - Same length; filled. */
export function subtractRowLevelsInto(
  data: RawPixels,
  width: number,
  levels: { readonly first: number; readonly values: Float64Array },
  out: Float32Array,
): void {
  const rows = data.length / width;
  const { first, values } = levels;
  for (let y = 0; y < rows; y++) {
    const level = values[Math.min(values.length - 1, Math.max(0, y - first))];
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) out[i] = data[i] - level;
  }
}

/** Subtracts one level a column, in place. */
export function subtractColumnLevelsInPlace(
  data: Float32Array,
  width: number,
  levels: { readonly first: number; readonly values: Float64Array },
): void {
  const rows = data.length / width;
  const { first, values } = levels;
  for (let y = 0; y < rows; y++) for (let k = 0; k < values.length; k++) data[y * width + first + k] -= values[k];
}
