import type { PeakList } from './detect-peaks.ts';

/** The pixels of one detection as runs along rows, and the sources in it. */
export interface Footprint {
  /** Triples y, x0, x1 (half-open), by rising y and x0. */
  readonly spans: Int32Array;
  /** Numbers of the peaks. */
  readonly peaks: readonly number[];
}

export interface Bounds {
  readonly width: number;
  readonly height: number;
}

/** Pixels of a footprint. */
export function footprintArea({ spans }: Footprint): number {
  let area = 0;
  for (let k = 0; k < spans.length; k += 3) area += spans[k + 2] - spans[k + 1];
  return area;
}

/**
 * One footprint for each group of touching pixels, as detected.
 *
 * @param options.minPixels - Smaller groups are left out.
 */
export function footprintsOf(peaks: PeakList, options: { readonly minPixels?: number } = {}): Footprint[] {
  const { minPixels = 0 } = options;
  const { width, height } = peaks.segmentation;
  const groups = new Map<number, number[]>();
  for (let i = 0; i < peaks.count; i++) {
    const list = groups.get(peaks.group[i]);
    if (list) list.push(i);
    else groups.set(peaks.group[i], [i]);
  }
  const areaOf = (i: number): number => peaks.offsets[i + 1] - peaks.offsets[i];
  const lists = [...groups.values()].filter((list) => list.reduce((sum, i) => sum + areaOf(i), 0) >= minPixels);
  return lists.map((list) => spansOfPixels(peaks, list, { width, height }));
}

/** The pixels of some sources as runs along rows. */
function spansOfPixels(peaks: PeakList, list: readonly number[], { width }: Bounds): Footprint {
  const { stride } = peaks.segmentation;
  const count = list.reduce((sum, i) => sum + peaks.offsets[i + 1] - peaks.offsets[i], 0);
  const pixels = new Int32Array(count);
  let at = 0;
  for (const i of list) {
    pixels.set(peaks.pixels.subarray(peaks.offsets[i], peaks.offsets[i + 1]), at);
    at += peaks.offsets[i + 1] - peaks.offsets[i];
  }
  pixels.sort();
  const spans: number[] = [];
  for (let k = 0; k < count;) {
    const start = pixels[k];
    let end = start + 1;
    const rowEnd = start - (start % stride) + width;
    for (k++; k < count && pixels[k] === end && end < rowEnd; k++) end++;
    const y = Math.floor(start / stride);
    spans.push(y, start - y * stride, end - y * stride);
  }
  return { spans: Int32Array.from(spans), peaks: list.toSorted((a, b) => a - b) };
}

/**
 * Footprints grown by a radius, those that then touch joined into one.
 *
 * @param radiusOf - How far each grows [pixel], 0 for not at all; a number is the same for all.
 * @returns Fresh footprints, cut at the bounds; the peaks of joined ones are together.
 */
export function growFootprints(
  footprints: readonly Footprint[],
  radiusOf: number | ((footprint: Footprint) => number),
  bounds: Bounds,
): Footprint[] {
  const { width, height } = bounds;
  const owner = new Int32Array(width * height);
  const parent = Int32Array.from({ length: footprints.length + 1 }, (_, k) => k);
  const rootOf = (k: number): number => {
    while (parent[k] !== k) k = parent[k] = parent[parent[k]];
    return k;
  };
  footprints.forEach((footprint, index) => {
    const radius = typeof radiusOf === 'number' ? radiusOf : radiusOf(footprint);
    eachGrownRun(footprint, radius, bounds, (y, x0, x1) => {
      for (let x = x0; x < x1; x++) {
        const there = owner[y * width + x];
        if (there === 0) owner[y * width + x] = index + 1;
        else if (there !== index + 1) parent[rootOf(there)] = rootOf(index + 1);
      }
    });
  });
  const number = new Map<number, number>();
  const lists: number[][] = [];
  footprints.forEach(({ peaks }, index) => {
    const root = rootOf(index + 1);
    if (!number.has(root)) number.set(root, lists.push([]));
    lists[number.get(root)! - 1].push(...peaks);
  });
  for (let k = 0; k < owner.length; k++) if (owner[k] !== 0) owner[k] = number.get(rootOf(owner[k]))!;
  return collect(owner, bounds, lists);
}

/** Sets bits on the pixels within a radius of footprints: what {@link growFootprints} covers, without telling them apart. */
export function markGrownFootprintsInPlace(
  mask: Bounds & { readonly data: Int32Array; readonly stride: number },
  footprints: readonly Footprint[],
  radiusOf: (footprint: Footprint) => number,
  bits: number,
): void {
  for (const footprint of footprints)
    eachGrownRun(footprint, radiusOf(footprint), mask, (y, x0, x1) => {
      for (let x = x0; x < x1; x++) mask.data[y * mask.stride + x] |= bits;
    });
}

/** Calls back with the runs of pixels within a radius of a footprint, row by row, cut at the bounds; none twice. */
function eachGrownRun(
  { spans }: Footprint,
  radius: number,
  { width, height }: Bounds,
  use: (y: number, x0: number, x1: number) => void,
): void {
  if (spans.length === 0) return;
  const reach = Math.max(0, Math.floor(radius));
  const [first, last] = [spans[0], spans[spans.length - 3]];
  // Where runs begin and end along a row, as steps up and down.
  const steps = new Int32Array(width + 1);
  let from = 0;
  for (let y = Math.max(0, first - reach); y <= Math.min(height - 1, last + reach); y++) {
    while (from < spans.length && spans[from] < y - reach) from += 3;
    let [low, high] = [width, 0];
    for (let k = from; k < spans.length && spans[k] <= y + reach; k += 3) {
      const dy = spans[k] - y;
      const wide = Math.floor(Math.sqrt(Math.max(0, radius * radius - dy * dy)));
      const x0 = Math.max(0, spans[k + 1] - wide);
      const x1 = Math.min(width, spans[k + 2] + wide);
      if (x0 >= x1) continue;
      steps[x0]++;
      steps[x1]--;
      low = Math.min(low, x0);
      high = Math.max(high, x1);
    }
    let depth = 0;
    let start = -1;
    for (let x = low; x <= high; x++) {
      depth += steps[x];
      steps[x] = 0;
      if (depth > 0 && start < 0) start = x;
      else if (depth === 0 && start >= 0) {
        use(y, start, x);
        start = -1;
      }
    }
  }
}

/** Sets bits on the pixels of footprints. */
export function markFootprintsInPlace(
  mask: { readonly data: Int32Array; readonly stride: number },
  footprints: readonly Footprint[],
  bits: number,
): void {
  for (const { spans } of footprints)
    for (let k = 0; k < spans.length; k += 3)
      for (let x = spans[k + 1]; x < spans[k + 2]; x++) mask.data[spans[k] * mask.stride + x] |= bits;
}

function collect(owner: Int32Array, { width, height }: Bounds, lists: readonly (readonly number[])[]): Footprint[] {
  const spans = lists.map((): number[] => []);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width;) {
      const label = owner[y * width + x];
      const start = x++;
      if (label === 0) continue;
      while (x < width && owner[y * width + x] === label) x++;
      spans[label - 1].push(y, start, x);
    }
  return lists.map((peaks, k) => ({ spans: Int32Array.from(spans[k]), peaks: [...peaks].toSorted((a, b) => a - b) }));
}
