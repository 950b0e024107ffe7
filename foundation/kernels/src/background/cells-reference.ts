import type { Plane } from '../memory/frame.ts';
import { type CellOptions, type CellStatistics, checkCells, HISTOGRAM_BINS } from './cells.ts';

const ROUNDS = 8;

/** The definition of measureCells in plain TypeScript, with sums in float64. */
export function measureCellsReference(input: Plane, options: CellOptions): CellStatistics {
  const { columns, rows } = checkCells(input, options);
  const cells = Array.from({ length: columns * rows }, (_, k) => {
    return measureCell(cellPixels(input, options, k % columns, Math.floor(k / columns)), options.clipSigma ?? 3);
  });
  return {
    columns,
    rows,
    mean: Float32Array.from(cells, (cell) => cell.mean),
    median: Float32Array.from(cells, (cell) => cell.median),
    sigma: Float32Array.from(cells, (cell) => cell.sigma),
    count: Float32Array.from(cells, (cell) => cell.count),
  };
}

function cellPixels(input: Plane, options: CellOptions, column: number, row: number): number[] {
  const { cellWidth, cellHeight, mask, badBits = -1 } = options;
  const values: number[] = [];
  for (let y = row * cellHeight; y < Math.min(input.height, (row + 1) * cellHeight); y++)
    for (let x = column * cellWidth; x < Math.min(input.width, (column + 1) * cellWidth); x++) {
      const value = input.data[y * input.stride + x];
      if (Number.isFinite(value) && (!mask || (mask.data[y * mask.stride + x] & badBits) === 0)) values.push(value);
    }
  return values;
}

interface Cell {
  readonly mean: number;
  readonly median: number;
  readonly sigma: number;
  readonly count: number;
}

function measureCell(values: readonly number[], clip: number): Cell {
  if (values.length === 0) return { mean: Number.NaN, median: Number.NaN, sigma: Number.NaN, count: 0 };
  let kept = spread(values);
  for (let round = 0; round < ROUNDS && kept.sigma > 0; round++) {
    const before = kept.count;
    kept = spread(within(values, kept.mean - clip * kept.sigma, kept.mean + clip * kept.sigma));
    if (kept.count === before) break;
  }
  if (!(Math.fround(kept.mean + kept.sigma) > Math.fround(kept.mean))) return { ...kept, median: kept.mean };
  const low = Math.fround(kept.mean - 4 * kept.sigma);
  const high = Math.fround(kept.mean + 4 * kept.sigma);
  const width = (high - low) / HISTOGRAM_BINS;
  const histogram = new Float64Array(HISTOGRAM_BINS);
  for (const value of within(values, low, high)) histogram[Math.min(HISTOGRAM_BINS - 1, Math.floor((value - low) / width))]++;
  let [first, last] = [0, HISTOGRAM_BINS - 1];
  let sigma = kept.sigma;
  let median = kept.mean;
  for (let round = 0; round < ROUNDS; round++) {
    median = low + width * middle(histogram, first, last);
    const nextFirst = Math.max(0, Math.floor((median - clip * sigma - low) / width));
    const nextLast = Math.min(HISTOGRAM_BINS - 1, Math.floor((median + clip * sigma - low) / width));
    if (round > 0 && nextFirst === first && nextLast === last) break;
    [first, last] = [nextFirst, nextLast];
    sigma = width * histogramSigma(histogram, first, last);
  }
  return { ...spread(within(values, median - clip * sigma, median + clip * sigma)), median };
}

function within(values: readonly number[], low: number, high: number): number[] {
  return values.filter((value) => value >= Math.fround(low) && value <= Math.fround(high));
}

function spread(values: readonly number[]): { mean: number; sigma: number; count: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, sigma: Math.sqrt(variance), count: values.length };
}

/** Where, in bins, half of the counts of bins first to last lie below. */
function middle(histogram: Float64Array, first: number, last: number): number {
  const half = histogram.subarray(first, last + 1).reduce((a, b) => a + b, 0) / 2;
  let below = 0;
  for (let k = first; k <= last; k++) {
    if (histogram[k] > 0 && below + histogram[k] >= half) return k + (half - below) / histogram[k];
    below += histogram[k];
  }
  return Number.NaN;
}

function histogramSigma(histogram: Float64Array, first: number, last: number): number {
  const bins = [...histogram.keys()].slice(first, last + 1);
  const n = bins.reduce((sum, k) => sum + histogram[k], 0);
  const mean = bins.reduce((sum, k) => sum + k * histogram[k], 0) / n;
  return Math.sqrt(Math.max(0, bins.reduce((sum, k) => sum + k * k * histogram[k], 0) / n - mean * mean));
}
