import type { Database, Row } from '@almagest/butler';
import { type RawBuilder, sql } from 'kysely';
import { ApdbRecordNotFoundError } from '../errors.ts';
import { type ApdbUpdate, formatUpdate } from '../model/update.ts';
import { CHUNK_COLUMN, PIXEL_COLUMN } from './physical-schema.ts';
import { openChunk } from './store-visit.ts';

/** Applies updates in one transaction and records those that changed something, for replicas. */
export async function applyUpdates(database: Database, updates: readonly ApdbUpdate[], processedMjdTai: number): Promise<void> {
  if (updates.length === 0) return;
  await database.transaction(async () => {
    await database.lock('apdb:updates');
    const chunk = await openChunk(database, processedMjdTai);
    const [last] = await database.all(
      sql`SELECT max(ordinal) AS last FROM ${sql.ref('ApdbUpdateRecord')} WHERE ${sql.ref(CHUNK_COLUMN)} = ${chunk}`,
    );
    let ordinal = last?.['last'] === null || last === undefined ? 0 : Number(last['last']) + 1;
    for (const update of updates) {
      if (!(await applyOne(database, update))) continue;
      await database.insert(
        'ApdbUpdateRecord',
        [CHUNK_COLUMN, 'ordinal', 'processedMjdTai', 'payload'],
        [[chunk, ordinal, processedMjdTai, formatUpdate(update)]],
      );
      ordinal += 1;
    }
  });
}

/** Returns false where the row is as wanted already. */
async function applyOne(database: Database, update: ApdbUpdate): Promise<boolean> {
  switch (update.kind) {
    case 'reassign-to-object': {
      const object = await latest(database, update.diaObjectId);
      return await change(database, 'DiaSource', sql`${sql.ref('diaSourceId')} = ${update.diaSourceId}`, String(update.diaSourceId), {
        diaObjectId: update.diaObjectId,
        ssObjectId: null,
        [PIXEL_COLUMN]: Number(object[PIXEL_COLUMN]),
      });
    }
    case 'reassign-to-ss-object':
      return await change(database, 'DiaSource', sql`${sql.ref('diaSourceId')} = ${update.diaSourceId}`, String(update.diaSourceId), {
        diaObjectId: null,
        ssObjectId: update.ssObjectId,
        ssObjectReassocTimeMjdTai: update.timeMjdTai,
      });
    case 'withdraw-source':
      return await change(database, 'DiaSource', sql`${sql.ref('diaSourceId')} = ${update.diaSourceId}`, String(update.diaSourceId), {
        timeWithdrawnMjdTai: update.timeMjdTai,
      });
    case 'withdraw-forced-source':
      return await change(
        database,
        'DiaForcedSource',
        sql`${sql.ref('diaObjectId')} = ${update.diaObjectId} AND visit = ${update.visit} AND detector = ${update.detector}`,
        `${update.diaObjectId}/${update.visit}/${update.detector}`,
        { timeWithdrawnMjdTai: update.timeMjdTai },
      );
    case 'close-validity':
    case 'set-source-count': {
      const object = await latest(database, update.diaObjectId);
      return await change(
        database,
        'DiaObject',
        sql`${sql.ref('diaObjectId')} = ${update.diaObjectId} AND ${sql.ref('validityStartMjdTai')} = ${object['validityStartMjdTai']}`,
        String(update.diaObjectId),
        update.kind === 'close-validity' ? { validityEndMjdTai: update.timeMjdTai } : { nDiaSources: update.nDiaSources },
      );
    }
  }
}

async function latest(database: Database, diaObjectId: bigint): Promise<Row> {
  const [row] = await database.all(
    sql`SELECT ${sql.ref(PIXEL_COLUMN)}, ${sql.ref('validityStartMjdTai')} FROM ${sql.ref('DiaObject')}
      WHERE ${sql.ref('diaObjectId')} = ${diaObjectId} ORDER BY ${sql.ref('validityStartMjdTai')} DESC LIMIT 1`,
  );
  if (row) return row;
  throw notFound('DiaObject', String(diaObjectId));
}

async function change(
  database: Database,
  table: string,
  where: RawBuilder<unknown>,
  id: string,
  values: Readonly<Record<string, number | bigint | null>>,
): Promise<boolean> {
  const entries = Object.entries(values);
  const rows = await database.all(sql`SELECT ${sql.join(entries.map(([name]) => sql.ref(name)))} FROM ${sql.ref(table)} WHERE ${where}`);
  const row = rows[0];
  if (!row) throw notFound(table, id);
  // Times of withdrawal and of closing are set once; the other columns take the value given.
  const same = entries.every(([name, value]) => {
    const old = row[name] ?? null;
    return name === 'timeWithdrawnMjdTai' ? old !== null : old === null || value === null ? old === value : String(old) === String(value);
  });
  if (same) return false;
  await database.run(
    sql`UPDATE ${sql.ref(table)} SET ${sql.join(entries.map(([name, value]) => sql`${sql.ref(name)} = ${value}`))} WHERE ${where}`,
  );
  return true;
}

function notFound(kind: string, id: string): ApdbRecordNotFoundError {
  return new ApdbRecordNotFoundError(`${kind} ${id} is not in the alert database; no update of this call was applied`, {
    details: { kind, id },
  });
}
