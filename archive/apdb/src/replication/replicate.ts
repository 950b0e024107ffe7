import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import { bytesSource } from '@almagest/fits';
import {
  columnFromCells,
  concatTables,
  findColumn,
  getColumn,
  makeTable,
  readParquet,
  type Table,
  takeRows,
  withColumn,
  writeParquet,
} from '@almagest/table';
import { ReplicaOrderError } from '../errors.ts';
import type { Apdb, ReplicatedTable } from '../model/apdb.ts';
import { type ApdbUpdate, formatUpdate, parseUpdate } from '../model/update.ts';
import { closedChunks } from '../sql/sql-apdb.ts';

/** Tables that users get copies of. */
export const REPLICATED_TABLES: readonly ReplicatedTable[] = ['DiaObject', 'DiaSource', 'DiaForcedSource', 'SSSource'];

/**
 * Writes the chunks that no visit can add to any more as Parquet files, and then forgets them in the database.
 *
 * A chunk is one file a table (`DiaSource/00000000000000089840.parquet`) and one of updates; a file that is there is whole.
 * After a crash run it again: files are written anew with the same rows.
 *
 * @param nowMjdTai - Time now [MJD TAI].
 * @returns Ids of the chunks that were written.
 */
export async function replicateToParquet(apdb: Apdb, folder: string, nowMjdTai: number): Promise<readonly number[]> {
  const chunks = closedChunks(await apdb.getReplicaChunks(), nowMjdTai)
    .map((chunk) => chunk.id)
    .toSorted((a, b) => a - b);
  const last = Math.max(-1, ...(await replicatedChunks(folder)));
  for (const table of [...REPLICATED_TABLES, 'updates']) makeFolder(join(folder, table));
  for (const id of chunks) {
    if (id < last)
      throw new ReplicaOrderError(`chunk ${id} comes before chunk ${last}, which is in ${folder} already`, {
        details: { last, found: id },
      });
    for (const table of REPLICATED_TABLES) {
      const rows = await apdb.getChunkRows(table, [id]);
      await writeWhole(join(folder, table, `${chunkName(id)}.parquet`), await writeParquet(rows));
    }
    const updates = await apdb.getUpdateRecords([id]);
    // Written last: its presence says that the chunk is complete.
    await writeWhole(
      join(folder, 'updates', `${chunkName(id)}.jsonl`),
      new TextEncoder().encode(updates.map(({ update }) => `${formatUpdate(update)}\n`).join('')),
    );
    await apdb.deleteReplicaChunks([id]);
  }
  return chunks;
}

/** Chunks that a folder holds complete. */
export async function replicatedChunks(folder: string): Promise<readonly number[]> {
  const names = await readdir(join(folder, 'updates')).catch(() => [] as string[]);
  return names.flatMap((name) => (/^\d+\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : [])).toSorted((a, b) => a - b);
}

/** Key columns of the replicated tables. */
const KEYS: Readonly<Record<ReplicatedTable, readonly string[]>> = {
  DiaObject: ['diaObjectId', 'validityStartMjdTai'],
  DiaSource: ['diaSourceId'],
  DiaForcedSource: ['diaObjectId', 'visit', 'detector'],
  SSSource: ['diaSourceId'],
};

/** Reads a table of a replica: the latest row of each key, with all updates applied and validity ends filled in. */
export async function readReplica(folder: string, table: ReplicatedTable): Promise<Table> {
  const parts: Table[] = [];
  const updates: ApdbUpdate[] = [];
  for (const id of await replicatedChunks(folder)) {
    parts.push(await readParquet(bytesSource(new Uint8Array(await readFile(join(folder, table, `${chunkName(id)}.parquet`))))));
    const lines = (await readFile(join(folder, 'updates', `${chunkName(id)}.jsonl`), 'utf8')).split('\n');
    updates.push(...lines.filter((line) => line !== '').map(parseUpdate));
  }
  if (parts.length === 0) return makeTable([]);
  const rows = latestRows(concatTables(parts), KEYS[table]);
  return applyUpdates(table === 'DiaObject' ? withValidityEnds(rows) : rows, table, updates);
}

function latestRows(table: Table, keys: readonly string[]): Table {
  const columns = keys.map((key) => getColumn(table, key).data);
  const latest = new Map<string, number>();
  for (let row = 0; row < table.nrows; row += 1) latest.set(columns.map((data) => String(data[row])).join('|'), row);
  return takeRows(table, [...latest.values()]);
}

/** Each version ends where the next of its object begins. */
function withValidityEnds(table: Table): Table {
  const ids = getColumn(table, 'diaObjectId').data as BigInt64Array;
  const starts = getColumn(table, 'validityStartMjdTai').data as Float64Array;
  const order = Array.from(ids.keys()).toSorted((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : starts[a]! - starts[b]!));
  const ends = Array.from({ length: ids.length }, (): number | null => null);
  for (let k = 0; k + 1 < order.length; k += 1) if (ids[order[k]!] === ids[order[k + 1]!]) ends[order[k]!] = starts[order[k + 1]!]!;
  return withColumn(table, columnFromCells({ name: 'validityEndMjdTai', datatype: 'float64' }, ends));
}

function applyUpdates(table: Table, name: ReplicatedTable, updates: readonly ApdbUpdate[]): Table {
  const changes = new Map<string, Map<number, number | bigint | null>>();
  const set = (column: string, row: number | undefined, value: number | bigint | null): void => {
    if (row === undefined) return;
    const list = changes.get(column) ?? new Map<number, number | bigint | null>();
    changes.set(column, list);
    list.set(row, value);
  };
  const rowOf = new Map<string, number>();
  const keys = (name === 'DiaObject' ? ['diaObjectId'] : KEYS[name]).map((key) => getColumn(table, key).data);
  const starts = findColumn(table, 'validityStartMjdTai')?.data as Float64Array | undefined;
  for (let row = 0; row < table.nrows; row += 1) {
    const key = keys.map((data) => String(data[row])).join('|');
    const known = rowOf.get(key);
    // Updates of objects are of their latest version.
    if (known === undefined || !starts || starts[row]! > starts[known]!) rowOf.set(key, row);
  }
  for (const update of updates) {
    if (name === 'DiaSource' && update.kind === 'reassign-to-object') {
      set('diaObjectId', rowOf.get(String(update.diaSourceId)), update.diaObjectId);
      set('ssObjectId', rowOf.get(String(update.diaSourceId)), null);
    } else if (name === 'DiaSource' && update.kind === 'reassign-to-ss-object') {
      set('ssObjectId', rowOf.get(String(update.diaSourceId)), update.ssObjectId);
      set('diaObjectId', rowOf.get(String(update.diaSourceId)), null);
      set('ssObjectReassocTimeMjdTai', rowOf.get(String(update.diaSourceId)), update.timeMjdTai);
    } else if (name === 'DiaSource' && update.kind === 'withdraw-source')
      set('timeWithdrawnMjdTai', rowOf.get(String(update.diaSourceId)), update.timeMjdTai);
    else if (name === 'DiaForcedSource' && update.kind === 'withdraw-forced-source')
      set('timeWithdrawnMjdTai', rowOf.get(`${update.diaObjectId}|${update.visit}|${update.detector}`), update.timeMjdTai);
    else if (name === 'DiaObject' && update.kind === 'close-validity')
      set('validityEndMjdTai', rowOf.get(String(update.diaObjectId)), update.timeMjdTai);
    else if (name === 'DiaObject' && update.kind === 'set-source-count')
      set('nDiaSources', rowOf.get(String(update.diaObjectId)), update.nDiaSources);
  }
  let out = table;
  for (const [column, rows] of changes) {
    const old = getColumn(out, column);
    const cells = Array.from({ length: out.nrows }, (_, row) =>
      rows.has(row) ? rows.get(row)! : old.nulls?.[row] ? null : (old.data[row] as number | bigint),
    );
    out = withColumn(out, columnFromCells({ name: column, datatype: old.datatype }, cells));
  }
  return out;
}

function chunkName(id: number): string {
  return String(id).padStart(20, '0');
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
