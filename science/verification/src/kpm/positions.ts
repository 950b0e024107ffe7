import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';

/**
 * Separation of two directions [rad] by the haversine formula.
 *
 * Written out in this order because separations of arcminutes are compared at the level of 1e-19 rad: another order changes the last digits of a scatter.
 */
export function separationOf(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const sinDec = Math.sin((dec2 - dec1) / 2);
  const sinRa = Math.sin((ra2 - ra1) / 2);
  return 2 * Math.asin(Math.sqrt(sinDec * sinDec + Math.cos(dec1) * Math.cos(dec2) * (sinRa * sinRa)));
}

/** Mean direction [rad] of each object: that of the sum of the unit vectors of its rows. */
export function meanPositions(catalog: MatchedCatalog, objects: Int32Array): { readonly ra: Float64Array; readonly dec: Float64Array } {
  const ra = new Float64Array(objects.length);
  const dec = new Float64Array(objects.length);
  for (let i = 0; i < objects.length; i++) {
    let [x, y, z] = [0, 0, 0];
    for (const row of rowsOfObject(catalog, objects[i])) {
      const cosDec = Math.cos(catalog.dec[row]);
      x += cosDec * Math.cos(catalog.ra[row]);
      y += cosDec * Math.sin(catalog.ra[row]);
      z += Math.sin(catalog.dec[row]);
    }
    const angle = Math.atan2(y, x);
    ra[i] = angle < 0 ? angle + 2 * Math.PI : angle;
    dec[i] = Math.atan2(z, Math.hypot(x, y));
  }
  return { ra, dec };
}

/** Separations [rad] of two objects in the visits that hold both; their rows are in ascending visit. */
export function visitPairs(catalog: MatchedCatalog, a: Int32Array, b: Int32Array): Float64Array {
  const { visit, ra, dec } = catalog;
  const out: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const order = visit[a[i]] - visit[b[j]];
    if (order === 0) {
      const separation = separationOf(ra[a[i]], dec[a[i]], ra[b[j]], dec[b[j]]);
      if (Number.isFinite(separation)) out.push(separation);
    }
    if (order <= 0) i++;
    if (order > 0) j++;
  }
  return Float64Array.from(out);
}
