import { cellAt, type Table } from '@almagest/table';
import { ALL_TIME, type Timespan } from '@almagest/time';
import { type Butler, DataCoordinate, type FieldValue } from '../src/index.ts';
import { isTimespan, storeTimespan } from '../src/dimensions/timespan.ts';

/** A value as both sides print it: spans as two texts, bytes as hexadecimal. */
function plain(value: unknown): unknown {
  if (isTimespan(value)) return spanText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value;
}

/** Tables as lists by column name. */
function plainValue(value: unknown): unknown {
  const table = value as Partial<Table> | null;
  if (typeof table !== 'object' || table === null || !Array.isArray(table.columns)) return value;
  const { columns, nrows } = table as Table;
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      Array.from({ length: nrows }, (_, row) => {
        const cell = cellAt(column, row);
        return typeof cell === 'bigint' ? Number(cell) : cell;
      }),
    ]),
  );
}

function spanText(span: Timespan): readonly string[] {
  const stored = storeTimespan(span);
  return [String(stored.begin), String(stored.end)];
}

/** Everything a repository holds, in the shape that `butler_peer.py describe` prints. */
export async function describeRepository(butler: Butler): Promise<unknown> {
  const { registry, universe } = butler;
  const collections: Record<string, unknown> = {};
  const all = await registry.queryCollections();
  for (const { name, type, children, doc } of all) collections[name] = { type, children, doc };
  const records: Record<string, unknown> = {};
  for (const element of universe.elements) {
    if (!element.hasTable || element.skypix) continue;
    const rows = (await butler.query().dimensionRecords(element.name).toArray()).map((record) =>
      Object.fromEntries(Object.entries(record.fields).map(([name, value]: [string, FieldValue]) => [name, plain(value)])),
    );
    if (rows.length > 0) records[element.name] = rows;
  }
  const types: Record<string, unknown> = {};
  const datasets: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  const validity: unknown[] = [];
  for (const type of await registry.queryDatasetTypes()) {
    types[type.name] = { dimensions: type.dimensions.required, storageClass: type.storageClass, isCalibration: type.isCalibration };
    const holders = all.filter((collection) => collection.type !== 'CHAINED').map((collection) => collection.name);
    for (const ref of await butler.queryDatasets(type.name, { collections: holders, findFirst: false })) {
      datasets[ref.id] = { type: type.name, run: ref.run, dataId: DataCoordinate.of(type.dimensions, ref.dataId).toJSON() };
      values[ref.id] = plainValue(await butler.get(ref));
    }
    const calibs = all.filter((collection) => collection.type === 'CALIBRATION').map((collection) => collection.name);
    for (const found of type.isCalibration ? await registry.queryAssociations(type.name, calibs) : [])
      validity.push([found.datasetId, found.collection, spanText(found.timespan ?? ALL_TIME)]);
  }
  return { universe: universe.version, collections, types, records, datasets, values, validity };
}

/** The same with lists in one order, for comparison. */
export function sorted(description: unknown): unknown {
  const { records, validity, ...rest } = description as { records: Record<string, unknown[]>; validity: unknown[] };
  const key = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    );
  const sort = (list: unknown[]): unknown[] => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    ...rest,
    records: Object.fromEntries(Object.entries(records).map(([name, rows]) => [name, sort(rows)])),
    validity: sort(validity),
  };
}
