import {
  type Correlation,
  type CorrelationOptions,
  type EllipticityField,
  finishCorrelation,
  finiteRows,
  startCorrelation,
} from './correlation.ts';

/*
 * Notation
 *   b        largest ratio of the summed sizes of two cells to their separation [1]
 *   s1, s2   sizes of two cells: largest distance of a member from the centre [rad, as chords]
 *   r        separation of the centres [rad, as a chord]
 */

/**
 * Two cells are split together where the smaller one is above this part of the larger limit, else only the larger one.
 * It sets the order of work and, within the slop, which pairs meet in which bin; the value is the one of the reference implementation (0.585 squared).
 */
const SPLIT_BOTH = 0.3422;

/** A binary tree over the rows of a field; a leaf has `left` -1. */
interface CellTree {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** Sum of ellipticities, carried to the centre; single precision as in the reference implementation, whose digits depend on it. */
  readonly e1: Float32Array;
  readonly e2: Float32Array;
  readonly count: Float64Array;
  readonly size: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/**
 * Correlates a field of ellipticities with itself over a tree of cells.
 *
 * Pairs of cells are taken as one once they fit their bin within the slop, so the cost grows about as n log n.
 *
 * @param field - Positions [rad] and components; rows with NaN are left out.
 * @param options.slop - Largest leak over the edges of a bin, as a change of the logarithm of the separation; the smaller of 0.1 and the bin's width by default.
 * @remarks With the default slop this gives the digits of the field's calculator (`kpm.golden.test.ts`); with slop 0 the pairs of `correlatePairs` (`kpm.law.test.ts`).
 * @see Jarvis, Bernstein & Jain 2004, MNRAS 352, 338, section 2.
 */
export function correlateEllipticities(
  field: EllipticityField,
  options: CorrelationOptions & { readonly slop?: number } = {},
): Correlation {
  const sums = startCorrelation(options);
  const [low, high] = [sums.logLow, sums.logHigh].map((log) => Math.exp(log) / sums.arcminPerRad);
  const slop = options.slop ?? Math.min(0.1, sums.logWidth);
  const rows = finiteRows(field);
  if (rows.length < 2) return finishCorrelation(sums);
  const tree = buildTree(field, rows, (low * slop) / (2 + 3 * slop));
  const logLow = Math.log(low);

  /** All pairs inside one cell. */
  function within(cell: number): void {
    if (tree.size[cell] <= low / 2 || tree.left[cell] < 0) return;
    within(tree.left[cell]);
    within(tree.right[cell]);
    between(tree.left[cell], tree.right[cell]);
  }

  /** All pairs of two cells that share no row. */
  function between(a: number, c: number): void {
    const rr = (tree.x[a] - tree.x[c]) ** 2 + (tree.y[a] - tree.y[c]) ** 2 + (tree.z[a] - tree.z[c]) ** 2;
    const s = tree.size[a] + tree.size[c];
    if (s < low && rr < (low - s) ** 2) return;
    if (rr >= (high + s) ** 2) return;
    if (fitsBin(rr, s)) {
      if (rr >= low * low && rr < high * high) accumulate(a, c, rr);
      return;
    }
    const [larger, smaller] = tree.size[a] >= tree.size[c] ? [a, c] : [c, a];
    const [s1, s2] = [tree.size[larger], tree.size[smaller]];
    const both = s1 <= 2 * s2 && s2 * s2 > SPLIT_BOTH * slop * slop * rr;
    for (const part of [tree.left[larger], tree.right[larger]]) {
      if (both) {
        between(part, tree.left[smaller]);
        between(part, tree.right[smaller]);
      } else between(part, smaller);
    }
  }

  /** True where no pair of the two cells can leave the bin of the centres by more than the slop. */
  function fitsBin(rr: number, s: number): boolean {
    const ss = s * s;
    if (ss <= slop * slop * rr) return true;
    if (ss > 0.25 * (sums.logWidth + slop) ** 2 * rr) return false;
    const place = (0.5 * Math.log(rr) - logLow) / sums.logWidth;
    const part = place - Math.trunc(place);
    if (ss > (Math.min(part, 1 - part) * sums.logWidth + slop) ** 2 * rr) return false;
    return !(ss > (part * sums.logWidth + slop - ss / rr) ** 2 * rr);
  }

  function accumulate(a: number, c: number, rr: number): void {
    const log = 0.5 * Math.log(rr);
    const bin = Math.min(sums.pairs.length - 1, Math.floor((log - logLow) / sums.logWidth));
    const n = tree.count[a] * tree.count[c];
    sums.pairs[bin] += n;
    sums.logs[bin] += n * (log + Math.log(sums.arcminPerRad));
    sums.products[bin] += productAlongLine(tree, a, c, rr);
  }

  within(0);
  return finishCorrelation(sums);
}

/** Re(e_a conj(e_c)) with both ellipticities measured from the great circle through the two centres. */
function productAlongLine({ x, y, z, e1, e2 }: CellTree, a: number, c: number, rr: number): number {
  const sin = y[a] * x[c] - x[a] * y[c];
  const turn = (k: number, cos: number): readonly [number, number] => {
    // Twice the angle from the meridian at this end to the line: (sin - i cos)^2 / norm.
    const norm = sin * sin + cos * cos;
    const [re, im] = [(sin * sin - cos * cos) / norm, (-2 * sin * cos) / norm];
    return [e1[k] * re - e2[k] * im, e1[k] * im + e2[k] * re];
  };
  const [a1, a2] = turn(a, z[a] - z[c] + 0.5 * z[c] * rr);
  const [c1, c2] = turn(c, z[a] - z[c] - 0.5 * z[a] * rr);
  return a1 * c1 + a2 * c2;
}

/** Builds the tree: each cell is cut at its centre across the axis along which it is longest, down to cells of `leafSize` [rad]. */
function buildTree(field: EllipticityField, rows: Int32Array, leafSize: number): CellTree {
  const n = 2 * rows.length;
  const float = (): Float64Array => new Float64Array(n);
  const tree: CellTree = {
    x: float(),
    y: float(),
    z: float(),
    e1: new Float32Array(n),
    e2: new Float32Array(n),
    count: float(),
    size: float(),
    left: new Int32Array(n).fill(-1),
    right: new Int32Array(n).fill(-1),
  };
  const [px, py, pz] = [float(), float(), float()];
  for (const [i, row] of rows.entries()) {
    px[i] = Math.cos(field.dec[row]) * Math.cos(field.ra[row]);
    py[i] = Math.cos(field.dec[row]) * Math.sin(field.ra[row]);
    pz[i] = Math.sin(field.dec[row]);
  }
  let cells = 0;

  function build(members: Int32Array): number {
    const cell = cells++;
    let [x, y, z] = [0, 0, 0];
    for (const i of members) {
      x += px[i];
      y += py[i];
      z += pz[i];
    }
    const norm = members.length === 1 ? 1 : Math.hypot(x, y, z);
    [tree.x[cell], tree.y[cell], tree.z[cell], tree.count[cell]] = [x / norm, y / norm, z / norm, members.length];
    carryEllipticities(cell, members);
    let sizeSq = 0;
    if (members.length > 1)
      for (const i of members) sizeSq = Math.max(sizeSq, (px[i] - x / norm) ** 2 + (py[i] - y / norm) ** 2 + (pz[i] - z / norm) ** 2);
    if (sizeSq <= leafSize * leafSize) return cell;
    tree.size[cell] = Math.sqrt(sizeSq);
    const [lower, upper] = cut(members, [x / norm, y / norm, z / norm]);
    tree.left[cell] = build(lower);
    tree.right[cell] = build(upper);
    return cell;
  }

  /** Parts of the members below and from the centre, along the longest axis; halves of them where that leaves one part empty. */
  function cut(members: Int32Array, centre: readonly [number, number, number]): readonly [Int32Array, Int32Array] {
    const spans = [px, py, pz].map((axis) => {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const i of members) [low, high] = [Math.min(low, axis[i]), Math.max(high, axis[i])];
      return high - low;
    });
    const longest = spans.indexOf(Math.max(...spans));
    const axis = [px, py, pz][longest];
    const lower = members.filter((i) => axis[i] < centre[longest]);
    if (lower.length > 0 && lower.length < members.length) return [lower, members.filter((i) => !(axis[i] < centre[longest]))];
    const sorted = members.toSorted((i, j) => axis[i] - axis[j]);
    return [sorted.subarray(0, sorted.length >> 1), sorted.subarray(sorted.length >> 1)];
  }

  /** Sums ellipticities at the centre of a cell, each turned as it is carried there along a great circle. */
  function carryEllipticities(cell: number, members: Int32Array): void {
    const [x, y, z] = [tree.x[cell], tree.y[cell], tree.z[cell]];
    let [sum1, sum2] = [0, 0];
    for (const i of members) {
      const [e1, e2] = [Math.fround(field.e1[rows[i]]), Math.fround(field.e2[rows[i]])];
      const dot = x * px[i] + y * py[i];
      const sin = y * px[i] - x * py[i];
      const cosA = z * (1 - pz[i] * pz[i]) - pz[i] * dot;
      const cosB = pz[i] * (1 - z * z) - z * dot;
      const norm = (sin * sin + cosA * cosA) * (sin * sin + cosB * cosB);
      let [re, im] = [1, 0];
      if (norm > 1e-24) {
        const [c, s] = [-cosA * cosB + sin * sin, -(sin * cosB + cosA * sin)];
        [re, im] = [(c * c - s * s) / norm, (2 * c * s) / norm];
      }
      sum1 += e1 * re - e2 * im;
      sum2 += e1 * im + e2 * re;
    }
    tree.e1[cell] = sum1;
    tree.e2[cell] = sum2;
  }

  build(Int32Array.from(rows.keys()));
  return tree;
}
