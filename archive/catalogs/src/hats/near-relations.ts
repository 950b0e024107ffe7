/** Rows of two catalogues so that those near each other meet in an equality join: by tile, with the margin of one, and by zone in declination. */
import { iterateRanges, rangeSet, type RangeSet, rangesIntersect, subtractRanges } from '@almagest/sphere';
import { parquetRelation, quoteName } from '../ingest/sql.ts';
import { catalogRelation, rangeCondition } from './catalog-relation.ts';
import { catalogColumns, type HatsCatalog, type HatsCollection, tileFiles, tilesOfRanges } from './hats-catalog.ts';
import { type HatsTile, tilePath, tileRange } from './properties.ts';

/** Column of the number of the tile that owns a pair. */
export const NEAR_TILE = '_near_tile';
/** Column of the zone in declination. */
export const NEAR_ZONE = '_near_zone';

const ARCSEC_PER_DEGREE = 3600;
/** Zones are wider than the radius by more than the rounding of declinations. */
const ZONE_SLACK_DEG = 1e-9;
/** Thresholds are written as decimals. */
const ROUNDING = 1e-12;
/** Bits of the index below a tile of order 0. */
const INDEX_BITS = 58;

/** Number in place of a tile's where the neighbour has none. */
const GAP = -1;
/** Cells that fill these gaps at most: each is part of the SQL. */
const MOST_GAPS = 5000;

export interface NearJoin {
  /** Every pair belongs to the tile in which its row of this catalogue lies. */
  readonly owner: HatsCollection;
  /** Its tiles and their margins are searched. */
  readonly neighbour: HatsCollection;
  /** Greatest distance of a pair [degree]. */
  readonly radius: number;
  /** Rows of the owner outside of these cannot matter. */
  readonly ranges?: RangeSet;
}

/** Whether a join by tiles finds every pair: the neighbour has a margin as wide as the radius, and both know where their rows are. */
export function canJoinNear(join: NearJoin): boolean {
  const { owner, neighbour, radius } = join;
  if (!(radius >= 0) || !marginFor(neighbour, radius) || neighbour.primary.tiles.length === 0) return false;
  if ([owner, neighbour].some(({ primary }) => primary.decColumn === undefined)) return false;
  return isSame(owner, neighbour) || (owner.primary.properties['hats_col_healpix'] === '_healpix_29' && gapsOf(join).length <= MOST_GAPS);
}

/**
 * SQL of the owner's rows, three of each: for its tile of the neighbour and its zone and the two beside it.
 *
 * @see {@link canJoinNear} for when to use it.
 */
export async function nearOwnerRelation(join: NearJoin): Promise<string> {
  const { owner, neighbour, ranges } = join;
  const zone = `${zoneOf(owner.primary, join)} + v.u`;
  const zones = '(VALUES (-1), (0), (1)) v(u)';
  if (isSame(owner, neighbour)) {
    const tiles = ranges ? tilesOfRanges(owner.primary, ranges) : owner.primary.tiles;
    const rows = await rowsWithTile(owner.primary, tiles, numbersOf(neighbour), '*');
    const inside = ranges ? ` WHERE ${rangeCondition(ranges)}` : '';
    return `(SELECT r.*, ${zone} AS "${NEAR_ZONE}" FROM ${rows} r, ${zones}${inside})`;
  }
  const cells = [
    ...neighbour.primary.tiles.map((tile, i) => ({ ...tile, key: i })),
    ...gapsOf(join).map((tile) => ({ ...tile, key: GAP })),
  ];
  const orders = [...new Set(cells.map(({ order }) => order))];
  const base = await catalogRelation(owner.primary, ranges ? { ranges } : {});
  return `(SELECT r.*, t.k AS "${NEAR_TILE}", ${zone} AS "${NEAR_ZONE}"
    FROM (SELECT * FROM ${base}) r, (VALUES ${orders.map((order) => `(${order})`).join(', ')}) o(n),
      (VALUES ${cells.map(({ order, pixel, key }) => `(${key}, ${order}, ${pixel}::BIGINT)`).join(', ')}) t(k, n, p), ${zones}
    WHERE t.n = o.n AND t.p = (r._healpix_29 >> (${INDEX_BITS} - 2 * o.n)))`;
}

/** SQL of the neighbour's rows, once for their own tile and once for each tile whose margin they are in, and once for where it has none. */
export async function nearNeighbourRelation(join: NearJoin): Promise<string> {
  const { neighbour, radius, ranges } = join;
  const margin = marginFor(neighbour, radius);
  const { primary } = neighbour;
  const tiles = ranges ? tilesOfRanges(primary, ranges) : primary.tiles;
  const columns = (await catalogColumns(primary)).map(({ name }) => quoteName(name)).join(', ');
  const numbers = numbersOf(neighbour);
  const wanted = new Set(tiles.map((tile) => tilePath(tile)));
  const beside = margin?.tiles.filter((tile) => wanted.has(tilePath(tile))) ?? [];
  const parts = [await rowsWithTile(primary, tiles, numbers, columns)];
  if (margin && beside.length > 0) parts.push(await rowsWithTile(margin, beside, numbers, columns));
  // Rows of the owner where the neighbour has no tile may be near any of its rows.
  if (gapsOf(join).length > 0) parts.push(`(SELECT ${columns}, ${GAP} AS "${NEAR_TILE}" FROM ${await catalogRelation(primary)})`);
  return `(SELECT r.*, ${zoneOf(primary, join)} AS "${NEAR_ZONE}" FROM (${parts.map((part) => `FROM ${part}`).join(' UNION ALL ')}) r)`;
}

/** Rows of tiles with the number of their tile: the engine knows which file of the list a row is from. */
async function rowsWithTile(
  catalog: HatsCatalog,
  tiles: readonly HatsTile[],
  numbers: ReadonlyMap<string, number>,
  columns: string,
): Promise<string> {
  const files: string[] = [];
  const keys: number[] = [];
  for (const tile of tiles)
    for (const path of await tileFiles(catalog, [tile])) {
      files.push(path);
      keys.push(numbers.get(tilePath(tile)) ?? -1);
    }
  if (files.length === 0) return `(SELECT ${columns}, 0 AS "${NEAR_TILE}" FROM ${await catalogRelation({ ...catalog, tiles: [] })})`;
  const relation = parquetRelation(files);
  if (keys.every((key, i) => key === i)) return `(SELECT ${columns}, file_index AS "${NEAR_TILE}" FROM ${relation})`;
  const names = keys.map((key, i) => `(${i}, ${key})`).join(', ');
  return `(SELECT f.* EXCLUDE ("_near_file"), n.k AS "${NEAR_TILE}" FROM (SELECT ${columns}, file_index AS "_near_file" FROM ${relation}) f JOIN (VALUES ${names}) n(i, k) ON n.i = f."_near_file")`;
}

function zoneOf({ decColumn }: HatsCatalog, { radius }: NearJoin): string {
  return `TRY_CAST(floor(r.${quoteName(decColumn ?? '')} / ${(radius + Math.max(radius, 1e-6) * 1e-4 + ZONE_SLACK_DEG).toExponential()}) AS BIGINT)`;
}

/** The narrowest margin that is wide enough. */
function marginFor({ margins }: HatsCollection, radius: number): HatsCatalog | undefined {
  const threshold = (margin: HatsCatalog): number => Number(margin.properties['hats_margin_threshold'] ?? Number.NaN);
  return margins
    .filter((margin) => threshold(margin) * (1 + ROUNDING) >= radius * ARCSEC_PER_DEGREE)
    .toSorted((a, b) => threshold(a) - threshold(b))[0];
}

function numbersOf({ primary }: HatsCollection): ReadonlyMap<string, number> {
  return new Map(primary.tiles.map((tile, i) => [tilePath(tile), i]));
}

function isSame(a: HatsCollection, b: HatsCollection): boolean {
  return a.primary === b.primary;
}

/** Cells that make up the tiles of the owner outside the tiles of the neighbour. */
function gapsOf({ owner, neighbour, ranges }: NearJoin): readonly HatsTile[] {
  if (isSame(owner, neighbour)) return [];
  const outside = GAPS.get(owner.primary)?.get(neighbour.primary) ?? subtractRanges(spanOf(owner), spanOf(neighbour));
  const known = GAPS.get(owner.primary) ?? new WeakMap<HatsCatalog, RangeSet>();
  GAPS.set(owner.primary, known.set(neighbour.primary, outside));
  const cells = cellsOf(outside);
  return ranges ? cells.filter((cell) => rangesIntersect(ranges, rangeSet([tileRange(cell)]))) : cells;
}

const GAPS = new WeakMap<HatsCatalog, WeakMap<HatsCatalog, RangeSet>>();

function spanOf({ primary }: HatsCollection): RangeSet {
  return rangeSet(primary.tiles.map(tileRange));
}

/** The fewest HEALPix cells that make up ranges of order 29. */
function cellsOf(ranges: RangeSet): HatsTile[] {
  const cells: HatsTile[] = [];
  for (const [begin, end] of iterateRanges(ranges)) {
    for (let at = begin; at < end && cells.length <= MOST_GAPS;) {
      let bits = 0n;
      while (bits < INDEX_BITS && (at & ((1n << (bits + 2n)) - 1n)) === 0n && at + (1n << (bits + 2n)) <= end) bits += 2n;
      cells.push({ order: (INDEX_BITS - Number(bits)) / 2, pixel: Number(at >> bits) });
      at += 1n << bits;
    }
  }
  return cells;
}
