import type { CombineRequest, CombinedRows } from './combine.ts';

/** What {@link combineRows} computes, pixel by pixel in double precision. */
export function combineRowsReference(
  { frames, scales, weights, clipSigma, readVariance, variancePerUnit }: CombineRequest,
  out: CombinedRows,
): void {
  const values: number[] = [];
  for (let k = 0; k < out.mean.length; k++) {
    values.length = 0;
    const pairs: [number, number][] = [];
    for (const [f, frame] of frames.entries()) {
      const value = Math.fround(frame[k] * Math.fround(scales?.[f] ?? 1));
      if (!Number.isFinite(value)) continue;
      values.push(value);
      pairs.push([value, Math.fround(weights?.[f] ?? 1)]);
    }
    values.sort((a, b) => a - b);
    const median = at(values, 0.5);
    const spread = 0.7413011 * (at(values, 0.75) - at(values, 0.25));
    const expected = (readVariance ?? 0) + (variancePerUnit ?? 0) * Math.max(0, median);
    const limit = (clipSigma ?? 3) ** 2 * Math.max(expected, spread * spread);
    const kept = pairs.filter(([value]) => (value - median) ** 2 <= limit);
    const total = kept.reduce((s, [, w]) => s + w, 0);
    const mean = kept.reduce((s, [v, w]) => s + w * v, 0) / total;
    out.mean[k] = mean;
    out.used[k] = kept.length;
    out.variance[k] = kept.reduce((s, [v, w]) => s + w * (v - mean) ** 2, 0) / (total * (kept.length - 1));
  }
}

function at(sorted: readonly number[], fraction: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = fraction * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}
