import type { Cell, CellTree } from '../pixelization/cell-tree.ts';
import { coverOf, envelopeOf, interiorOf } from '../pixelization/cell-tree.ts';
import { type RangeSet, refineRanges } from '../ranges/range-set.ts';
import type { Region } from '../region/region.ts';
import { separation } from '../vector/lon-lat.ts';
import { faceVector, MAX_ORDER, requireOrder } from './face.ts';
import { nest64FromFace } from './index-64.ts';

interface HealpixCell extends Cell {
  readonly face: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Largest distance from a pixel's centre to its edge at each order [rad].
 *
 * The longest half-diagonal is that of the pixels astride the border of cap and belt: from z = 2/3 at longitude pi / (4 nside)
 * to the corner one ring towards the pole at longitude 0 (order 0: from the equator to the border, and from the cap's centre to the pole).
 */
const RADII: readonly number[] = Array.from({ length: 33 }, (_, order) => {
  const nside = 2 ** order;
  const corners = [faceVector(0, 1, 1), faceVector(0, 1, 1 - 1 / nside)];
  const centers = [faceVector(0, 1 - 0.5 / nside, 1 - 0.5 / nside), faceVector(0, 1 - 0.5 / nside, 1 - 0.5 / nside)];
  const borderCenter = faceVector(0, 0.5 / nside, 1 - 0.5 / nside);
  const borderCorners = [
    faceVector(0, 0, 1),
    faceVector(0, 1 / nside, 1),
    faceVector(0, 0, 1 - 1 / nside),
    faceVector(0, 1 / nside, 1 - 1 / nside),
  ];
  return (
    Math.max(
      ...corners.map((corner, i) => separation(corner, centers[i])),
      ...borderCorners.map((corner) => separation(corner, borderCenter)),
    ) *
    (1 + 1e-9)
  );
});

const TREE: CellTree<HealpixCell> = {
  roots: () => Array.from({ length: 12 }, (_, face) => cellAt(0, face, 0, 0)),
  children: ({ level, face, x, y }) => [
    cellAt(level + 1, face, 2 * x, 2 * y),
    cellAt(level + 1, face, 2 * x + 1, 2 * y),
    cellAt(level + 1, face, 2 * x, 2 * y + 1),
    cellAt(level + 1, face, 2 * x + 1, 2 * y + 1),
  ],
  range: (cell, level) => {
    const shift = BigInt(2 * (level - cell.level));
    const index = nest64FromFace(cell.level, cell);
    return [index << shift, (index + 1n) << shift];
  },
};

function cellAt(level: number, face: number, x: number, y: number): HealpixCell {
  const nside = 2 ** level;
  return { level, face, x, y, center: faceVector(face, (x + 0.5) / nside, (y + 0.5) / nside), radius: RADII[level] };
}

/** Largest distance from centre to edge of any pixel of an order [rad]. */
export function healpixMaxRadius(order: number): number {
  requireOrder(order);
  return RADII[order];
}

/**
 * Nested pixels of an order that cover a region, as ranges.
 *
 * @remarks Holds every pixel that shares a point with the region, and some whose edge comes within a fifteenth of a pixel of it.
 */
export function healpixEnvelope(order: number, region: Region): RangeSet {
  requireOrder(order);
  return envelopeOf(TREE, region, order);
}

/** Nested pixels of an order that lie wholly inside a region, as ranges; some within a fifteenth of a pixel of its edge are left out. */
export function healpixInterior(order: number, region: Region): RangeSet {
  requireOrder(order);
  return interiorOf(TREE, region, order);
}

/**
 * Covers a region with a bounded number of ranges of order 29, for a query on a sorted column of indices (HATS `_healpix_29`).
 *
 * Goes to finer pixels as long as the ranges stay few, so that small regions are covered tightly.
 *
 * @param options.maxRanges - About how many ranges the caller wants to test, 1 or more; 64 unless told.
 * @param options.maxOrder - Finest pixels that are of use to the caller; 29 unless told.
 */
export function healpixCover(region: Region, options: { readonly maxRanges?: number; readonly maxOrder?: number } = {}): RangeSet {
  const { maxRanges = 64, maxOrder = MAX_ORDER } = options;
  const { ranges, level } = coverOf(TREE, region, { maxRanges, maxLevel: maxOrder });
  return refineRanges(ranges, 2 * (MAX_ORDER - level));
}
