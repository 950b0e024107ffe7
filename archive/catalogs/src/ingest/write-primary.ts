import { existsSync } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileMetaData } from 'hyparquet';
import { writeFileAtomic } from '@almagest/resources';
import { type ColumnSpec, votableHeaderXml, VOPARQUET_CONTENT, VOPARQUET_VERSION, writeParquet } from '@almagest/table';
import type { QueryEngine } from '../engine/query-engine.ts';
import { CatalogInputError } from '../errors.ts';
import { combinedFooter, partitionStatistics, readFooter } from '../hats/parquet-footers.ts';
import { type PlannedTile, planTiles } from '../hats/plan-tiles.ts';
import { formatPartitionInfo, formatProperties, type HatsTile, tilePath, tileRange } from '../hats/properties.ts';
import { skyMapFile } from '../hats/sky-map-file.ts';
import type { IngestOptions } from './ingest-options.ts';
import { execute, parquetRelation, queryTable, quoteText } from './sql.ts';

/** What the steps of an ingest share. */
export interface BuildContext {
  readonly engine: QueryEngine;
  /** All rows in the order of the sky, as Parquet; rows without a position come first. */
  readonly stage: string;
  /** Folder of the collection being built. */
  readonly folder: string;
  /** Columns apart from `_healpix_29`. */
  readonly columns: readonly ColumnSpec[];
  readonly options: IngestOptions;
  /** Properties that every part of the collection has. */
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * Rows of a row group, which is what a search by position reads at least. A cone of 1 arcmin takes 3.0 ms with these, 4.8 ms with
 * 50 000 and no less with 10 000, since footers grow; wide tables have the more cells in each, so that footers stay small.
 */
const ROW_GROUP_ROWS = 20_480;
const WIDE_ROW_GROUP_ROWS = 51_200;
const WIDE_COLUMNS = 100;
/** Finest order of the sky map: 786 432 pixels. */
const SKY_MAP_ORDER = 8;

/** Writes the tiles of the catalogue itself, with its statistics and sky map. */
export async function writePrimary(context: BuildContext): Promise<{ readonly tiles: readonly PlannedTile[]; readonly rows: number }> {
  const { stage, options } = context;
  const { lowestOrder = 0, highestOrder = 10, maxRows = 1_000_000 } = options;
  if (!(lowestOrder >= 0 && lowestOrder <= highestOrder && highestOrder <= 20 && maxRows >= 1))
    throw new CatalogInputError(
      `orders must satisfy 0 <= lowest <= highest <= 20, and maxRows be positive; found ${lowestOrder}, ${highestOrder}, ${maxRows}`,
      { details: {} },
    );
  const tiles = await planTiles(
    async (order, parents) => {
      const inside = parents === undefined ? '' : ` AND (_healpix_29 >> ${2 * (30 - order)}) IN (${parents.join(', ')})`;
      const { pixels, counts } = await countRows(context, order, inside);
      return new Map(Array.from(pixels, (pixel, i) => [Number(pixel), Number(counts[i])]));
    },
    { lowestOrder, highestOrder, maxRows },
  );
  if (tiles.length === 0) throw new CatalogInputError('the inputs hold no row with a position on the sky', { details: { rows: 0 } });
  const rows = tiles.reduce((sum, tile) => sum + tile.rows, 0);
  const folder = join(context.folder, options.name);
  const columns = withIndex(context.columns);
  for (const tile of tiles) {
    const [first, end] = tileRange(tile);
    await writeTile(
      context,
      folder,
      tile,
      `SELECT * FROM ${parquetRelation([stage])} WHERE _healpix_29 >= ${first} AND _healpix_29 < ${end} ORDER BY _healpix_29`,
      columns,
    );
  }
  const parts = await describeDataset(folder, tiles);
  await put(join(folder, 'per_partition_statistics.parquet'), await writeParquet(partitionStatistics(parts, columns)));
  const mapOrder = Math.min(SKY_MAP_ORDER, highestOrder);
  const map = await skyMapFile(await skyCounts(context, mapOrder), mapOrder);
  await put(join(folder, 'skymap.fits'), map);
  await put(join(folder, 'point_map.fits'), map);
  await writeProperties(context, folder, tiles, {
    obs_collection: options.name,
    dataproduct_type: options.kind ?? 'object',
    hats_nrows: rows,
    hats_col_ra: options.raColumn,
    hats_col_dec: options.decColumn,
    hats_col_healpix: '_healpix_29',
    hats_col_healpix_order: 29,
    hats_npix_suffix: '.parquet',
    hats_skymap_order: mapOrder,
    hats_max_rows: maxRows,
    hats_order: Math.max(...tiles.map((tile) => tile.order)),
    moc_sky_fraction: tiles.reduce((sum, tile) => sum + 1 / (12 * 4 ** tile.order), 0).toFixed(5),
    ...(options.indexColumn === undefined ? {} : { default_index: options.indexColumn }),
  });
  return { tiles, rows };
}

/** Rows by pixel of an order, as the engine counts them. */
async function countRows(
  context: BuildContext,
  order: number,
  condition: string,
): Promise<{ readonly pixels: ArrayLike<bigint>; readonly counts: ArrayLike<bigint> }> {
  const table = await queryTable(
    context.engine,
    `SELECT (_healpix_29 >> ${2 * (29 - order)})::BIGINT AS pixel, count(*)::BIGINT AS n FROM ${parquetRelation([context.stage])} WHERE _healpix_29 IS NOT NULL${condition} GROUP BY 1`,
    context.options.signal,
  );
  return { pixels: (table?.columns[0]?.data ?? []) as ArrayLike<bigint>, counts: (table?.columns[1]?.data ?? []) as ArrayLike<bigint> };
}

/** Rows of every pixel of an order. */
async function skyCounts(context: BuildContext, order: number): Promise<BigInt64Array> {
  const values = new BigInt64Array(12 * 4 ** order);
  const { pixels, counts } = await countRows(context, order, '');
  for (let i = 0; i < pixels.length; i++) values[Number(pixels[i])] = counts[i] ?? 0n;
  return values;
}

/** All columns of a tile: the index first. */
export function withIndex(columns: readonly ColumnSpec[]): ColumnSpec[] {
  return [
    { name: '_healpix_29', datatype: 'int64', ucd: 'pos.healpix', description: 'Nested HEALPix index of order 29 of the position.' },
    ...columns,
  ];
}

/** Writes one tile by a query, with the columns' metadata in its footer; a tile that is there is complete and stays. */
export async function writeTile(
  context: BuildContext,
  folder: string,
  tile: HatsTile,
  sql: string,
  columns: readonly ColumnSpec[],
): Promise<void> {
  const path = join(folder, 'dataset', tilePath(tile));
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const xml = votableHeaderXml(columns, { name: context.options.name });
  await execute(
    context.engine,
    `COPY (${sql}) TO ${quoteText(`${path}.tmp`)} (FORMAT parquet, PARQUET_VERSION V2, CODEC 'zstd', ROW_GROUP_SIZE ${columns.length < WIDE_COLUMNS ? ROW_GROUP_ROWS : WIDE_ROW_GROUP_ROWS}, KV_METADATA {${quoteText(VOPARQUET_VERSION)}: '1.0', ${quoteText(VOPARQUET_CONTENT)}: ${quoteText(xml)}})`,
    context.options.signal,
  );
  await rename(`${path}.tmp`, path);
}

/** Reads the tiles' footers and writes `_metadata` and `_common_metadata` from them. */
export async function describeDataset(
  folder: string,
  tiles: readonly HatsTile[],
): Promise<readonly { readonly tile: HatsTile; readonly path: string; readonly footer: FileMetaData }[]> {
  const parts = [];
  for (const tile of tiles) parts.push({ tile, path: tilePath(tile), footer: await readFooter(join(folder, 'dataset', tilePath(tile))) });
  await put(join(folder, 'dataset', '_metadata'), combinedFooter(parts, { rowGroups: true }));
  await put(join(folder, 'dataset', '_common_metadata'), combinedFooter(parts.slice(0, 1), { rowGroups: false }));
  return parts;
}

/** Writes partition_info.csv and the properties under both of their names. */
export async function writeProperties(
  context: BuildContext,
  folder: string,
  tiles: readonly HatsTile[] | undefined,
  own: Readonly<Record<string, string | number | undefined>>,
): Promise<void> {
  if (tiles) await put(join(folder, 'partition_info.csv'), formatPartitionInfo(tiles));
  const size = tiles ? await Promise.all(tiles.map(async (tile) => (await stat(join(folder, 'dataset', tilePath(tile)))).size)) : [];
  const text = formatProperties('HATS catalog', {
    ...own,
    ...context.properties,
    ...(tiles ? { hats_estsize: Math.ceil(size.reduce((a, b) => a + b, 0) / 1024) } : {}),
  });
  await put(join(folder, 'hats.properties'), text);
  await put(join(folder, 'properties'), text);
}

/** Writes a file whole; the transaction makes it durable at its end. */
export async function put(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, content, { durable: false });
}
