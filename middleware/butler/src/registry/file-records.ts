import { sql } from 'kysely';
import type { FileRecord } from '../datastore/datastore.ts';
import { decodeUuid, encodeUuid } from '../sql/codec.ts';
import type { Row } from '../sql/database.ts';
import { chunks } from './collections.ts';
import type { RegistryContext } from './registry-context.ts';
import { fileRecordsTable } from './tables.ts';

/** What the records table holds for artifacts that are not components. */
const NO_COMPONENT = '__NULL_STRING__';
const CHUNK = 500;

/** Where the registry keeps what a datastore knows about its artifacts. */
export interface RecordsTable {
  readonly table: string;
  readonly datastore: string;
}

/** Makes the table of records unless it is there. */
export async function ensureRecordsTable(context: RegistryContext, place: RecordsTable): Promise<void> {
  const { db } = context;
  if (await db.tableExists(place.table)) return;
  await db.transaction(async () => {
    await db.insert('opaque_meta', ['table_name'], [[place.table]], { onConflict: 'ignore' });
    await db.createTable(fileRecordsTable(place.table), { ifNotExists: true });
  });
}

/** Records artifacts; call it in the transaction that registers their datasets. */
export async function insertFileRecords(
  context: RegistryContext,
  place: RecordsTable,
  records: readonly FileRecord[],
  options: { readonly existing?: 'fail' | 'replace' } = {},
): Promise<void> {
  const { db } = context;
  const ids = [...new Set(records.map((record) => record.datasetId))].map((id) => encodeUuid(db.dialect, id));
  const onConflict = options.existing === 'replace' ? ({ onConflict: 'replace', key: ['dataset_id', 'component'] } as const) : {};
  await db.insert(
    'dataset_location',
    ['datastore_name', 'dataset_id'],
    ids.map((id) => [place.datastore, id]),
    { onConflict: 'ignore' },
  );
  await db.insert(
    place.table,
    ['dataset_id', 'path', 'formatter', 'storage_class', 'component', 'checksum', 'file_size'],
    records.map((record) => [
      encodeUuid(db.dialect, record.datasetId),
      record.path,
      record.formatter,
      record.storageClass,
      record.component ?? NO_COMPONENT,
      record.checksum,
      record.size ?? -1,
    ]),
    onConflict,
  );
}

/** Records of datasets by id; missing where the datastore holds nothing. */
export async function fetchFileRecords(
  context: RegistryContext,
  place: RecordsTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly FileRecord[]>> {
  const { db } = context;
  const found = new Map<string, FileRecord[]>();
  for (const part of chunks([...new Set(ids)], CHUNK)) {
    const rows = await db.all(
      sql`SELECT dataset_id, path, formatter, storage_class, component, checksum, file_size FROM ${sql.table(place.table)} WHERE dataset_id IN (${sql.join(part.map((id) => encodeUuid(db.dialect, id)))})`,
    );
    for (const row of rows) {
      const record = recordOfRow(row);
      const list = found.get(record.datasetId) ?? [];
      list.push(record);
      found.set(record.datasetId, list);
    }
  }
  return found;
}

/** All records, in pages. */
export async function* streamFileRecords(context: RegistryContext, place: RecordsTable): AsyncIterable<readonly FileRecord[]> {
  const query = sql`SELECT dataset_id, path, formatter, storage_class, component, checksum, file_size FROM ${sql.table(place.table)} ORDER BY path`;
  for await (const rows of context.db.stream(query)) yield rows.map(recordOfRow);
}

/** Which of the paths some record refers to; a path with a `#` fragment counts as its file. */
export async function recordedPaths(context: RegistryContext, place: RecordsTable, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const part of chunks(paths, CHUNK)) {
    const rows = await context.db.all(sql`SELECT DISTINCT path FROM ${sql.table(place.table)} WHERE path IN (${sql.join(part)})`);
    for (const row of rows) found.add(row['path'] as string);
    for (const path of part) {
      if (found.has(path) || !path.endsWith('.zip')) continue;
      const members = await context.db.all(
        sql`SELECT 1 FROM ${sql.table(place.table)} WHERE path >= ${`${path}#`} AND path < ${`${path}$`} LIMIT 1`,
      );
      if (members.length > 0) found.add(path);
    }
  }
  return found;
}

/** Forgets the artifacts of datasets; the files are deleted afterwards. */
export async function deleteFileRecords(context: RegistryContext, place: RecordsTable, ids: readonly string[]): Promise<void> {
  const { db } = context;
  for (const part of chunks(ids, CHUNK)) {
    const list = sql.join(part.map((id) => encodeUuid(db.dialect, id)));
    await db.run(sql`DELETE FROM ${sql.table(place.table)} WHERE dataset_id IN (${list})`);
    await db.run(sql`DELETE FROM dataset_location WHERE datastore_name = ${place.datastore} AND dataset_id IN (${list})`);
  }
}

function recordOfRow(row: Row): FileRecord {
  const component = row['component'] as string;
  const size = row['file_size'];
  return {
    datasetId: decodeUuid(row['dataset_id']),
    path: row['path'] as string,
    formatter: row['formatter'] as string,
    storageClass: row['storage_class'] as string,
    component: component === NO_COMPONENT || component === '' ? undefined : component,
    checksum: (row['checksum'] as string | null) || null,
    size: size === null || size === undefined || Number(size) < 0 ? null : Number(size),
  };
}
