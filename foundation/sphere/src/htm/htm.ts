import { SphereRangeError } from '../errors.ts';
import { type Cell, type CellTree, envelopeOf, interiorOf } from '../pixelization/cell-tree.ts';
import type { RangeSet } from '../ranges/range-set.ts';
import type { ConvexPolygon, Region } from '../region/region.ts';
import { separation } from '../vector/lon-lat.ts';
import { orientation } from '../vector/orientation.ts';
import { add, normalize, type Vec3, vec3 } from '../vector/vec3.ts';

/** Deepest level; indices are below 2^52 and so exact as doubles. */
export const MAX_HTM_LEVEL = 24;

const PX = vec3(1, 0, 0);
const PY = vec3(0, 1, 0);
const PZ = vec3(0, 0, 1);
const MX = vec3(-1, 0, 0);
const MY = vec3(0, -1, 0);
const MZ = vec3(0, 0, -1);

type Trixel = readonly [Vec3, Vec3, Vec3];

/** The eight octants, S0 to S3 and N0 to N3, with the indices 8 to 15; numbering of Szalay et al. 2005 (MSR-TR-2005-123) as sphgeom has it. */
const ROOTS: readonly Trixel[] = [
  [PX, MZ, PY],
  [PY, MZ, MX],
  [MX, MZ, MY],
  [MY, MZ, PX],
  [PX, PZ, MY],
  [MY, PZ, MX],
  [MX, PZ, PY],
  [PY, PZ, PX],
];

/**
 * Index of the trixel that holds a point: 8 * 4^level to 16 * 4^level - 1.
 *
 * @param v - Unit vector. Points on a shared side go to the first of the children.
 * @throws {SphereRangeError} for levels other than 0 to 24.
 */
export function htmIndex(level: number, v: Vec3): number {
  requireLevel(level);
  const root = rootOf(v);
  let [a, b, c] = ROOTS[root];
  let index = root + 8;
  for (let i = 0; i < level; i++) {
    const ab = middle(a, b);
    const bc = middle(b, c);
    const ca = middle(c, a);
    index *= 4;
    if (orientation(v, ab, ca) >= 0) [b, c] = [ab, ca];
    else if (orientation(v, bc, ab) >= 0) [a, b, c, index] = [b, bc, ab, index + 1];
    else if (orientation(v, ca, bc) >= 0) [a, b, c, index] = [c, ca, bc, index + 2];
    else [a, b, c, index] = [bc, ca, ab, index + 3];
  }
  return index;
}

/** Level of an index. Throws {@link SphereRangeError} where it is none. */
export function htmLevel(index: number): number {
  for (let level = 0, first = 8; level <= MAX_HTM_LEVEL; level++, first *= 4)
    if (Number.isInteger(index) && index >= first && index < 2 * first) return level;
  throw new SphereRangeError(`HTM index must lie from 8 * 4^level to 16 * 4^level - 1, level 0 to ${MAX_HTM_LEVEL}; found ${index}`, {
    details: { value: String(index) },
  });
}

/** The three corners of a trixel, counter-clockwise. */
export function htmTrixel(index: number): ConvexPolygon {
  const level = htmLevel(index);
  let corners = ROOTS[Math.floor(index / 4 ** level) - 8];
  for (let i = level - 1; i >= 0; i--) corners = childrenOf(corners)[Math.floor(index / 4 ** i) % 4];
  return { kind: 'polygon', vertices: corners };
}

/** Writes an index as text, such as N32313010. */
export function formatHtm(index: number): string {
  const level = htmLevel(index);
  const root = Math.floor(index / 4 ** level) - 8;
  let text = `${root < 4 ? 'S' : 'N'}${root % 4}`;
  for (let i = level - 1; i >= 0; i--) text += String(Math.floor(index / 4 ** i) % 4);
  return text;
}

/** Reads the text of {@link formatHtm}. */
export function parseHtm(text: string): number {
  const match = /^([NS])([0-3]{1,25})$/.exec(text);
  if (!match)
    throw new SphereRangeError(`HTM name must be N or S and 1 to 25 digits 0 to 3; found "${text.slice(0, 40)}"`, {
      details: { value: text.slice(0, 40) },
    });
  let index = match[1] === 'N' ? 3 : 2;
  for (const digit of match[2]) index = 4 * index + Number(digit);
  return index;
}

/** Trixels of a level that cover a region: all that share a point with it, and some that touch it within rounding. */
export function htmEnvelope(level: number, region: Region): RangeSet {
  requireLevel(level);
  return envelopeOf(TREE, region, level);
}

/** Trixels of a level that lie wholly inside a region. */
export function htmInterior(level: number, region: Region): RangeSet {
  requireLevel(level);
  return interiorOf(TREE, region, level);
}

interface HtmCell extends Cell {
  readonly index: number;
  readonly corners: Trixel;
}

const TREE: CellTree<HtmCell> = {
  roots: () => ROOTS.map((corners, i) => cellOf(0, 8 + i, corners)),
  children: (cell) => childrenOf(cell.corners).map((corners, i) => cellOf(cell.level + 1, 4 * cell.index + i, corners)),
  range: (cell, level) => {
    const shift = BigInt(2 * (level - cell.level));
    return [BigInt(cell.index) << shift, BigInt(cell.index + 1) << shift];
  },
  polygon: (cell) => ({ kind: 'polygon', vertices: cell.corners }),
};

function cellOf(level: number, index: number, corners: Trixel): HtmCell {
  const center = normalize(add(add(corners[0], corners[1]), corners[2]));
  return { level, index, corners, center, radius: Math.max(...corners.map((corner) => separation(center, corner))) };
}

function childrenOf([a, b, c]: Trixel): readonly Trixel[] {
  const ab = middle(a, b);
  const bc = middle(b, c);
  const ca = middle(c, a);
  return [
    [a, ab, ca],
    [b, bc, ab],
    [c, ca, bc],
    [bc, ca, ab],
  ];
}

function middle(a: Vec3, b: Vec3): Vec3 {
  return normalize(add(a, b));
}

/** Octant of a point; on the planes between octants the order of ROOTS' first vertices decides, as in sphgeom. */
function rootOf(v: Vec3): number {
  const { x, y } = v;
  if (v.z < 0) {
    if (y > 0) return x > 0 ? 0 : 1;
    if (y === 0) return x >= 0 ? 0 : 2;
    return x < 0 ? 2 : 3;
  }
  if (y > 0) return x > 0 ? 7 : 6;
  if (y === 0) return x >= 0 ? 7 : 5;
  return x < 0 ? 5 : 4;
}

function requireLevel(level: number): void {
  if (!Number.isInteger(level) || level < 0 || level > MAX_HTM_LEVEL)
    throw new SphereRangeError(`HTM level must be an integer from 0 to ${MAX_HTM_LEVEL}; found ${level}`, {
      details: { value: String(level) },
    });
}
