import { distanceField } from '../region/containment.ts';
import { relate } from '../region/relate.ts';
import type { ConvexPolygon, Region } from '../region/region.ts';
import { RangeBuilder, rangeCount, type RangeSet } from '../ranges/range-set.ts';
import type { Vec3 } from '../vector/vec3.ts';

/** A cell of a hierarchy of cells, as the walk below needs it. */
export interface Cell {
  readonly level: number;
  /** Unit vector inside the cell. */
  readonly center: Vec3;
  /** No point of the cell is farther from the centre [rad]. */
  readonly radius: number;
}

/** A pixelization of the sphere whose cells divide into four. */
export interface CellTree<C extends Cell> {
  readonly roots: () => readonly C[];
  /** In ascending order of index. */
  readonly children: (cell: C) => readonly C[];
  /** Half-open range of the indices at `level` that the cell covers. */
  readonly range: (cell: C, level: number) => readonly [bigint, bigint];
  /** The cell as a polygon where its sides are great circles; without it cells are decided by finer ones. */
  readonly polygon?: (cell: C) => ConvexPolygon;
}

/** Levels below the asked one to which a cell without great-circle sides is divided to decide it. */
const GUARD_LEVELS = 4;
/** Rounding of centres and distances [rad]. */
const SLACK = 1e-14;

/**
 * Cells at `level` that together cover the region: every cell that shares a point with it, and where that cannot be told
 * (edges that touch within rounding, ellipses, compounds, a fifteenth of a HEALPix cell) some that may.
 */
export function envelopeOf<C extends Cell>(tree: CellTree<C>, region: Region, level: number): RangeSet {
  return walk(tree, region, level, 'envelope');
}

/** Cells at `level` that lie wholly inside the region; some that do but cannot be told are left out. */
export function interiorOf<C extends Cell>(tree: CellTree<C>, region: Region, level: number): RangeSet {
  return walk(tree, region, level, 'interior');
}

/**
 * The envelope of a region at the finest level at which it has at most `maxRanges` ranges, at least that of the roots.
 *
 * Each level goes on from the cells of the one before that the region's edge may cross.
 */
export function coverOf<C extends Cell>(
  tree: CellTree<C>,
  region: Region,
  { maxRanges, maxLevel }: { readonly maxRanges: number; readonly maxLevel: number },
): { readonly ranges: RangeSet; readonly level: number } {
  const probe = probeOf(tree, region);
  let cells = tree.roots().map(probe.look).filter(isNear);
  let best = { cells, level: 0 };
  for (let level = 1; level <= maxLevel; level++) {
    cells = cells.flatMap((each) => (each.place === 'edge' ? tree.children(each.cell).map(probe.look).filter(isNear) : [each]));
    // As few cells as ranges are allowed need not be counted.
    if (cells.length > maxRanges && rangeCount(rangesOf(tree, cells, level, probe)) > maxRanges) break;
    best = { cells, level };
  }
  return { ranges: rangesOf(tree, best.cells, best.level, probe), level: best.level };
}

interface Probed<C extends Cell> {
  readonly cell: C;
  readonly distance: number;
  /** Wholly out of the region, wholly in it, or neither for certain. */
  readonly place: 'out' | 'in' | 'edge';
}

function isNear({ place }: Probed<Cell>): boolean {
  return place !== 'out';
}

interface Probe<C extends Cell> {
  readonly look: (cell: C) => Probed<C>;
  /** Whether a cell on the edge shares a point with the region, as far as can be told. */
  readonly touches: (cell: C, distance: number) => boolean;
  /** Whether a cell on the edge lies wholly in the region, as far as can be told. */
  readonly liesWithin: (cell: C, distance: number) => boolean;
}

function probeOf<C extends Cell>(tree: CellTree<C>, region: Region): Probe<C> {
  const { signedDistance } = distanceField(region);
  const look = (cell: C): Probed<C> => {
    const distance = signedDistance(cell.center);
    return { cell, distance, place: distance > cell.radius + SLACK ? 'out' : distance < -cell.radius - SLACK ? 'in' : 'edge' };
  };
  const touches = (cell: C, distance: number, depth: number): boolean => {
    if (distance > cell.radius + SLACK) return false;
    if (distance <= 0 || depth === 0) return true;
    return tree.children(cell).some((child) => touches(child, signedDistance(child.center), depth - 1));
  };
  const liesWithin = (cell: C, distance: number, depth: number): boolean => {
    if (distance < -cell.radius - SLACK) return true;
    if (distance > 0 || depth === 0) return false;
    return tree.children(cell).every((child) => liesWithin(child, signedDistance(child.center), depth - 1));
  };
  const { polygon } = tree;
  return {
    look,
    touches: (cell, distance) =>
      distance <= 0 || (polygon ? relate(polygon(cell), region).disjoint !== 'yes' : touches(cell, distance, GUARD_LEVELS)),
    liesWithin: (cell, distance) =>
      distance <= 0 && (polygon ? relate(polygon(cell), region).within === 'yes' : liesWithin(cell, distance, GUARD_LEVELS)),
  };
}

function rangesOf<C extends Cell>(tree: CellTree<C>, cells: readonly Probed<C>[], level: number, { touches }: Probe<C>): RangeSet {
  const builder = new RangeBuilder();
  for (const { cell, distance, place } of cells)
    if (place === 'in' || (place === 'edge' && touches(cell, distance))) builder.add(...tree.range(cell, level));
  return builder.build();
}

function walk<C extends Cell>(tree: CellTree<C>, region: Region, level: number, mode: 'envelope' | 'interior'): RangeSet {
  const { look, touches, liesWithin } = probeOf(tree, region);
  const belongs = mode === 'envelope' ? touches : liesWithin;
  const builder = new RangeBuilder();
  const visit = (each: C): void => {
    const { cell, distance, place } = look(each);
    if (place === 'out') return;
    if (place === 'in' || (cell.level === level && belongs(cell, distance))) {
      builder.add(...tree.range(cell, level));
      return;
    }
    if (cell.level < level) for (const child of tree.children(cell)) visit(child);
  };
  for (const root of tree.roots()) visit(root);
  return builder.build();
}
