import { matchSky } from '@almagest/sphere';
import { MetricOptionError } from '../errors.ts';
import type { MatchedRows } from './matched-catalog.ts';

/**
 * Numbers the objects that rows of several visits are measurements of.
 *
 * Visits are taken in ascending order; each row joins the nearest object within the radius, one to one, and starts a new object where none is near.
 * An object stays at the position of its first row, so the result does not drift along chains of neighbours.
 *
 * @param rows.radiusArcsec - Matching radius [arcsec], above 0, at most 60.
 * @returns Number of the object of every row, from 0.
 * @throws {MetricOptionError} if the radius is out of range.
 */
export function associateVisits(rows: Pick<MatchedRows, 'visit' | 'ra' | 'dec'> & { readonly radiusArcsec: number }): Int32Array {
  const { visit, ra, dec, radiusArcsec } = rows;
  if (!(radiusArcsec > 0 && radiusArcsec <= 60))
    throw new MetricOptionError(`the matching radius must lie above 0 and up to 60 arcsec; found ${radiusArcsec}`, {
      details: { argument: 'radiusArcsec', found: String(radiusArcsec) },
    });
  const byVisit = new Map<bigint | number | string, number[]>();
  for (let row = 0; row < ra.length; row++) {
    const list = byVisit.get(visit[row]);
    if (list) list.push(row);
    else byVisit.set(visit[row], [row]);
  }
  const visits = [...byVisit.keys()].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const objects = new Int32Array(ra.length).fill(-1);
  const first: number[] = [];
  for (const name of visits) {
    const members = byVisit.get(name) ?? [];
    const at = (list: readonly number[]): { lon: Float64Array; lat: Float64Array } => ({
      lon: Float64Array.from(list, (row) => ra[row]),
      lat: Float64Array.from(list, (row) => dec[row]),
    });
    const pairs = matchSky(at(members), at(first), { radius: ((radiusArcsec / 3600) * Math.PI) / 180, keep: 'one-to-one' });
    for (let i = 0; i < pairs.a.length; i++) objects[members[pairs.a[i]]] = pairs.b[i];
    for (const row of members) if (objects[row] < 0) objects[row] = first.push(row) - 1;
  }
  return objects;
}
