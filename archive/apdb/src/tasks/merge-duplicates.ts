import { circleDeg } from '@almagest/sphere';
import { getColumn, type Table } from '@almagest/table';
import type { Apdb } from '../model/apdb.ts';
import type { ApdbUpdate } from '../model/update.ts';

export interface MergeOptions {
  /** Farthest objects that are one [arcsec]. */
  readonly radiusArcsec?: number;
  /** Time of this call [MJD TAI]. */
  readonly processedMjdTai: number;
}

/** An object whose sources went to another. */
export interface MergedObject {
  readonly diaObjectId: bigint;
  readonly into: bigint;
  readonly sources: number;
}

/** Sources of all times are moved. */
const ALL_TIMES = { fromMjdTai: 0, untilMjdTai: 1e6 };

/**
 * Merges objects that visits processed at the same time made twice: looks at those that are new since the last call, gives the
 * sources of the younger one to the older, closes the younger and forgets the candidates.
 *
 * After a crash run it again: what was merged is closed and no candidate any more.
 */
export async function mergeDuplicates(apdb: Apdb, options: MergeOptions): Promise<readonly MergedObject[]> {
  const radius = options.radiusArcsec ?? 1;
  const candidates = await apdb.getDiaObjectsForDedup();
  const merged: MergedObject[] = [];
  const gone = new Set<bigint>();
  for (const candidate of summaries(candidates)) {
    if (gone.has(candidate.id)) continue;
    const near = summaries(await apdb.getDiaObjects(circleDeg(candidate.ra, candidate.dec, radius / 3600))).filter(
      ({ id }) => !gone.has(id),
    );
    const [kept, ...others] = near.toSorted((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1));
    for (const other of others) {
      const sources = await apdb.getDiaSources({
        diaObjectIds: BigInt64Array.of(other.id),
        ...ALL_TIMES,
        columns: ['diaSourceId'],
        withdrawn: true,
      });
      const ids = getColumn(sources, 'diaSourceId').data as BigInt64Array;
      const updates: ApdbUpdate[] = Array.from(ids, (diaSourceId) => ({ kind: 'reassign-to-object', diaSourceId, diaObjectId: kept!.id }));
      const held = await apdb.getDiaSources({ diaObjectIds: BigInt64Array.of(kept!.id), ...ALL_TIMES, columns: ['diaSourceId'] });
      updates.push(
        { kind: 'set-source-count', diaObjectId: kept!.id, nDiaSources: held.nrows + ids.length },
        { kind: 'close-validity', diaObjectId: other.id, timeMjdTai: options.processedMjdTai },
      );
      await apdb.applyUpdates(updates, options.processedMjdTai);
      gone.add(other.id);
      merged.push({ diaObjectId: other.id, into: kept!.id, sources: ids.length });
    }
  }
  await apdb.resetDedup(options.processedMjdTai);
  return merged;
}

function summaries(table: Table): { readonly id: bigint; readonly ra: number; readonly dec: number; readonly first: number }[] {
  const [ra, dec, first] = ['ra', 'dec', 'firstDiaSourceMjdTai'].map((name) => getColumn(table, name).data as Float64Array);
  // An object that does not say when it was first seen counts as the youngest.
  return Array.from(getColumn(table, 'diaObjectId').data as BigInt64Array, (id, i) => ({
    id,
    ra: ra![i]!,
    dec: dec![i]!,
    first: Number.isNaN(first![i]!) ? Number.MAX_VALUE : first![i]!,
  }));
}
