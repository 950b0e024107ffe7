import { buildKdTree, type KdTree, visitWithin } from '@almagest/numerics';
import type { SkyWcs } from '@almagest/wcs';
import type { ReferenceCatalogue } from '../reference/catalogue.ts';

/** Pairs of source row and reference row, and how far apart they are [pixel]. */
export interface PixelMatches {
  readonly source: Int32Array;
  readonly reference: Int32Array;
  readonly distance: Float64Array;
}

/** Reference rows with their pixel under a WCS. */
export function projectToPixels(wcs: SkyWcs, catalogue: ReferenceCatalogue, rows: readonly number[]): { x: Float64Array; y: Float64Array } {
  const ra = Float64Array.from(rows, (row) => catalogue.ra[row]);
  const dec = Float64Array.from(rows, (row) => catalogue.dec[row]);
  const x = new Float64Array(rows.length);
  const y = new Float64Array(rows.length);
  wcs.skyToPixelArray(ra, dec, x, y);
  return { x, y };
}

/**
 * Pairs of sources and reference stars that are each other's nearest within a radius.
 *
 * @param tree - Over the sources' pixels, interleaved.
 */
export function matchPixels(
  wcs: SkyWcs,
  tree: KdTree,
  catalogue: ReferenceCatalogue,
  rows: readonly number[],
  radius: number,
): PixelMatches {
  const { x, y } = projectToPixels(wcs, catalogue, rows);
  const nearestOfSource = new Map<number, { k: number; d2: number }>();
  const sourceOf = new Int32Array(rows.length).fill(-1);
  const at = new Float64Array(2);
  for (let k = 0; k < rows.length; k++) {
    if (!Number.isFinite(x[k])) continue;
    at[0] = x[k];
    at[1] = y[k];
    let best = -1;
    let bestD2 = Number.POSITIVE_INFINITY;
    visitWithin(tree, at, radius, (id, d2) => {
      if (d2 < bestD2) {
        best = id;
        bestD2 = d2;
      }
    });
    if (best < 0) continue;
    sourceOf[k] = best;
    const rival = nearestOfSource.get(best);
    if (!rival || bestD2 < rival.d2) nearestOfSource.set(best, { k, d2: bestD2 });
  }
  const pairs = [...nearestOfSource].filter(([source, { k }]) => sourceOf[k] === source).toSorted(([a], [b]) => a - b);
  return {
    source: Int32Array.from(pairs, ([source]) => source),
    reference: Int32Array.from(pairs, ([, { k }]) => rows[k]),
    distance: Float64Array.from(pairs, ([, { d2 }]) => Math.sqrt(d2)),
  };
}

/** Tree over the sources' pixels; rows with a pixel that is not finite are left out. */
export function buildPixelTree(x: ArrayLike<number>, y: ArrayLike<number>): KdTree {
  const xy = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) {
    const finite = Number.isFinite(x[i]) && Number.isFinite(y[i]);
    xy[2 * i] = finite ? x[i] : Number.NaN;
    xy[2 * i + 1] = finite ? y[i] : Number.NaN;
  }
  return buildKdTree(xy, 2);
}
