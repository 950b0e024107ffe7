import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { QueryEngine } from '../engine/query-engine.ts';
import { parquetRelation, queryTable, quoteName, quoteText } from '../ingest/sql.ts';
import { catalogRelation } from './catalog-relation.ts';
import { catalogColumns, type HatsCatalog } from './hats-catalog.ts';
import { type HatsTile, tilePath } from './properties.ts';

/** The rows that come first when a catalogue is ordered by a column, nulls last when ascending and first when descending. */
export interface FirstRows {
  readonly column: string;
  readonly descending: boolean;
  /** How many of them. */
  readonly rows: number;
}

/** What holds the first rows, and some that are not. */
export interface NarrowedScan {
  /** SQL that stands after FROM. */
  readonly relation: string;
  readonly tiles: readonly HatsTile[];
  /** Rows of the row groups that are read. */
  readonly rows: number;
}

/** Types whose bounds say everything, as the engine spells them. */
const BOUNDED_TYPES: Readonly<Record<string, string>> = {
  int16: 'SMALLINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
};

/** Bounds of a column in one row group; a bound that nobody knows is null. */
interface GroupBounds {
  readonly key: string;
  readonly rows: number;
  readonly nulls: number;
  readonly least: bigint | number | null;
  readonly greatest: bigint | number | null;
}

const COUNTS = new WeakMap<HatsCatalog, Promise<number | undefined>>();

/**
 * SQL of a relation of one row whose column `rows` is the number of a catalogue's rows: from its partition statistics, without
 * opening a tile, or counted by the engine where it has none.
 */
export async function countRelation(catalog: HatsCatalog, engine: QueryEngine): Promise<string> {
  const known = COUNTS.get(catalog) ?? countRows(catalog, engine);
  COUNTS.set(catalog, known);
  known.catch(() => COUNTS.delete(catalog));
  const rows = await known;
  return rows === undefined
    ? `(SELECT count(*) AS "rows" FROM ${await catalogRelation(catalog)})`
    : `(SELECT CAST(${rows} AS BIGINT) AS "rows")`;
}

/**
 * The tiles and rows that can be among the first in the order of a column, by the bounds of every row group.
 *
 * The relation holds all rows up to the last one that may be needed, ties among them, so that further columns may decide between them.
 *
 * @returns Undefined where statistics leave nothing out: there are none, or fewer rows than asked for have a known place in the order.
 */
export async function firstRowsRelation(
  catalog: HatsCatalog,
  engine: QueryEngine,
  { column, descending, rows }: FirstRows,
): Promise<NarrowedScan | undefined> {
  const spec = (await catalogColumns(catalog)).find(({ name }) => name === column);
  const type = spec && BOUNDED_TYPES[spec.datatype];
  if (type === undefined || rows < 1) return undefined;
  // Only files of this project's own engine say nothing of a row group's bounds when it holds NaN, which is greater than all numbers.
  if (spec?.datatype.startsWith('float') && !isOurs(catalog)) return undefined;
  const groups = await readBounds(catalog, engine, column);
  if (!groups) return undefined;
  const last = lastNeeded(groups, descending, rows);
  if (last === undefined) return undefined;
  const hasNulls = descending && groups.some(({ nulls }) => nulls > 0);
  const kept = groups.filter(({ least, greatest, nulls }) => {
    if (least === null || greatest === null) return true;
    return descending ? greatest >= last || nulls > 0 : least <= last;
  });
  const keys = new Set(kept.map(({ key }) => key));
  const tiles = catalog.tiles.filter((tile) => keys.has(tilePath(tile)));
  const name = quoteName(column);
  const bound = `${name} ${descending ? '>=' : '<='} CAST(${quoteText(String(last))} AS ${type})`;
  const relation = await catalogRelation({ ...catalog, tiles });
  return {
    relation: `(SELECT * FROM ${relation} WHERE ${hasNulls ? `${bound} OR ${name} IS NULL` : bound})`,
    tiles,
    rows: kept.reduce((sum, group) => sum + group.rows, 0),
  };
}

/**
 * A value up to which (from which on, when descending) there are enough rows.
 *
 * Of each row group one row has the value of the bound that comes first, and no other comes after the other bound: where the column
 * has nothing to do with the sky, the first bounds alone leave as many row groups as rows are wanted.
 */
function lastNeeded(groups: readonly GroupBounds[], descending: boolean, rows: number): bigint | number | undefined {
  const ends = groups.flatMap(({ least, greatest, rows: all, nulls }) =>
    least === null || greatest === null || all <= nulls
      ? []
      : [
          { end: descending ? greatest : least, rows: 1 },
          { end: descending ? least : greatest, rows: all - nulls - 1 },
        ],
  );
  ends.sort((a, b) => (a.end === b.end ? 0 : a.end < b.end === descending ? 1 : -1));
  let found = 0;
  for (const group of ends) {
    found += group.rows;
    if (found >= rows) return group.end;
  }
  return undefined;
}

function isOurs({ properties }: HatsCatalog): boolean {
  return (properties['hats_builder'] ?? '').startsWith('almagest');
}

async function countRows(catalog: HatsCatalog, engine: QueryEngine): Promise<number | undefined> {
  const groups = await readBounds(catalog, engine, '_healpix_29');
  return groups?.reduce((sum, { rows }) => sum + rows, 0);
}

/** Statistics of a column in every row group; undefined where they are missing or of other tiles than the catalogue's. */
async function readBounds(catalog: HatsCatalog, engine: QueryEngine, column: string): Promise<GroupBounds[] | undefined> {
  const path = join(catalog.path, 'per_partition_statistics.parquet');
  if (!existsSync(path)) return undefined;
  const relation = parquetRelation([path]);
  const names = new Set((await columnNames(engine, relation)).filter((name) => name.startsWith(`${column}::`)));
  const wanted = ['row_count', 'null_count', 'min_value', 'max_value'].map((name) => `${column}::${name}`);
  if (!wanted.every((name) => names.has(name))) return undefined;
  const table = await queryTable(engine, `SELECT "Norder"::INTEGER, "Npix"::BIGINT, ${wanted.map(quoteName).join(', ')} FROM ${relation}`);
  if (!table) return undefined;
  const cell = (at: number, row: number): bigint | number | null => {
    const { data, nulls } = table.columns[at]!;
    return nulls?.[row] ? null : (data[row] as bigint | number);
  };
  const groups = Array.from({ length: table.nrows }, (_, i): GroupBounds => {
    const [least, greatest] = [cell(4, i), cell(5, i)].map((value) =>
      typeof value === 'number' && !Number.isFinite(value) ? null : value,
    );
    return {
      key: tilePath({ order: Number(cell(0, i)), pixel: Number(cell(1, i)) }),
      rows: Number(cell(2, i)),
      nulls: Number(cell(3, i)),
      least: least ?? null,
      greatest: greatest ?? null,
    };
  });
  const keys = new Set(groups.map(({ key }) => key));
  const isWhole = keys.size === catalog.tiles.length && catalog.tiles.every((tile) => keys.has(tilePath(tile)));
  return isWhole ? groups : undefined;
}

async function columnNames(engine: QueryEngine, relation: string): Promise<readonly string[]> {
  const { columns, batches } = await engine.run(`SELECT * FROM ${relation} LIMIT 0`);
  for await (const _batch of batches) continue;
  return columns.map(({ name }) => name);
}
