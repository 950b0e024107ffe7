import { join } from 'node:path';
import { healpixCover, iterateRanges, type RangeSet, type Region } from '@almagest/sphere';
import { parquetRelation, quoteName } from '../ingest/sql.ts';
import type { QueryEngine } from '../engine/query-engine.ts';
import { queryTable } from '../ingest/sql.ts';
import { type HatsCatalog, type HatsCollection, indexFiles, tileFiles, tilesOfRanges } from './hats-catalog.ts';
import { tilePath } from './properties.ts';

/** What narrows a scan of a catalogue before a row is read. */
export interface ScanOptions {
  /** Only rows in these ranges of `_healpix_29`; files of other tiles are not opened. */
  readonly ranges?: RangeSet;
  /** Columns to read; all by default. */
  readonly columns?: readonly string[];
}

/**
 * SQL of a catalogue's rows as something that stands after FROM, for an engine that reads Parquet.
 *
 * With ranges it holds exactly the rows in them: a superset of a region's rows, to be cut by exact geometry after.
 */
export async function catalogRelation(catalog: HatsCatalog, options: ScanOptions = {}): Promise<string> {
  const { ranges, columns } = options;
  const tiles = ranges ? tilesOfRanges(catalog, ranges) : catalog.tiles;
  const chosen = columns ? columns.map(quoteName).join(', ') : '*';
  const files = await tileFiles(catalog, tiles);
  if (files.length === 0) {
    // No tile is touched: the columns of any file, without rows.
    const any = (await tileFiles(catalog, catalog.tiles.slice(0, 1)))[0] ?? join(catalog.path, 'dataset', '_common_metadata');
    return `(SELECT ${chosen} FROM ${parquetRelation([any])} WHERE false)`;
  }
  const relation = parquetRelation(files);
  if (!ranges) return columns ? `(SELECT ${chosen} FROM ${relation})` : relation;
  return `(SELECT ${chosen} FROM ${relation} WHERE ${rangeCondition(ranges)})`;
}

/** SQL of the rows in or near a region: pruned by tile and index, then to be cut exactly. */
export function regionRelation(catalog: HatsCatalog, region: Region, options: Omit<ScanOptions, 'ranges'> = {}): Promise<string> {
  return catalogRelation(catalog, { ...options, ranges: healpixCover(region) });
}

/** A condition on `_healpix_29`, with the hull of all ranges first so that row groups are skipped by their bounds. */
export function rangeCondition(ranges: RangeSet, column = '_healpix_29'): string {
  const name = quoteName(column);
  const list = [...iterateRanges(ranges)];
  const [first] = list;
  const last = list.at(-1);
  if (!first || !last) return 'false';
  const hull = `${name} >= ${first[0]} AND ${name} < ${last[1]}`;
  return list.length === 1 ? hull : `${hull} AND (${list.map(([begin, end]) => `${name} >= ${begin} AND ${name} < ${end}`).join(' OR ')})`;
}

/**
 * SQL of the rows that have one of some values of an indexed column: only the tiles that the index names are opened.
 *
 * @returns Undefined where the collection has no index of that column.
 */
export async function indexedRelation(
  collection: HatsCollection,
  engine: QueryEngine,
  column: string,
  values: readonly (bigint | number | string)[],
): Promise<string | undefined> {
  const index = collection.indexes.get(column);
  if (!index) return undefined;
  const list = values.map(literal).join(', ');
  const name = quoteName(column);
  if (values.length === 0) return catalogRelation({ ...collection.primary, tiles: [] });
  const found = await queryTable(
    engine,
    `SELECT DISTINCT "Norder"::INTEGER AS o, "Npix"::BIGINT AS p FROM ${parquetRelation(await indexFiles(index))} WHERE ${name} IN (${list})`,
  );
  const keys = new Set(
    Array.from({ length: found?.nrows ?? 0 }, (_, i) =>
      tilePath({ order: Number(found?.columns[0]?.data[i]), pixel: Number(found?.columns[1]?.data[i]) }),
    ),
  );
  const tiles = collection.primary.tiles.filter((tile) => keys.has(tilePath(tile)));
  const relation = await catalogRelation({ ...collection.primary, tiles: tiles.length > 0 ? tiles : collection.primary.tiles.slice(0, 1) });
  return `(SELECT * FROM ${relation} WHERE ${name} IN (${list}))`;
}

function literal(value: bigint | number | string): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
