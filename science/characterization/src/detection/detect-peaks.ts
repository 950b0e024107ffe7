import { labelAbove, type Plane } from '@almagest/kernels';
import { type Split, splitGroup } from './component-tree.ts';

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
  const { threshold = 5, minPixels = 1, contrast = 0.0005, prominence = 2, poisson = 0, maxPeaks = 500 } = options;
  const border = takeBorder(map);
  const labels = labelAbove({ input: map, threshold });
  const { starts, members } = groupPixels(labels.runs, labels.count, map.stride);
  const segmentation = { ...map, data: new Int32Array(map.stride * map.height) };
  const space = { owner: segmentation.data };
  const rule = { contrast, prominence, poisson, maxPeaks };
  const list = new GrowingList(members.length);
  for (let group = 0; group < labels.count; group++) {
    if (starts[group + 1] - starts[group] < minPixels) continue;
    const split = splitGroup(map.data, map.stride, members.subarray(starts[group], starts[group + 1]), rule, space);
    list.add(group, withoutOutsiders(map, border, split), segmentation.data);
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

/** Peaks that rise further into the border belong to sources outside the image. */
function withoutOutsiders({ data, width, height, stride }: Plane, border: ReadonlyMap<number, number>, split: Split): Split {
  const rises = (p: number): boolean => {
    const [x, y] = [p % stride, Math.floor(p / stride)];
    if (x > 1 && y > 1 && x < width - 2 && y < height - 2) return false;
    return [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1].some((step) => (border.get(p + step) ?? 0) > data[p]);
  };
  const kept = Array.from(split.peaks, (p) => !rises(p));
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
function parabolaPeak(data: Float32Array, p: number, stride: number): { dx: number; dy: number; value: number } {
  const [a, b, c] = [data[p - stride - 1], data[p - stride], data[p - stride + 1]];
  const [d, e, f] = [data[p - 1], data[p], data[p + 1]];
  const [g, h, i] = [data[p + stride - 1], data[p + stride], data[p + stride + 1]];
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
