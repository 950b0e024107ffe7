/** Splits one group of connected pixels into its peaks: what threshold deblending does with levels, done exactly. */

/** Pixels of a group and working space, reused from group to group. */
export interface TreeSpace {
  /** For every pixel of the image: leaf + 1 where the pixel has been entered, else 0. Zero between calls. */
  readonly owner: Int32Array;
  /** Kept from call to call; made at need. */
  tree?: Tree;
  keys?: Float64Array;
}

export interface SplitRule {
  /** Least part of the group's flux that a branch must have above the saddle to stand by itself. */
  readonly contrast: number;
  /** Least height of a peak above its saddle [sigma of the local noise]. */
  readonly prominence: number;
  /** Local noise variance at a significance v, in units of the sky's: 1 + v * poisson. */
  readonly poisson: number;
  /** Most peaks of one group; beyond it only the highest are kept. */
  readonly maxPeaks: number;
}

export interface Split {
  /** Index of the highest pixel of each kept leaf, highest first. */
  readonly peaks: Int32Array;
  /** Leaf of each pixel of `pixels`, in the order of `pixels`. */
  readonly leaves: Int32Array;
  /** The group's pixels; by falling value where it was split. */
  readonly pixels: Int32Array;
  /** Value at which each leaf meets another that stands; -Infinity for a leaf alone in its group. */
  readonly saddles: Float64Array;
}

/**
 * Floods a group from its highest pixel down. Where two branches meet, each stays by itself if its peak and its flux above the
 * meeting level are large enough; else it joins the other. Pixels go to the branch of their highest neighbour.
 *
 * The result is that of multi-threshold deblending (Bertin and Arnouts 1996, section 6) with infinitely many levels.
 *
 * @param values - The plane that was thresholded (significance). @param stride - Elements from row to row.
 * @param found - Pixel indices of the group, any order, none on the border of the image.
 */
export function splitGroup(values: Float32Array, stride: number, found: Int32Array, rule: SplitRule, space: TreeSpace): Split {
  const { owner } = space;
  const only = singlePeak(values, stride, found);
  if (only >= 0) return { peaks: Int32Array.of(only), leaves: new Int32Array(found.length), pixels: found, saddles: ALONE };
  const pixels = fallingOrder(values, found, space);
  let total = 0;
  for (let k = 0; k < pixels.length; k++) total += values[pixels[k]];
  const tree = emptyTree(pixels.length, space);
  const leaves = new Int32Array(pixels.length);
  const around = [-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1];
  for (let k = 0; k < pixels.length; k++) {
    const p = pixels[k];
    const v = values[p];
    let component = -1;
    let leaf = -1;
    let leafValue = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < 8; n++) {
      const q = p + around[n];
      const label = owner[q];
      if (label <= 0) continue;
      const other = rootOf(tree, label - 1);
      if (component < 0) component = other;
      else if (other !== component) component = merge(tree, { root: component, leaf }, { root: other, leaf: label - 1 }, v, rule, total);
      if (values[q] > leafValue) {
        leafValue = values[q];
        leaf = label - 1;
      }
    }
    if (component < 0) {
      leaf = newLeaf(tree, k, v);
      component = leaf;
    }
    tree.count[component]++;
    tree.flux[component] += v;
    owner[p] = leaf + 1;
    leaves[k] = leaf;
  }
  for (let k = 0; k < pixels.length; k++) owner[pixels[k]] = 0;
  return collect(tree, pixels, leaves, rule);
}

const ALONE: Float64Array = Float64Array.of(Number.NEGATIVE_INFINITY);

/** The highest pixel if the group has no other local maximum, else -1; most groups end here. */
function singlePeak(values: Float32Array, stride: number, found: Int32Array): number {
  let peak = -1;
  for (let k = 0; k < found.length; k++) {
    const p = found[k];
    const v = values[p];
    // Of equal neighbours the earlier in reading order counts as the higher, as in the sorting below.
    // prettier-ignore
    if (values[p - stride - 1] >= v || values[p - stride] >= v || values[p - stride + 1] >= v || values[p - 1] >= v ||
      values[p + 1] > v || values[p + stride - 1] > v || values[p + stride] > v || values[p + stride + 1] > v) continue;
    if (peak >= 0) return -1;
    peak = p;
  }
  return peak;
}

/** Keys hold a value's bits and, below them, the place in the group: both fit the 53 bits of a double. */
const PLACES = 2 ** 21;
const LARGEST_BITS = 0x7f80_0000;

/** The pixels by falling value, of equal ones the first first. */
function fallingOrder(values: Float32Array, found: Int32Array, space: TreeSpace): Int32Array {
  const n = found.length;
  const byComparison = (): Int32Array => found.toSorted((a, b) => values[b] - values[a] || a - b);
  if (n > PLACES) return byComparison();
  if (!space.keys || space.keys.length < n) space.keys = new Float64Array(2 * n);
  const keys = space.keys.subarray(0, n);
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let k = 0; k < n; k++) {
    // The bits of positive floats rise with their values.
    if (!(values[found[k]] > 0) || (k > 0 && found[k] < found[k - 1])) return byComparison();
    keys[k] = (LARGEST_BITS - bits[found[k]]) * PLACES + k;
  }
  keys.sort();
  const out = new Int32Array(n);
  for (let k = 0; k < n; k++) out[k] = found[keys[k] % PLACES];
  return out;
}

/** Branches of a group as they grow; the working space of splitGroup. */
export interface Tree {
  leafCount: number;
  /** Union of components; a root is its own parent. Indexed by leaf. */
  readonly parent: Int32Array;
  /** Which leaf the pixels of an absorbed leaf belong to. */
  readonly into: Int32Array;
  /** Position in `pixels` of a leaf's peak. */
  readonly peakAt: Int32Array;
  readonly peak: Float64Array;
  readonly count: Float64Array;
  readonly flux: Float64Array;
  /** 1 where the component of this root holds more than one standing leaf. */
  readonly composite: Uint8Array;
  /** The standing leaf of a component that has one. */
  readonly standing: Int32Array;
  readonly saddle: Float64Array;
}

/** A tree without leaves, with room for the most that so many pixels can have. */
function emptyTree(pixelCount: number, space: TreeSpace): Tree {
  const most = Math.ceil(pixelCount / 2) + 1;
  if (space.tree && space.tree.parent.length >= most) {
    space.tree.leafCount = 0;
    return space.tree;
  }
  const room = 2 * most;
  return (space.tree = {
    leafCount: 0,
    parent: new Int32Array(room),
    into: new Int32Array(room),
    peakAt: new Int32Array(room),
    peak: new Float64Array(room),
    count: new Float64Array(room),
    flux: new Float64Array(room),
    composite: new Uint8Array(room),
    standing: new Int32Array(room),
    saddle: new Float64Array(room),
  });
}

function newLeaf(tree: Tree, at: number, value: number): number {
  const leaf = tree.leafCount++;
  tree.parent[leaf] = leaf;
  tree.into[leaf] = leaf;
  tree.peakAt[leaf] = at;
  tree.peak[leaf] = value;
  tree.count[leaf] = 0;
  tree.flux[leaf] = 0;
  tree.composite[leaf] = 0;
  tree.standing[leaf] = leaf;
  tree.saddle[leaf] = Number.NEGATIVE_INFINITY;
  return leaf;
}

function rootOf({ parent }: Tree, leaf: number): number {
  let root = leaf;
  while (parent[root] !== root) root = parent[root];
  while (parent[leaf] !== root) {
    const above = parent[leaf];
    parent[leaf] = root;
    leaf = above;
  }
  return root;
}

/** One side of a meeting: its component, and the leaf of its pixel there. */
interface Side {
  readonly root: number;
  readonly leaf: number;
}

/** Joins two components that meet at level v; returns the root of both. */
function merge(tree: Tree, a: Side, b: Side, v: number, rule: SplitRule, total: number): number {
  const [high, low] = tree.peak[a.root] >= tree.peak[b.root] ? [a, b] : [b, a];
  const highStands = stands(tree, high.root, v, rule, total);
  const lowStands = stands(tree, low.root, v, rule, total);
  if (highStands && lowStands) {
    for (const { root } of [high, low]) if (!tree.composite[root]) tree.saddle[tree.standing[root]] = v;
    tree.composite[high.root] = 1;
  } else {
    // What does not stand gives its pixels to the other side; a spike on a broad source may be the higher of the two.
    const [kept, given] = lowStands ? [low, high] : [high, low];
    tree.into[tree.standing[given.root]] = kept.leaf;
    tree.composite[high.root] = tree.composite[kept.root];
    tree.standing[high.root] = tree.standing[kept.root];
  }
  tree.parent[low.root] = high.root;
  tree.count[high.root] += tree.count[low.root];
  tree.flux[high.root] += tree.flux[low.root];
  return high.root;
}

function stands(tree: Tree, root: number, v: number, rule: SplitRule, total: number): boolean {
  if (tree.composite[root]) return true;
  const height = tree.peak[root] - v;
  const noise = Math.sqrt(1 + Math.max(0, v) * rule.poisson);
  return height >= rule.prominence * noise && tree.flux[root] - tree.count[root] * v >= rule.contrast * total;
}

/** Follows absorbed leaves to those that stand, and keeps the highest; pixels of leaves beyond the limit belong to none (-1). */
function collect(tree: Tree, pixels: Int32Array, leaves: Int32Array, rule: SplitRule): Split {
  const target = new Int32Array(tree.leafCount);
  const standing: number[] = [];
  for (let leaf = 0; leaf < tree.leafCount; leaf++) {
    let end = leaf;
    while (tree.into[end] !== end) end = tree.into[end];
    target[leaf] = end;
    if (end === leaf) standing.push(leaf);
  }
  standing.sort((a, b) => tree.peak[b] - tree.peak[a]);
  const kept = standing.slice(0, rule.maxPeaks);
  const number = new Int32Array(tree.leafCount).fill(-1);
  kept.forEach((leaf, i) => (number[leaf] = i));
  const out = new Int32Array(pixels.length);
  for (let k = 0; k < pixels.length; k++) out[k] = number[target[leaves[k]]];
  return {
    peaks: Int32Array.from(kept, (leaf) => pixels[tree.peakAt[leaf]]),
    leaves: out,
    pixels,
    saddles: Float64Array.from(kept, (leaf) => tree.saddle[leaf]),
  };
}
