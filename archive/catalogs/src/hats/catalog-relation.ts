import { join } from 'node:path';
import { healpixCover, iterateRanges, type RangeSet, type Region } from '@almagest/sphere';
import { fileList, parquetRelation, quoteName, quoteText } from '../ingest/sql.ts';
import type { QueryEngine } from '../engine/query-engine.ts';
import { queryTable } from '../ingest/sql.ts';
import { catalogColumns, type HatsCatalog, type HatsCollection, indexFiles, tileFiles, tilesOfRanges } from './hats-catalog.ts';
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
  const { parts, hasPlaces } = await contentOf(index, engine, column);
  const files = parts.filter((part) => values.some((value) => mayHold(part, value))).map(({ path }) => path);
  const found =
    files.length === 0
      ? undefined
      : await queryTable(
          engine,
          `SELECT ${hasPlaces ? '' : 'DISTINCT '}"Norder"::INTEGER AS o, "Npix"::BIGINT AS p${hasPlaces ? ', _healpix_29 AS h' : ''} FROM ${parquetRelation(files)} WHERE ${name} IN (${list})`,
        );
  const count = found?.nrows ?? 0;
  const keys = new Set(
    Array.from({ length: count }, (_, i) =>
      tilePath({ order: Number(found?.columns[0]?.data[i]), pixel: Number(found?.columns[1]?.data[i]) }),
    ),
  );
  const tiles = collection.primary.tiles.filter((tile) => keys.has(tilePath(tile)));
  const relation = await catalogRelation({ ...collection.primary, tiles: tiles.length > 0 ? tiles : collection.primary.tiles.slice(0, 1) });
  const places = hasPlaces ? [...new Set((found?.columns[2]?.data ?? []) as Iterable<bigint>)] : [];
  const near =
    places.length === 0 ? '' : ` AND ${places.length === 1 ? `_healpix_29 = ${places[0]}` : `_healpix_29 IN (${places.join(', ')})`}`;
  return `(SELECT * FROM ${relation} WHERE ${name} IN (${list})${near})`;
}

interface IndexPart {
  readonly path: string;
  /** Least and greatest value of integers, where the footer tells. */
  readonly least: bigint | undefined;
  readonly greatest: bigint | undefined;
}

interface IndexContent {
  readonly parts: readonly IndexPart[];
  /** Whether it tells the place of a row within its tile, so that one row group is read. */
  readonly hasPlaces: boolean;
}

/** What the footers of an index tell, read once. */
const CONTENTS = new WeakMap<HatsCatalog, Promise<IndexContent>>();

function contentOf(index: HatsCatalog, engine: QueryEngine, column: string): Promise<IndexContent> {
  const known = CONTENTS.get(index) ?? readContent(index, engine, column);
  CONTENTS.set(index, known);
  known.catch(() => CONTENTS.delete(index));
  return known;
}

async function readContent(index: HatsCatalog, engine: QueryEngine, column: string): Promise<IndexContent> {
  const files = await indexFiles(index);
  const hasPlaces = (await catalogColumns(index)).some(({ name }) => name === '_healpix_29');
  const found = await queryTable(
    engine,
    `SELECT file_name, min("type"), list(stats_min_value), list(stats_max_value), count(*), count(stats_min_value) FROM parquet_metadata(${fileList(files)}) WHERE path_in_schema = ${quoteText(column)} GROUP BY 1`,
  );
  const rows = new Map(
    Array.from({ length: found?.nrows ?? 0 }, (_, i) => [String(found!.columns[0]!.data[i]), found!.columns.map(({ data }) => data[i])]),
  );
  const parts = files.map((path): IndexPart => {
    const row = rows.get(path);
    const isWhole = row !== undefined && Number(row[4]) === Number(row[5]) && String(row[1]).startsWith('INT');
    if (!isWhole) return { path, least: undefined, greatest: undefined };
    const bounds = [row[2], row[3]].map((text) => [...String(text).matchAll(/-?\d+/g)].map(([digits]) => BigInt(digits)));
    const least = bounds[0]!.reduce((a, b) => (b < a ? b : a));
    const greatest = bounds[1]!.reduce((a, b) => (b > a ? b : a));
    return { path, least, greatest };
  });
  return { parts, hasPlaces };
}

function mayHold({ least, greatest }: IndexPart, value: bigint | number | string): boolean {
  if (least === undefined || greatest === undefined || typeof value === 'string') return true;
  return value >= least && value <= greatest;
}

function literal(value: bigint | number | string): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
