import { distanceField } from '../region/containment.ts';
import { relate } from '../region/relate.ts';
import type { ConvexPolygon, Region } from '../region/region.ts';
import { type RangeSet, RangeBuilder } from '../ranges/range-set.ts';
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

function walk<C extends Cell>(tree: CellTree<C>, region: Region, level: number, mode: 'envelope' | 'interior'): RangeSet {
  const { signedDistance } = distanceField(region);
  const builder = new RangeBuilder();
  const visit = (cell: C): void => {
    const distance = signedDistance(cell.center);
    if (distance > cell.radius + SLACK) return;
    if (distance < -cell.radius - SLACK || (cell.level === level && belongs(cell, distance))) {
      builder.add(...tree.range(cell, level));
      return;
    }
    if (cell.level < level) for (const child of tree.children(cell)) visit(child);
  };
  const belongs = (cell: C, distance: number): boolean => {
    if (mode === 'envelope') {
      if (distance <= 0) return true;
      return tree.polygon ? relate(tree.polygon(cell), region).disjoint !== 'yes' : touches(cell, distance, GUARD_LEVELS);
    }
    if (distance > 0) return false;
    return tree.polygon ? relate(tree.polygon(cell), region).within === 'yes' : liesWithin(cell, distance, GUARD_LEVELS);
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
  for (const root of tree.roots()) visit(root);
  return builder.build();
}
