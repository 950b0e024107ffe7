import type { Database, SqlValue } from '@almagest/butler';
import { findColumn, getColumn, type Table } from '@almagest/table';
import { sql } from 'kysely';
import { VisitDetectorConflictError } from '../errors.ts';
import type { StoreOutcome, VisitBatch } from '../model/apdb.ts';
import { CHUNK_COLUMN, PIXEL_COLUMN, publishedTable } from './physical-schema.ts';
import { digestRows, pixelsOf, type RowSet, rowsForDatabase } from './write-rows.ts';

/** Length of a replication chunk [s]. */
export const CHUNK_SECONDS = 600;
/** Ids in one list of a statement. */
const IDS_PER_STATEMENT = 500;

/** Chunk of a time [MJD TAI]. */
export function chunkOf(processedMjdTai: number): number {
  return Math.floor((processedMjdTai * 86_400) / CHUNK_SECONDS);
}

/** Writes one visit and detector; see `Apdb.store`. */
export async function storeVisit(database: Database, batch: VisitBatch): Promise<StoreOutcome> {
  const rows = prepareBatch(batch);
  return await database.transaction(async () => {
    await database.lock(`apdb:${batch.visit}:${batch.detector}`);
    const [known] = await database.all(
      sql`SELECT digest, ${sql.ref(CHUNK_COLUMN)} AS chunk FROM ${sql.ref('ApdbVisitDetector')} WHERE visit = ${batch.visit} AND detector = ${batch.detector}`,
    );
    if (known) {
      if (known['digest'] === rows.digest) return { stored: false, replicaChunk: Number(known['chunk']) };
      throw new VisitDetectorConflictError(
        `visit ${batch.visit}, detector ${batch.detector} is stored already, with other rows; what is stored stays as it is`,
        { details: { visit: String(batch.visit), detector: batch.detector } },
      );
    }
    const replicaChunk = await openChunk(database, batch.processedMjdTai);
    await writeObjects(database, batch, rows.objects, replicaChunk);
    const objectPixels = rows.objectPixels;
    await insertPositions(database, 'DiaSource', rows.sources, sourcePixels(batch.sources, objectPixels), replicaChunk);
    if (batch.forcedSources)
      await insertPositions(
        database,
        'DiaForcedSource',
        rows.forced,
        sourcePixels(batch.forcedSources, objectPixels),
        replicaChunk,
        'ignore',
      );
    if (batch.ssSources)
      await database.insert('SSSource', [...rows.ssSources.columns, CHUNK_COLUMN], withValues(rows.ssSources.rows, [replicaChunk]), {
        onConflict: 'replace',
        key: ['diaSourceId'],
      });
    await database.insert(
      'ApdbVisitDetector',
      ['visit', 'detector', 'visitMjdTai', 'processedMjdTai', CHUNK_COLUMN, 'digest', 'objects', 'sources', 'forcedSources'],
      [
        [
          batch.visit,
          batch.detector,
          batch.visitMjdTai,
          batch.processedMjdTai,
          replicaChunk,
          rows.digest,
          batch.objects.nrows,
          batch.sources.nrows,
          batch.forcedSources?.nrows ?? 0,
        ],
      ],
    );
    return { stored: true, replicaChunk };
  });
}

/** Rows that precovery adds to a visit and detector. */
export interface ForcedBatch {
  readonly visit: bigint;
  readonly detector: number;
  readonly processedMjdTai: number;
  readonly forcedSources: Table;
}

/** Adds forced photometry to a visit and detector; see `Apdb.storeForcedSources`. */
export async function storeForcedSources(database: Database, batch: ForcedBatch): Promise<number> {
  const { visit, detector, processedMjdTai, forcedSources } = batch;
  if (forcedSources.nrows === 0) return 0;
  const rows = rowsForDatabase(publishedTable('DiaForcedSource'), forcedSources, {
    visit,
    detector,
    timeProcessedMjdTai: processedMjdTai,
  });
  return await database.transaction(async () => {
    await database.lock(`apdb:${visit}:${detector}`);
    const ids = getColumn(forcedSources, 'diaObjectId').data as BigInt64Array;
    const count = async (): Promise<number> => {
      let n = 0;
      for (const slice of idSlices(ids)) {
        const [row] = await database.all(
          sql`SELECT count(*) AS n FROM ${sql.ref('DiaForcedSource')}
            WHERE ${sql.ref('diaObjectId')} IN (${sql.join(slice)}) AND visit = ${visit} AND detector = ${detector}`,
        );
        n += Number(row?.['n']);
      }
      return n;
    };
    const before = await count();
    const replicaChunk = await openChunk(database, processedMjdTai);
    await insertPositions(database, 'DiaForcedSource', rows, sourcePixels(forcedSources, new Map()), replicaChunk, 'ignore');
    const added = (await count()) - before;
    const forced = sql.ref('forcedSources');
    await database.run(
      sql`UPDATE ${sql.ref('ApdbVisitDetector')} SET ${forced} = ${forced} + ${added} WHERE visit = ${visit} AND detector = ${detector}`,
    );
    return added;
  });
}

/** Enters the chunk of this time into the list of chunks. */
export async function openChunk(database: Database, processedMjdTai: number): Promise<number> {
  const id = chunkOf(processedMjdTai);
  await database.run(
    sql`INSERT INTO ${sql.ref('ApdbReplicaChunk')} (id, ${sql.ref('updatedMjdTai')}) VALUES (${id}, ${processedMjdTai})
      ON CONFLICT (id) DO UPDATE SET ${sql.ref('updatedMjdTai')} = excluded.${sql.ref('updatedMjdTai')}
      WHERE excluded.${sql.ref('updatedMjdTai')} > ${sql.ref('ApdbReplicaChunk.updatedMjdTai')}`,
  );
  return id;
}

/** Slices of a list of ids that fit into a statement. */
export function* idSlices<Id extends bigint | string>(ids: ArrayLike<Id>): Generator<Id[]> {
  const all = Array.from(ids);
  for (let i = 0; i < all.length; i += IDS_PER_STATEMENT) yield all.slice(i, i + IDS_PER_STATEMENT);
}

interface PreparedBatch {
  readonly objects: RowSet;
  readonly sources: RowSet;
  readonly forced: RowSet;
  readonly ssSources: RowSet;
  readonly digest: string;
  readonly objectPixels: ReadonlyMap<bigint, number>;
}

const EMPTY: RowSet = { columns: [], rows: [] };

function prepareBatch(batch: VisitBatch): PreparedBatch {
  const stamp = { timeProcessedMjdTai: batch.processedMjdTai };
  const own = { visit: batch.visit, detector: batch.detector };
  const dated = findColumn(batch.objects, 'validityStartMjdTai') !== undefined;
  const objects = rowsForDatabase(publishedTable('DiaObject'), batch.objects, dated ? {} : { validityStartMjdTai: batch.visitMjdTai });
  const sources = rowsForDatabase(publishedTable('DiaSource'), batch.sources, { ...own, ...stamp });
  const forced = batch.forcedSources
    ? rowsForDatabase(publishedTable('DiaForcedSource'), batch.forcedSources, { ...own, ...stamp })
    : EMPTY;
  const ssSources = batch.ssSources ? rowsForDatabase(publishedTable('SSSource'), batch.ssSources) : EMPTY;
  const objectPixels = new Map<bigint, number>();
  if (batch.objects.nrows > 0) {
    const ids = getColumn(batch.objects, 'diaObjectId').data as BigInt64Array;
    const pixels = positions('DiaObject', batch.objects);
    for (let i = 0; i < ids.length; i += 1) objectPixels.set(ids[i]!, pixels[i]!);
  }
  return { objects, sources, forced, ssSources, digest: digestRows([objects, sources, forced, ssSources]), objectPixels };
}

function positions(name: string, table: Table): Float64Array {
  return pixelsOf(name, getColumn(table, 'ra').data as Float64Array, getColumn(table, 'dec').data as Float64Array);
}

/** Pixel of the object that a row belongs to, where it is among those stored now; else of its own position. */
function sourcePixels(table: Table, objectPixels: ReadonlyMap<bigint, number>): Float64Array {
  if (table.nrows === 0) return new Float64Array(0);
  const pixels = positions('DiaSource', table);
  const ids = findColumn(table, 'diaObjectId');
  if (!ids) return pixels;
  for (let i = 0; i < pixels.length; i += 1) {
    if (ids.nulls?.[i]) continue;
    const known = objectPixels.get((ids.data as BigInt64Array)[i]!);
    if (known !== undefined) pixels[i] = known;
  }
  return pixels;
}

async function insertPositions(
  database: Database,
  name: string,
  { columns, rows }: RowSet,
  pixels: Float64Array,
  replicaChunk: number,
  onConflict?: 'ignore',
): Promise<void> {
  for (let i = 0; i < rows.length; i += 1) rows[i]!.push(pixels[i]!, replicaChunk);
  await database.insert(name, [...columns, PIXEL_COLUMN, CHUNK_COLUMN], rows, onConflict ? { onConflict } : {});
}

function withValues(rows: SqlValue[][], values: readonly SqlValue[]): SqlValue[][] {
  return rows.map((row) => [...row, ...values]);
}

/**
 * Adds versions of objects and fits them into the chain of validity, wherever in time they belong:
 * each version ends where the next begins, whatever the order in which visits arrive.
 */
async function writeObjects(database: Database, batch: VisitBatch, objects: RowSet, replicaChunk: number): Promise<void> {
  if (objects.rows.length === 0) return;
  const at = (name: string): number => objects.columns.indexOf(name);
  const [idAt, startAt, endAt] = [at('diaObjectId'), at('validityStartMjdTai'), at('validityEndMjdTai')];
  const [raAt, decAt] = [at('ra'), at('dec')];
  const pixels = pixelsOf(
    'DiaObject',
    objects.rows.map((row) => row[raAt] as number),
    objects.rows.map((row) => row[decAt] as number),
  );
  const ids = [...new Set(objects.rows.map((row) => row[idAt] as bigint))];
  const latest = await latestStarts(database, ids);
  const late = new Set<bigint>();
  const seen = new Set<bigint>();
  for (let i = 0; i < objects.rows.length; i += 1) {
    const row = objects.rows[i]!;
    const id = row[idAt] as bigint;
    const start = row[startAt] as number;
    if (seen.has(id) || start !== batch.visitMjdTai || (latest.get(id) ?? -Infinity) >= start) late.add(id);
    seen.add(id);
    row[endAt] = null;
    row.push(pixels[i]!, replicaChunk);
  }
  const [object, startRef, endRef, idRef] = ['DiaObject', 'validityStartMjdTai', 'validityEndMjdTai', 'diaObjectId'].map((name) =>
    sql.ref(name),
  );
  const inTime = ids.filter((id) => latest.has(id) && !late.has(id));
  for (const slice of idSlices(inTime))
    await database.run(
      sql`UPDATE ${object} SET ${endRef} = ${batch.visitMjdTai} WHERE ${idRef} IN (${sql.join(slice)}) AND ${endRef} IS NULL`,
    );
  await database.insert('DiaObject', [...objects.columns, PIXEL_COLUMN, CHUNK_COLUMN], objects.rows, {
    onConflict: 'replace',
    key: ['diaObjectId', 'validityStartMjdTai'],
  });
  for (const slice of idSlices([...late])) {
    const next = sql`(SELECT min(later.${sql.ref('validityStartMjdTai')}) FROM ${object} AS later
      WHERE later.${idRef} = ${object}.${idRef} AND later.${startRef} > ${object}.${startRef})`;
    await database.run(sql`UPDATE ${object} SET ${endRef} = ${next} WHERE ${idRef} IN (${sql.join(slice)}) AND ${next} IS NOT NULL`);
  }
  const fresh = ids.filter((id) => !latest.has(id)).map((id) => [id, batch.processedMjdTai]);
  await database.insert('ApdbNewObject', ['diaObjectId', 'processedMjdTai'], fresh, { onConflict: 'ignore' });
}

/** Begin of the version of each object that is valid now. */
async function latestStarts(database: Database, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, number>> {
  const out = new Map<bigint, number>();
  for (const slice of idSlices(ids)) {
    const rows = await database.all(
      sql`SELECT ${sql.ref('diaObjectId')} AS id, ${sql.ref('validityStartMjdTai')} AS start FROM ${sql.ref('DiaObject')}
        WHERE ${sql.ref('diaObjectId')} IN (${sql.join(slice)}) AND ${sql.ref('validityEndMjdTai')} IS NULL`,
    );
    for (const row of rows) out.set(BigInt(row['id'] as number), Number(row['start']));
  }
  return out;
}
