import { buildKdTree, findNearest } from '@almagest/numerics';

/** Figures of four stars with codes that do not change under shift, turn and scale. */
export interface Quads {
  readonly count: number;
  /** Four code values each. */
  readonly codes: Float64Array;
  /** Four star indices each, in the order A, B, C, D of the code. */
  readonly stars: Int32Array;
  /** Length of the side AB, in the unit of the points. */
  readonly lengths: Float64Array;
}

/** Projects stars near one of them on a plane: writes x, y of each listed star. */
export type LocalPlane = (stars: readonly number[], out: Float64Array) => void;

export interface QuadRequest {
  /** Lists of stars, each a brightness level; quads are formed of stars of one level. */
  readonly levels: readonly (readonly number[])[];
  /** Coordinates for the search of neighbours, interleaved, two or three a star. */
  readonly coordinates: Float64Array;
  readonly dimensions: number;
  readonly plane: LocalPlane;
  /** How many neighbours of a star its quads are chosen from. */
  readonly neighbours: number;
}

/**
 * Forms quads of every star with its nearest neighbours, level by level.
 *
 * The two stars farthest apart, A and B, are put at (0, 0) and (1, 1); the code is the place of the other two. Of the four ways
 * to name the stars the one with xC <= xD and xC + xD <= 1 is taken.
 *
 * @see Lang et al. (2010), AJ 139, 1782, section 2.
 */
export function buildQuads({ levels, coordinates, dimensions, plane, neighbours }: QuadRequest): Quads {
  const seen = new Set<number>();
  const codes: number[] = [];
  const stars: number[] = [];
  const lengths: number[] = [];
  const xy = new Float64Array(8);
  const point = new Float64Array(dimensions);
  for (const level of levels) {
    const local = new Float64Array(level.length * dimensions);
    for (const [k, star] of level.entries())
      for (let d = 0; d < dimensions; d++) local[k * dimensions + d] = coordinates[star * dimensions + d];
    const tree = buildKdTree(local, dimensions);
    const few = Math.min(neighbours, level.length - 1);
    for (let k = 0; k < level.length; k++) {
      for (let d = 0; d < dimensions; d++) point[d] = local[k * dimensions + d];
      const near = findNearest(tree, point, few + 1)
        .map(({ id }) => level[id])
        .filter((star) => star !== level[k]);
      for (let a = 0; a < near.length; a++)
        for (let b = a + 1; b < near.length; b++)
          for (let c = b + 1; c < near.length; c++) {
            const quad = [level[k], near[a], near[b], near[c]].toSorted((p, q) => p - q);
            const key = hashQuad(quad);
            if (seen.has(key)) continue;
            seen.add(key);
            plane(quad, xy);
            appendQuad(quad, xy, codes, stars, lengths);
          }
    }
  }
  return { count: lengths.length, codes: Float64Array.from(codes), stars: Int32Array.from(stars), lengths: Float64Array.from(lengths) };
}

/** 53 bits that tell quads apart; a rare collision only loses a quad. */
function hashQuad(quad: readonly number[]): number {
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (const star of quad) {
    high = Math.imul(high ^ star, 0x27d4eb2f);
    high ^= high >>> 15;
    low = Math.imul(low + star, 0xc2b2ae35);
    low ^= low >>> 13;
  }
  return (high >>> 0) * 2097152 + (low >>> 11);
}

function appendQuad(quad: readonly number[], xy: Float64Array, codes: number[], stars: number[], lengths: number[]): void {
  let [a, b] = [0, 1];
  let longest = -1;
  for (let i = 0; i < 4; i++)
    for (let j = i + 1; j < 4; j++) {
      const d = (xy[2 * i] - xy[2 * j]) ** 2 + (xy[2 * i + 1] - xy[2 * j + 1]) ** 2;
      if (d > longest) {
        longest = d;
        [a, b] = [i, j];
      }
    }
  if (!(longest > 0)) return;
  const rest = [0, 1, 2, 3].filter((i) => i !== a && i !== b);
  let [c, d] = [rest[0], rest[1]];
  const along = (i: number): number => fraction(xy, a, b, i)[0];
  if (along(c) + along(d) > 1) [a, b] = [b, a];
  if (along(c) > along(d)) [c, d] = [d, c];
  const [xc, yc] = fraction(xy, a, b, c);
  const [xd, yd] = fraction(xy, a, b, d);
  codes.push(xc, yc, xd, yd);
  stars.push(quad[a], quad[b], quad[c], quad[d]);
  lengths.push(Math.sqrt(longest));
}

/** Place of a point in the frame where a is (0, 0) and b is (1, 1): the complex quotient (p - a) / (b - a) times (1 + i). */
function fraction(xy: Float64Array, a: number, b: number, p: number): [number, number] {
  const [ux, uy] = [xy[2 * b] - xy[2 * a], xy[2 * b + 1] - xy[2 * a + 1]];
  const [px, py] = [xy[2 * p] - xy[2 * a], xy[2 * p + 1] - xy[2 * a + 1]];
  const norm = ux * ux + uy * uy;
  const re = (px * ux + py * uy) / norm;
  const im = (py * ux - px * uy) / norm;
  return [re - im, re + im];
}
