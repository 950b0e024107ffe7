import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getColumn } from '@almagest/table';
import type { QueryEngine } from '../engine/query-engine.ts';
import { parquetRelation, queryTable, quoteName } from '../ingest/sql.ts';
import { type HatsCatalog, type HatsCollection, indexFiles, tileFiles } from './hats-catalog.ts';
import { marginCells, tileMarginOrder } from './margin-cells.ts';
import { readFooter } from './parquet-footers.ts';
import { tilePath, tileRange } from './properties.ts';

/** Something that a catalogue's files say and that is not so. */
export interface CatalogIssue {
  readonly catalog: string;
  readonly message: string;
}

export interface VerifyResult {
  readonly rows: number;
  readonly tiles: number;
  readonly marginRows: number;
  readonly issues: readonly CatalogIssue[];
}

/**
 * Checks a collection against itself: files and row counts, that each row lies in its tile and (with `positions`) at its position,
 * that rows are in order, that the margin holds rows of other tiles only, and that the index finds every row.
 *
 * @param engine - An engine that knows `almagest_healpix29`.
 */
export async function verifyCollection(
  collection: HatsCollection,
  engine: QueryEngine,
  options: { readonly positions?: boolean } = {},
): Promise<VerifyResult> {
  const issues: CatalogIssue[] = [];
  const { primary } = collection;
  const rows = await verifyTiles(primary, engine, issues, { margin: false, positions: options.positions ?? true });
  let marginRows = 0;
  for (const margin of collection.margins)
    marginRows += await verifyTiles(margin, engine, issues, { margin: true, positions: options.positions ?? true });
  for (const [column, index] of collection.indexes) await verifyIndex(primary, index, column, engine, issues);
  return { rows, tiles: primary.tiles.length, marginRows, issues };
}

async function verifyTiles(
  catalog: HatsCatalog,
  engine: QueryEngine,
  issues: CatalogIssue[],
  options: { readonly margin: boolean; readonly positions: boolean },
): Promise<number> {
  const add = (message: string): void => void issues.push({ catalog: catalog.name, message });
  let total = 0;
  const directories = catalog.properties['hats_npix_suffix'] === '/';
  overlaps(catalog, add);
  for (const tile of catalog.tiles) {
    const where = tilePath(tile);
    const files = await tileFiles(catalog, [tile]).catch(() => []);
    if (files.length === 0 || files.some((file) => !existsSync(file))) {
      add(`${where} is missing`);
      continue;
    }
    const [first, end] = tileRange(tile);
    const inside = `_healpix_29 >= ${first} AND _healpix_29 < ${end}`;
    const order = tileMarginOrder(tile, Number(catalog.properties['hats_margin_threshold'] ?? 1));
    const cells = options.margin ? marginCells(tile, order) : [];
    // Margins of other makers may be wider or narrower; ours hold only pixels around the tile.
    const near =
      options.margin && cells.length < 20_000 && ours(catalog) ? `AND (_healpix_29 >> ${2 * (29 - order)}) IN (${cells.join(', ')})` : '';
    const misplaced = options.margin ? `NOT (NOT (${inside}) ${near})` : `NOT (${inside})`;
    const position =
      options.positions && catalog.raColumn !== undefined && catalog.decColumn !== undefined
        ? `count(*) FILTER (almagest_healpix29(${quoteName(catalog.raColumn)}::DOUBLE, ${quoteName(catalog.decColumn)}::DOUBLE) IS DISTINCT FROM _healpix_29)`
        : '0';
    try {
      const table = await queryTable(
        engine,
        `SELECT count(*)::BIGINT AS n, count(*) FILTER (${misplaced} OR _healpix_29 IS NULL)::BIGINT AS misplaced, (${position})::BIGINT AS moved,
          count(*) FILTER (previous > _healpix_29)::BIGINT AS unsorted FROM (SELECT *, lag(_healpix_29) OVER (ORDER BY file_row_number) AS previous FROM read_parquet([${files.map((f) => `'${f.replaceAll("'", "''")}'`).join(', ')}], hive_partitioning = false, file_row_number = true))`,
      );
      if (!table) continue;
      const [n = 0, wrong = 0, moved = 0, unsorted = 0] = table.columns.map((column) => Number(column.data[0]));
      total += n;
      if (wrong > 0) add(`${where} has ${wrong} rows that belong elsewhere`);
      if (moved > 0) add(`${where} has ${moved} rows whose index is not that of their position`);
      if (unsorted > 0 && !directories) add(`${where} is not in the order of _healpix_29`);
    } catch (error) {
      add(`${where} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (total !== catalog.nrows) add(`hats_nrows is ${catalog.nrows}; the tiles hold ${total} rows`);
  await verifyMetadata(catalog, total, add);
  return total;
}

function ours(catalog: HatsCatalog): boolean {
  return catalog.properties['hats_builder']?.startsWith('almagest') ?? false;
}

function overlaps(catalog: HatsCatalog, add: (message: string) => void): void {
  let reached = -1n;
  for (const tile of catalog.tiles) {
    const [first, end] = tileRange(tile);
    if (first < reached) add(`${tilePath(tile)} overlaps another tile`);
    if (end > reached) reached = end;
  }
}

async function verifyMetadata(catalog: HatsCatalog, rows: number, add: (message: string) => void): Promise<void> {
  const path = join(catalog.path, 'dataset', '_metadata');
  if (catalog.tiles.length === 0 || !existsSync(path)) return;
  try {
    const footer = await readFooter(path);
    if (Number(footer.num_rows) !== rows) add(`_metadata lists ${footer.num_rows} rows; the tiles hold ${rows}`);
  } catch (error) {
    add(`_metadata cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Every value must be found in the tile that the index says, and no value be missing. */
async function verifyIndex(
  primary: HatsCatalog,
  index: HatsCatalog,
  column: string,
  engine: QueryEngine,
  issues: CatalogIssue[],
): Promise<void> {
  const name = quoteName(column);
  const tiles = primary.tiles.map((tile) => `(${tileRange(tile)[0]}, ${tile.order}, ${tile.pixel})`).join(', ');
  const wanted = `SELECT DISTINCT s.${name} AS v, t.o AS o, t.p AS p FROM ${parquetRelation(await tileFiles(primary))} s ASOF JOIN (VALUES ${tiles}) t(f, o, p) ON s._healpix_29 >= t.f WHERE s.${name} IS NOT NULL`;
  const found = `SELECT ${name} AS v, "Norder"::BIGINT AS o, "Npix"::BIGINT AS p FROM ${parquetRelation(await indexFiles(index))}`;
  const table = await queryTable(
    engine,
    `SELECT (SELECT count(*) FROM (SELECT v, o::BIGINT, p::BIGINT FROM (${wanted}) EXCEPT ${found}))::BIGINT AS missing, (SELECT count(*) FROM (${found} EXCEPT SELECT v, o::BIGINT, p::BIGINT FROM (${wanted})))::BIGINT AS extra`,
  );
  const missing = table ? Number(getColumn(table, 'missing').data[0]) : 0;
  const extra = table ? Number(getColumn(table, 'extra').data[0]) : 0;
  if (missing > 0) issues.push({ catalog: index.name, message: `${missing} values of "${column}" are not in the index` });
  if (extra > 0) issues.push({ catalog: index.name, message: `${extra} entries of the index point to tiles without that value` });
}
