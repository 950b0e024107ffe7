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

/** One footprint for each group of touching pixels, as detected. */
export function footprintsOf(peaks: PeakList): Footprint[] {
  const { stride, width, height } = peaks.segmentation;
  const groups = new Map<number, number[]>();
  for (let i = 0; i < peaks.count; i++) groups.set(peaks.group[i], [...(groups.get(peaks.group[i]) ?? []), i]);
  const owner = new Int32Array(width * height);
  const lists = [...groups.values()];
  lists.forEach((list, g) => {
    for (const i of list)
      for (let k = peaks.offsets[i]; k < peaks.offsets[i + 1]; k++) {
        const p = peaks.pixels[k];
        owner[Math.floor(p / stride) * width + (p % stride)] = g + 1;
      }
  });
  return collect(owner, { width, height }, lists);
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
    const reach = Math.max(0, Math.floor(radius));
    const { spans } = footprint;
    for (let k = 0; k < spans.length; k += 3)
      for (let dy = -reach; dy <= reach; dy++) {
        const y = spans[k] + dy;
        if (y < 0 || y >= height) continue;
        const wide = Math.floor(Math.sqrt(Math.max(0, radius * radius - dy * dy)));
        for (let x = Math.max(0, spans[k + 1] - wide); x < Math.min(width, spans[k + 2] + wide); x++) {
          const there = owner[y * width + x];
          if (there === 0) owner[y * width + x] = index + 1;
          else if (there !== index + 1) parent[rootOf(there)] = rootOf(index + 1);
        }
      }
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
