import type { Database } from '@almagest/butler';
import type { SchemaTable } from '@almagest/schema';
import { healpixEnvelope, iterateRanges, lonLatDeg, regionHas, type Region, unitFromLonLat } from '@almagest/sphere';
import { getColumn, selectColumns, type Table, takeRows } from '@almagest/table';
import { type RawBuilder, sql } from 'kysely';
import type {
  Apdb,
  HistoryQuery,
  ReplicaChunk,
  ReplicatedTable,
  SolarSystemTable,
  StoredVisitDetector,
  StoreOutcome,
  UpdateRecord,
  VisitBatch,
} from '../model/apdb.ts';
import { type ApdbUpdate, parseUpdate } from '../model/update.ts';
import { applyUpdates } from './apply-updates.ts';
import { CHUNK_COLUMN, PIXEL_COLUMN, PIXEL_ORDER, publishedTable } from './physical-schema.ts';
import { databaseReader, type TableReader } from './read-table.ts';
import { chunkOf, idSlices, storeForcedSources, storeVisit } from './store-visit.ts';
import { rowsForDatabase } from './write-rows.ts';

/** Window of histories unless told [day]: the twelve months that alerts carry. */
export const HISTORY_DAYS = 365;
/** Pixel ranges in one statement. */
const RANGES_PER_STATEMENT = 200;

/** The alert database on a SQL database: SQLite or PostgreSQL. */
export class SqlApdb implements Apdb {
  readonly schemaVersion: string;
  readonly #database: Database;
  readonly #reader: TableReader;

  /** For databases that hold the tables; see `createApdb` and `openApdb`. */
  constructor(database: Database, schemaVersion: string, reader: TableReader = databaseReader(database)) {
    this.#database = database;
    this.#reader = reader;
    this.schemaVersion = schemaVersion;
  }

  async getDiaObjects(region: Region, options: { readonly columns?: readonly string[] } = {}): Promise<Table> {
    const end = sql.ref('validityEndMjdTai');
    const wanted = options.columns && [...new Set([...options.columns, 'ra', 'dec'])];
    const tails = pixelConditions(region).map((pixels) => sql`WHERE (${pixels}) AND ${end} IS NULL`);
    const found = await this.#reader.read(publishedTable('DiaObject'), wanted, tails);
    const inside = trimToRegion(found, region);
    return options.columns ? selectColumns(inside, [...options.columns]) : inside;
  }

  async getDiaObjectsById(diaObjectIds: BigInt64Array): Promise<Table> {
    const end = sql.ref('validityEndMjdTai');
    return await this.#readByIds('DiaObject', diaObjectIds, (list) => sql`WHERE ${sql.ref('diaObjectId')} IN (${list}) AND ${end} IS NULL`);
  }

  async getDiaSources(query: HistoryQuery): Promise<Table> {
    return await this.#history('DiaSource', 'diaSourceId', query);
  }

  async getDiaForcedSources(query: HistoryQuery): Promise<Table> {
    return await this.#history('DiaForcedSource', 'visit', query);
  }

  async getVisitSources(visit: bigint, detector: number): Promise<Table> {
    return await this.#reader.read(publishedTable('DiaSource'), undefined, [
      sql`WHERE visit = ${visit} AND detector = ${detector} ORDER BY ${sql.ref('diaSourceId')}`,
    ]);
  }

  async getUnassociatedSources(fromMjdTai: number, untilMjdTai: number): Promise<Table> {
    const time = sql.ref('midpointMjdTai');
    return await this.#reader.read(publishedTable('DiaSource'), undefined, [
      sql`WHERE ${sql.ref('diaObjectId')} IS NULL AND ${sql.ref('ssObjectId')} IS NULL AND ${sql.ref('timeWithdrawnMjdTai')} IS NULL
        AND ${time} >= ${fromMjdTai} AND ${time} < ${untilMjdTai} ORDER BY ${time}, ${sql.ref('diaSourceId')}`,
    ]);
  }

  async containsVisitDetector(visit: bigint, detector: number): Promise<boolean> {
    return (await this.getVisitDetector(visit, detector)) !== undefined;
  }

  async getVisitDetector(visit: bigint, detector: number): Promise<StoredVisitDetector | undefined> {
    const [row] = await this.#database.all(
      sql`SELECT * FROM ${sql.ref('ApdbVisitDetector')} WHERE visit = ${visit} AND detector = ${detector}`,
    );
    return (
      row && {
        visit,
        detector,
        visitMjdTai: Number(row['visitMjdTai']),
        processedMjdTai: Number(row['processedMjdTai']),
        replicaChunk: Number(row[CHUNK_COLUMN]),
        objects: Number(row['objects']),
        sources: Number(row['sources']),
        forcedSources: Number(row['forcedSources']),
      }
    );
  }

  async store(batch: VisitBatch): Promise<StoreOutcome> {
    return await storeVisit(this.#database, batch);
  }

  async storeForcedSources(visit: bigint, detector: number, forcedSources: Table, processedMjdTai: number): Promise<number> {
    return await storeForcedSources(this.#database, { visit, detector, forcedSources, processedMjdTai });
  }

  async applyUpdates(updates: readonly ApdbUpdate[], processedMjdTai: number): Promise<void> {
    await applyUpdates(this.#database, updates, processedMjdTai);
  }

  async replaceRows(table: SolarSystemTable, rows: Table): Promise<void> {
    const schema = publishedTable(table);
    const { columns, rows: values } = rowsForDatabase(schema, rows);
    await this.#database.insert(table, columns, values, { onConflict: 'replace', key: schema.primaryKey });
  }

  async getRows(table: SolarSystemTable, ids: BigInt64Array): Promise<Table> {
    const key = sql.ref(publishedTable(table).primaryKey[0]!);
    return await this.#readByIds(table, ids, (list) => sql`WHERE ${key} IN (${list}) ORDER BY ${key}`);
  }

  async getOrbits(designations: readonly string[]): Promise<Table> {
    const name = sql.ref('designation');
    return await this.#reader.read(
      publishedTable('mpc_orbits'),
      undefined,
      tailsOf(idSlices([...new Set(designations)].toSorted()), (list) => sql`WHERE ${name} IN (${list}) ORDER BY ${name}`),
    );
  }

  async getDiaObjectsForDedup(): Promise<Table> {
    return await this.#reader.read(publishedTable('DiaObject'), undefined, [
      sql`WHERE ${sql.ref('diaObjectId')} IN (SELECT ${sql.ref('diaObjectId')} FROM ${sql.ref('ApdbNewObject')})
        AND ${sql.ref('validityEndMjdTai')} IS NULL ORDER BY ${sql.ref('diaObjectId')}`,
    ]);
  }

  async resetDedup(beforeMjdTai: number): Promise<void> {
    await this.#database.run(sql`DELETE FROM ${sql.ref('ApdbNewObject')} WHERE ${sql.ref('processedMjdTai')} < ${beforeMjdTai}`);
  }

  async getReplicaChunks(): Promise<readonly ReplicaChunk[]> {
    const rows = await this.#database.all(sql`SELECT id, ${sql.ref('updatedMjdTai')} FROM ${sql.ref('ApdbReplicaChunk')} ORDER BY id`);
    return rows.map((row) => ({ id: Number(row['id']), updatedMjdTai: Number(row['updatedMjdTai']) }));
  }

  async getChunkRows(table: ReplicatedTable, chunks: readonly number[]): Promise<Table> {
    const schema = publishedTable(table);
    const order = sql.join(schema.primaryKey.map((name) => sql.ref(name)));
    if (chunks.length === 0) return await this.#reader.read(schema, undefined, []);
    return await this.#reader.read(schema, undefined, [
      sql`WHERE ${sql.ref(CHUNK_COLUMN)} IN (${sql.join([...chunks])}) ORDER BY ${order}`,
    ]);
  }

  async getUpdateRecords(chunks: readonly number[]): Promise<readonly UpdateRecord[]> {
    if (chunks.length === 0) return [];
    const chunk = sql.ref(CHUNK_COLUMN);
    const rows = await this.#database.all(
      sql`SELECT ${chunk}, ordinal, ${sql.ref('processedMjdTai')}, payload FROM ${sql.ref('ApdbUpdateRecord')}
        WHERE ${chunk} IN (${sql.join([...chunks])}) ORDER BY ${chunk}, ordinal`,
    );
    return rows.map((row) => ({
      replicaChunk: Number(row[CHUNK_COLUMN]),
      order: Number(row['ordinal']),
      processedMjdTai: Number(row['processedMjdTai']),
      update: parseUpdate(String(row['payload'])),
    }));
  }

  async deleteReplicaChunks(chunks: readonly number[]): Promise<void> {
    if (chunks.length === 0) return;
    const list = sql.join([...chunks]);
    await this.#database.transaction(async () => {
      await this.#database.run(sql`DELETE FROM ${sql.ref('ApdbReplicaChunk')} WHERE id IN (${list})`);
      await this.#database.run(sql`DELETE FROM ${sql.ref('ApdbUpdateRecord')} WHERE ${sql.ref(CHUNK_COLUMN)} IN (${list})`);
    });
  }

  async getMetadata(key: string): Promise<string | undefined> {
    const [row] = await this.#database.all(sql`SELECT value FROM ${sql.ref('ApdbMetadata')} WHERE name = ${key}`);
    return row && String(row['value']);
  }

  async setMetadata(key: string, value: string): Promise<void> {
    await this.#database.insert('ApdbMetadata', ['name', 'value'], [[key, value]], { onConflict: 'replace', key: ['name'] });
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.#database.close();
  }

  async #history(name: 'DiaSource' | 'DiaForcedSource', tieBreaker: string, query: HistoryQuery): Promise<Table> {
    const [id, time] = [sql.ref('diaObjectId'), sql.ref('midpointMjdTai')];
    const from = query.fromMjdTai ?? query.untilMjdTai - HISTORY_DAYS;
    const live = query.withdrawn ? sql`` : sql`AND ${sql.ref('timeWithdrawnMjdTai')} IS NULL`;
    const window = sql`AND ${time} >= ${from} AND ${time} < ${query.untilMjdTai} ${live} ORDER BY ${id}, ${time}, ${sql.ref(tieBreaker)}`;
    const schema = publishedTable(name);
    if (query.diaObjectIds) {
      const sorted = query.diaObjectIds.toSorted();
      return await this.#reader.read(
        schema,
        query.columns,
        tailsOf(idSlices(sorted), (list) => sql`WHERE ${id} IN (${list}) ${window}`),
      );
    }
    if (!query.region) return await this.#reader.read(schema, query.columns, [sql`WHERE 1 = 1 ${window}`]);
    const pixels = pixelConditions(query.region);
    return await this.#reader.read(
      schema,
      query.columns,
      pixels.map((condition) => sql`WHERE (${condition}) ${window}`),
    );
  }

  async #readByIds(name: string, ids: BigInt64Array, where: (list: RawBuilder<unknown>) => RawBuilder<unknown>): Promise<Table> {
    const schema: SchemaTable = publishedTable(name);
    return await this.#reader.read(schema, undefined, tailsOf(idSlices(ids.toSorted()), where));
  }
}

/** Chunks that can be replicated: those that no store call can extend any more. */
export function closedChunks(chunks: readonly ReplicaChunk[], nowMjdTai: number): readonly ReplicaChunk[] {
  const open = chunkOf(nowMjdTai);
  return chunks.filter((chunk) => chunk.id < open);
}

function tailsOf(
  lists: Iterable<readonly (bigint | string)[]>,
  tail: (list: RawBuilder<unknown>) => RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  return Array.from(lists, (list) => tail(sql.join([...list])));
}

/** Conditions on pixels that cover a region; several where there are many ranges. Empty for an empty region. */
function pixelConditions(region: Region): RawBuilder<unknown>[] {
  const pixel = sql.ref(PIXEL_COLUMN);
  const ranges = Array.from(iterateRanges(healpixEnvelope(PIXEL_ORDER, region)));
  const out: RawBuilder<unknown>[] = [];
  for (let i = 0; i < ranges.length; i += RANGES_PER_STATEMENT) {
    const parts = ranges
      .slice(i, i + RANGES_PER_STATEMENT)
      .map(([begin, end]) => sql`(${pixel} >= ${Number(begin)} AND ${pixel} < ${Number(end)})`);
    out.push(sql.join(parts, sql` OR `));
  }
  return out;
}

function trimToRegion(table: Table, region: Region): Table {
  const ra = getColumn(table, 'ra').data as Float64Array;
  const dec = getColumn(table, 'dec').data as Float64Array;
  const inside = Array.from(ra.keys()).filter((row) => regionHas(region, unitFromLonLat(lonLatDeg(ra[row]!, dec[row]!))));
  return takeRows(table, inside);
}
