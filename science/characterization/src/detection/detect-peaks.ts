import { labelAbove, type Plane } from '@almagest/kernels';
import { type Split, splitGroup, type TreeSpace } from './component-tree.ts';

export interface PeakOptions {
  /** Least significance of a peak, and of the pixels around it [sigma]; default 5. */
  readonly threshold?: number;
  /** Least pixels of a group above the threshold; default 1. */
  readonly minPixels?: number;
  /** Deblending: least part of a group's flux in a branch; default 0.0005. */
  readonly contrast?: number;
  /** Deblending: least height of a peak above its saddle [sigma]; default 2. */
  readonly prominence?: number;
  /** Local noise variance grows by this part of the sky's per unit of significance; 0 when there is no gain to know it from. */
  readonly poisson?: number;
  /** Most peaks of one group; default 500. */
  readonly maxPeaks?: number;
  /** The image behind the map: tells by its light which peaks near the edge belong to sources outside. */
  readonly image?: Plane;
  /** A peak counts by its height above the light at this distance around it [pixel]; default 0, as it is. */
  readonly pedestalRadius?: number;
  /** Zeros of the map's shape and stride, to be filled and handed back; fresh memory when absent. */
  readonly segmentation?: Plane<Int32Array>;
}

/** Sources found: one entry each, as arrays. Coordinates are array indices of the plane. */
export interface PeakList {
  readonly count: number;
  /** Centre from a parabola through the peak and its neighbours [pixel]. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Significance at the centre [sigma]: of a matched filter, the signal-to-noise ratio of the flux. */
  readonly significance: Float64Array;
  /** Group of touching pixels that the source was found in. */
  readonly group: Int32Array;
  /** Sources of the same group; 1 for a source alone. */
  readonly siblings: Int32Array;
  /** Pixels of source i: `pixels[offsets[i]]` to `pixels[offsets[i + 1] - 1]`, as indices y * stride + x. */
  readonly offsets: Int32Array;
  readonly pixels: Int32Array;
  /** Source number + 1 on the pixels of each source, else 0; of the map's shape. */
  readonly segmentation: Plane<Int32Array>;
}

/**
 * Finds sources in a significance map: groups of pixels above the threshold, split at their peaks.
 *
 * @param map - Its outermost rows and columns are set to zero.
 * @remarks On noise the number of peaks follows Kaiser's formula within 20 %, and half of the sources at the threshold are
 * found (detect-peaks.recovery.test.ts). Time is linear in the pixels above the threshold but for their sorting.
 */
export function detectPeaks(map: Plane, options: PeakOptions = {}): PeakList {
  const { threshold = 5, minPixels = 1, contrast = 0.0005, prominence = 2, poisson = 0, maxPeaks = 500, pedestalRadius = 0 } = options;
  const border = takeBorder(map);
  const labels = labelAbove({ input: map, threshold });
  const { starts, members } = groupPixels(labels.runs, labels.count, map.stride);
  const segmentation = options.segmentation ?? { ...map, data: new Int32Array(map.stride * map.height) };
  const space: TreeSpace = { owner: segmentation.data };
  const rule = { contrast, prominence, poisson, maxPeaks };
  const list = new GrowingList(members.length);
  for (let group = 0; group < labels.count; group++) {
    if (starts[group + 1] - starts[group] < minPixels) continue;
    const split = splitGroup(map.data, map.stride, members.subarray(starts[group], starts[group + 1]), rule, space);
    const inside = withoutOutsiders(map, { border, image: options.image }, split);
    if (pedestalRadius > 0 && inside.peaks.length === 1 && !standsOut(map, inside.peaks[0], threshold, pedestalRadius)) continue;
    list.add(group, inside, segmentation.data);
  }
  return list.finish(map, segmentation);
}

/** The outermost rows and columns, which have no neighbours on one side, are set to zero; what they held comes back. */
function takeBorder({ data, width, height, stride }: Plane): ReadonlyMap<number, number> {
  const border = new Map<number, number>();
  const take = (p: number): void => {
    if (data[p] > 0) border.set(p, data[p]);
    data[p] = 0;
  };
  for (let x = 0; x < width; x++) {
    take(x);
    take((height - 1) * stride + x);
  }
  for (let y = 0; y < height; y++) {
    take(y * stride);
    take(y * stride + width - 1);
  }
  return border;
}

/** What is known of the surroundings of the map. */
interface Surroundings {
  readonly border: ReadonlyMap<number, number>;
  readonly image: Plane | undefined;
}

/** Peaks that rise further into the border, or whose light does, belong to sources outside the image. */
function withoutOutsiders(map: Plane, { border, image }: Surroundings, split: Split): Split {
  const { data, width, height, stride } = map;
  const isNearEdge = (p: number): boolean => {
    const y = Math.floor(p / stride);
    const x = p - y * stride;
    return x <= EDGE || y <= EDGE || x >= width - 1 - EDGE || y >= height - 1 - EDGE;
  };
  if (!split.peaks.some(isNearEdge)) return split;
  const around = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  const isOutside = (p: number): boolean =>
    isNearEdge(p) &&
    (around.some((step) => (border.get(p + step) ?? 0) > data[p]) ||
      (image !== undefined && fallsInwards(image, p % stride, Math.floor(p / stride))));
  const kept = Array.from(split.peaks, (p) => !isOutside(p));
  if (kept.every(Boolean)) return split;
  const number = new Int32Array(kept.length).fill(-1);
  let count = 0;
  for (let i = 0; i < kept.length; i++) if (kept[i]) number[i] = count++;
  return {
    ...split,
    peaks: split.peaks.filter((_, i) => kept[i]),
    saddles: split.saddles.filter((_, i) => kept[i]),
    leaves: split.leaves.map((leaf) => (leaf < 0 ? -1 : number[leaf])),
  };
}

/** The filter moves the peaks of sources outside this far in [pixel]. */
const EDGE = 3;

/** Whether light near an edge falls from the edge inwards, over three pixels along it. */
function fallsInwards({ data, width, height, stride }: Plane, x: number, y: number): boolean {
  const side = (line: readonly [number, number], inward: readonly [number, number], steps: number): number => {
    let sum = 0;
    for (let along = -1; along <= 1; along++) {
      const u = Math.min(width - 1, Math.max(0, line[0] + steps * inward[0] + along * inward[1]));
      const v = Math.min(height - 1, Math.max(0, line[1] + steps * inward[1] + along * inward[0]));
      sum += data[v * stride + u];
    }
    return sum;
  };
  const edges: [boolean, readonly [number, number], readonly [number, number]][] = [
    [x <= EDGE, [0, y], [1, 0]],
    [x >= width - 1 - EDGE, [width - 1, y], [-1, 0]],
    [y <= EDGE, [x, 0], [0, 1]],
    [y >= height - 1 - EDGE, [x, height - 1], [0, -1]],
  ];
  return edges.some(([near, line, inward]) => near && side(line, inward, 0) > side(line, inward, 2));
}

/** Places of the ring about a peak that the light under it is taken from. */
const RING: readonly (readonly [number, number])[] = Array.from({ length: 16 }, (_, k) => [
  Math.cos((k * Math.PI) / 8),
  Math.sin((k * Math.PI) / 8),
]);
/** A peak this high above the threshold needs no proof [sigma]. */
const BEYOND_DOUBT = 4;
/** Lower quartile of normal noise [sigma], and as much again as it scatters by over a ring. */
const EMPTY_RING = 0.5;

/**
 * Whether a peak would be one without the wings of a bright neighbour under it: noise on a slope of light passes the threshold
 * more often than noise on sky. The lower quartile of a ring is that light; other sources on the ring do not count.
 */
function standsOut({ data, width, height, stride }: Plane, p: number, threshold: number, radius: number): boolean {
  const value = data[p];
  if (value > threshold + BEYOND_DOUBT) return true;
  const y = Math.floor(p / stride);
  const x = p - y * stride;
  const ring: number[] = [];
  for (const [c, s] of RING) {
    const [u, v] = [Math.round(x + radius * c), Math.round(y + radius * s)];
    if (u >= 0 && v >= 0 && u < width && v < height) ring.push(data[v * stride + u]);
  }
  ring.sort((a, b) => a - b);
  return value - Math.max(0, (ring[ring.length >> 2] ?? 0) + EMPTY_RING) > threshold;
}

/** The pixel indices of every group, one group after the other. */
function groupPixels(runs: Int32Array, count: number, stride: number): { starts: Int32Array; members: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (let k = 0; k < runs.length; k += 4) starts[runs[k + 3] + 1] += runs[k + 2] - runs[k + 1];
  for (let g = 0; g < count; g++) starts[g + 1] += starts[g];
  const fill = starts.slice(0, count);
  const members = new Int32Array(starts[count]);
  for (let k = 0; k < runs.length; k += 4) {
    const row = runs[k] * stride;
    const group = runs[k + 3];
    for (let x = runs[k + 1]; x < runs[k + 2]; x++) members[fill[group]++] = row + x;
  }
  return { starts, members };
}

class GrowingList {
  readonly #peaks: number[] = [];
  readonly #groups: number[] = [];
  readonly #siblings: number[] = [];
  readonly #offsets: number[] = [0];
  readonly #pixels: Int32Array;
  #used = 0;

  constructor(pixels: number) {
    this.#pixels = new Int32Array(pixels);
  }

  add(group: number, { peaks, leaves, pixels }: Split, segmentation: Int32Array): void {
    const first = this.#peaks.length + 1;
    const fill = new Int32Array(peaks.length + 1);
    for (let k = 0; k < leaves.length; k++) if (leaves[k] >= 0) fill[leaves[k] + 1]++;
    fill[0] = this.#used;
    for (let leaf = 0; leaf < peaks.length; leaf++) {
      fill[leaf + 1] += fill[leaf];
      this.#peaks.push(peaks[leaf]);
      this.#groups.push(group);
      this.#siblings.push(peaks.length);
      this.#offsets.push(fill[leaf + 1]);
    }
    this.#used = fill[peaks.length];
    for (let k = 0; k < leaves.length; k++) {
      if (leaves[k] < 0) continue;
      this.#pixels[fill[leaves[k]]++] = pixels[k];
      segmentation[pixels[k]] = first + leaves[k];
    }
  }

  finish({ data, stride }: Plane, segmentation: Plane<Int32Array>): PeakList {
    const count = this.#peaks.length;
    const x = new Float64Array(count);
    const y = new Float64Array(count);
    const significance = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const p = this.#peaks[i];
      const fit = parabolaPeak(data, p, stride);
      x[i] = (p % stride) + fit.dx;
      y[i] = Math.floor(p / stride) + fit.dy;
      significance[i] = fit.value;
    }
    return {
      count,
      x,
      y,
      significance,
      group: Int32Array.from(this.#groups),
      siblings: Int32Array.from(this.#siblings),
      offsets: Int32Array.from(this.#offsets),
      pixels: this.#pixels.subarray(0, this.#used),
      segmentation,
    };
  }
}

/**
 * Maximum of the quadratic surface through the 3 x 3 pixels about a peak (least squares), at most 0.75 pixel away.
 *
 * For a matched filter this is the maximum-likelihood position to first order.
 */
// prettier-ignore
function parabolaPeak(data: Float32Array, p: number, stride: number): { dx: number; dy: number; value: number } {
  const a = data[p - stride - 1], b = data[p - stride], c = data[p - stride + 1];
  const d = data[p - 1], e = data[p], f = data[p + 1];
  const g = data[p + stride - 1], h = data[p + stride], i = data[p + stride + 1];
  const fx = (f - d) / 2;
  const fy = (h - b) / 2;
  const fxx = d + f - 2 * e;
  const fyy = b + h - 2 * e;
  const fxy = (a + i - c - g) / 4;
  const determinant = fxx * fyy - fxy * fxy;
  if (!(fxx < 0) || !(determinant > 0)) return { dx: 0, dy: 0, value: e };
  const dx = clamp((fxy * fy - fyy * fx) / determinant);
  const dy = clamp((fxy * fx - fxx * fy) / determinant);
  return { dx, dy, value: e + (fx * dx + fy * dy) / 2 };
}

function clamp(offset: number): number {
  return Math.max(-0.75, Math.min(0.75, offset));
}
