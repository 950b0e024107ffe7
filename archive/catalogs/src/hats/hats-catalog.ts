import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ColumnSpec } from '@almagest/table';
import { readParquetSummary } from '@almagest/table';
import { openFile } from '@almagest/resources';
import { iterateRanges, type RangeSet } from '@almagest/sphere';
import { CatalogDamagedError, CatalogNotFoundError } from '../errors.ts';
import { type HatsProperties, type HatsTile, parsePartitionInfo, parseProperties, sortTiles, tilePath, tileRange } from './properties.ts';

/** A HATS catalogue (or margin, or index) on disk. */
export interface HatsCatalog {
  readonly path: string;
  readonly name: string;
  /** `object`, `source`, `margin`, `index`, ... */
  readonly kind: string;
  readonly properties: HatsProperties;
  readonly nrows: number;
  readonly raColumn: string | undefined;
  readonly decColumn: string | undefined;
  /** In the order of the sky; empty for an index. */
  readonly tiles: readonly HatsTile[];
}

/** A catalogue with its margin caches and indexes. */
export interface HatsCollection {
  readonly path: string;
  readonly name: string;
  readonly properties: HatsProperties;
  readonly primary: HatsCatalog;
  readonly margins: readonly HatsCatalog[];
  /** By indexed column. */
  readonly indexes: ReadonlyMap<string, HatsCatalog>;
}

/**
 * Opens a HATS folder: a collection, or a catalogue by itself.
 *
 * @throws {CatalogNotFoundError} if the folder is neither. {@link CatalogDamagedError} if a part that it names is missing.
 */
export async function openCollection(path: string): Promise<HatsCollection> {
  const text = await readText(join(path, 'collection.properties'));
  if (text === undefined) {
    const primary = await openCatalog(path);
    return { path, name: primary.name, properties: primary.properties, primary, margins: [], indexes: new Map() };
  }
  const properties = parseProperties(text);
  const primaryName = properties['hats_primary_table_url'];
  if (!primaryName) throw new CatalogDamagedError(`${path} names no primary table`, { details: { path } });
  const inside = (name: string): string => {
    if (basename(name) !== name || name.startsWith('.'))
      throw new CatalogDamagedError(`${path} names a part outside itself: "${name}"`, { details: { path } });
    return join(path, name);
  };
  const margins = await Promise.all(words(properties['all_margins']).map((name) => openCatalog(inside(name))));
  const pairs = words(properties['all_indexes']);
  const indexes = new Map<string, HatsCatalog>();
  for (let i = 0; i + 1 < pairs.length; i += 2) indexes.set(pairs[i] as string, await openCatalog(inside(pairs[i + 1] as string)));
  return {
    path,
    name: properties['obs_collection'] ?? properties['name'] ?? basename(path),
    properties,
    primary: await openCatalog(inside(primaryName)),
    margins,
    indexes,
  };
}

/** Opens one HATS catalogue, margin or index. @throws {CatalogNotFoundError} if the folder is none. */
export async function openCatalog(path: string): Promise<HatsCatalog> {
  const text = (await readText(join(path, 'hats.properties'))) ?? (await readText(join(path, 'properties')));
  if (text === undefined)
    throw new CatalogNotFoundError(`${path} holds no HATS catalogue: it has neither hats.properties nor collection.properties`, {
      details: { path },
    });
  const properties = parseProperties(text);
  const kind = properties['dataproduct_type'] ?? 'object';
  const info = await readText(join(path, 'partition_info.csv'));
  const tiles = info === undefined ? await tilesOnDisk(join(path, 'dataset')) : parsePartitionInfo(info);
  return {
    path,
    name: properties['obs_collection'] ?? basename(path),
    kind,
    properties,
    nrows: Number(properties['hats_nrows'] ?? 0),
    raColumn: properties['hats_col_ra'],
    decColumn: properties['hats_col_dec'],
    tiles: sortTiles(tiles),
  };
}

/** Files of tiles, as paths; a tile that is a folder of parts gives all of them. */
export async function tileFiles(catalog: HatsCatalog, tiles: readonly HatsTile[] = catalog.tiles): Promise<string[]> {
  const suffix = catalog.properties['hats_npix_suffix'] ?? '.parquet';
  const found: string[] = [];
  for (const tile of tiles) {
    const path = join(catalog.path, 'dataset', tilePath(tile, suffix === '/' ? '' : suffix));
    if (suffix !== '/') found.push(path);
    else
      for (const name of (await readdir(path)).toSorted()) if (!name.startsWith('_') && !name.startsWith('.')) found.push(join(path, name));
  }
  return found;
}

/** Where the tiles of a catalogue begin and end, in their order. */
const BOUNDS = new WeakMap<HatsCatalog, { readonly firsts: BigUint64Array; readonly ends: BigUint64Array }>();

/** Tiles that hold any of the ranges of order 29, so that only their files are opened. */
export function tilesOfRanges(catalog: HatsCatalog, ranges: RangeSet): HatsTile[] {
  const { tiles } = catalog;
  const { firsts, ends } = boundsOf(catalog);
  const found: HatsTile[] = [];
  let next = 0;
  for (const [begin, stop] of iterateRanges(ranges)) {
    next = Math.max(next, firstAfter(ends, begin));
    while (next < tiles.length && firsts[next]! < stop) found.push(tiles[next++]!);
  }
  return found;
}

function boundsOf(catalog: HatsCatalog): { readonly firsts: BigUint64Array; readonly ends: BigUint64Array } {
  const known = BOUNDS.get(catalog);
  if (known) return known;
  const ranges = catalog.tiles.map(tileRange);
  const made = { firsts: BigUint64Array.from(ranges, ([first]) => first), ends: BigUint64Array.from(ranges, ([, end]) => end) };
  BOUNDS.set(catalog, made);
  return made;
}

/** Index of the first value greater than `value` in an ascending array. */
function firstAfter(values: BigUint64Array, value: bigint): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Columns with units and descriptions, from the first file. */
export async function catalogColumns(catalog: HatsCatalog): Promise<readonly ColumnSpec[]> {
  const [first] = catalog.kind === 'index' ? await indexFiles(catalog) : await tileFiles(catalog, catalog.tiles.slice(0, 1));
  const common = join(catalog.path, 'dataset', '_common_metadata');
  const path = first !== undefined && existsSync(first) ? first : common;
  await using file = await openFile(path);
  return (await readParquetSummary(file)).columns;
}

/** Files of an index, in their order. */
export async function indexFiles(catalog: HatsCatalog): Promise<string[]> {
  const folder = join(catalog.path, 'dataset', 'index');
  return (await readdir(folder))
    .filter((name) => name.endsWith('.parquet'))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

async function tilesOnDisk(dataset: string): Promise<HatsTile[]> {
  const tiles: HatsTile[] = [];
  for (const order of await list(dataset, /^Norder=(\d+)$/))
    for (const dir of await list(join(dataset, order.name), /^Dir=(\d+)$/))
      for (const pixel of await list(join(dataset, order.name, dir.name), /^Npix=(\d+)/))
        tiles.push({ order: order.value, pixel: pixel.value });
  return tiles;
}

async function list(folder: string, pattern: RegExp): Promise<{ name: string; value: number }[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).flatMap((name) => {
    const match = pattern.exec(name);
    return match ? [{ name, value: Number(match[1]) }] : [];
  });
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

async function readText(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, 'utf8') : undefined;
}
