import type { AdqlType, CatalogTable, SkyConstraint, SqlSource } from '@almagest/adql';
import { stat } from 'node:fs/promises';
import {
  canJoinNear,
  catalogRelation,
  countRelation,
  firstRowsRelation,
  type CatalogRecord,
  type HatsCatalog,
  type HatsCollection,
  type HatsTile,
  indexedRelation,
  type NarrowedScan,
  type NearJoin,
  nearNeighbourRelation,
  nearOwnerRelation,
  type QueryEngine,
  tileFiles,
  tileRange,
  tilesOfRanges,
} from '@almagest/catalogs';
import {
  closeGaps,
  convexHull,
  DEGREE,
  healpixCover,
  intersectionOf,
  intersectRanges,
  lonInterval,
  makeBox,
  makeCircle,
  PolygonError,
  rangeCardinality,
  type RangeSet,
  rangeSet,
  type Region,
  separation,
  unitFromLonLat,
  type Vec3,
} from '@almagest/sphere';
import type { ColumnSpec, DataType } from '@almagest/table';
import type { ScanEstimate, TapColumn, TapTable } from './tap-table.ts';

const ADQL_TYPES: Readonly<Record<DataType, AdqlType>> = {
  boolean: 'BOOLEAN',
  int8: 'SMALLINT',
  uint8: 'SMALLINT',
  int16: 'SMALLINT',
  uint16: 'INTEGER',
  int32: 'INTEGER',
  uint32: 'BIGINT',
  int64: 'BIGINT',
  uint64: 'BIGINT',
  float32: 'REAL',
  float64: 'DOUBLE',
  complex64: 'REAL',
  complex128: 'DOUBLE',
  string: 'VARCHAR',
};

/** How closely a region is followed. */
const MAX_RANGES = 12;
/** Ranges nearer than this part of a tile lie in the same or the next row group, and are read as one: each is a condition to plan. */
const NEAR_TILE_PARTS = 16n;
/** Pixels finer than a tile by so many orders tell row groups apart well enough. */
const ORDERS_BELOW_TILE = 5;
/** About the rows of a row group, the least that is read of a tile. */
const ROW_GROUP_ROWS = 20_480;
/** Order of the index `_healpix_29`. */
const MAX_ORDER = 29;

/** What a published table is of, for joins of two. */
const COLLECTIONS = new WeakMap<CatalogTable, HatsCollection>();

/**
 * A catalogue of an archive as a table of the service: a query opens only the files that its region or its identifiers need.
 *
 * @param engine Reads the index of identifiers.
 */
export function publishCatalog(record: CatalogRecord, engine: QueryEngine, schema: string): TapTable {
  const { collection } = record;
  const { primary } = collection;
  const { raColumn: ra, decColumn: dec } = primary;
  const [keyColumn] = collection.indexes.keys();
  const covers = new WeakMap<SqlSource, RangeSet>();
  const coverOf = (source: SqlSource): RangeSet | undefined => {
    if (source.sky.length === 0) return undefined;
    const known = covers.get(source) ?? coverFor(primary, intersectionOf(...source.sky.map(regionOf)));
    covers.set(source, known);
    return known;
  };
  const narrowed = new WeakMap<SqlSource, Promise<NarrowedScan | undefined>>();
  const narrow = async (source: SqlSource): Promise<NarrowedScan | undefined> => {
    if (!source.first) return undefined;
    const known = narrowed.get(source) ?? firstRowsRelation(primary, engine, source.first);
    narrowed.set(source, known);
    return await known;
  };
  const nearJoinOf = ({ owner, radius }: NonNullable<SqlSource['near']>, neighbour: HatsCollection): NearJoin => {
    const ranges = coverOf(owner);
    return { owner: COLLECTIONS.get(owner.table) ?? neighbour, neighbour, radius, ...(ranges ? { ranges } : {}) };
  };
  let sizes: Promise<TileSizes> | undefined;
  const table: TapTable = {
    schema,
    name: record.name,
    description: `${record.table}${record.release === undefined ? '' : ` of release ${record.release}`}`,
    columns: record.columns.filter(isQueryable).map((column) => publishColumn(column, [ra, dec, keyColumn])),
    rows: primary.nrows,
    hasStatistics: true,
    joinsNear: (other, radius) => {
      const owner = COLLECTIONS.get(other);
      return owner !== undefined && canJoinNear({ owner, neighbour: collection, radius });
    },
    access: record.access,
    ...(ra !== undefined && dec !== undefined ? { sky: { ra, dec } } : {}),
    ...(keyColumn === undefined ? {} : { keyColumn }),
    estimate: async (source: SqlSource) => {
      if (source.count) return { rows: 1, files: 0, bytes: 0 };
      const known = await (sizes ??= tileSizes(primary));
      const first = await narrow(source);
      if (first) return { rows: first.rows, files: first.tiles.length, bytes: bytesOf(first.tiles, known) };
      const found = estimateScan(primary, known, coverOf(source.near?.role === 'neighbour' ? source.near.owner : source));
      const keys = keyColumn === undefined ? undefined : source.keys?.length;
      return keys === undefined ? found : { rows: Math.min(keys, found.rows), files: Math.min(keys, found.files), bytes: found.bytes };
    },
    sql: async (source: SqlSource) => {
      if (source.count) return await countRelation(primary, engine);
      const first = await narrow(source);
      if (first) return first.relation;
      if (source.near) {
        const join = nearJoinOf(source.near, COLLECTIONS.get(source.near.neighbour) ?? collection);
        return await (source.near.role === 'owner' ? nearOwnerRelation(join) : nearNeighbourRelation(join));
      }
      const { keys } = source;
      if (keys && keyColumn !== undefined) {
        const relation = await indexedRelation(collection, engine, keyColumn, keys.map(valueOfLiteral));
        if (relation !== undefined) return relation;
      }
      const ranges = coverOf(source);
      return catalogRelation(primary, ranges ? { ranges } : {});
    },
  };
  COLLECTIONS.set(table, collection);
  return table;
}

/** Ranges that hold a region, as few as tell the row groups apart. */
function coverFor(catalog: HatsCatalog, region: Region): RangeSet {
  const cover = healpixCover(region, { maxRanges: MAX_RANGES, maxOrder: Math.min(MAX_ORDER, finestOrder(catalog) + ORDERS_BELOW_TILE) });
  const touched = tilesOfRanges(catalog, cover);
  const spans = touched.map((tile) => spanOf(tile));
  return spans.length === 0 ? cover : closeGaps(cover, spans.reduce((a, b) => (b < a ? b : a)) / NEAR_TILE_PARTS);
}

function finestOrder({ tiles }: HatsCatalog): number {
  return tiles.reduce((most, { order }) => Math.max(most, order), 0);
}

/** Numbers of order 29 in a tile. */
function spanOf(tile: HatsTile): bigint {
  const [first, end] = tileRange(tile);
  return end - first;
}

interface TileSizes {
  /** Bytes of each tile's files. */
  readonly bytes: ReadonlyMap<HatsTile, number>;
  readonly total: number;
}

async function tileSizes(catalog: HatsCatalog): Promise<TileSizes> {
  const sizes = new Map<HatsTile, number>();
  for (const tile of catalog.tiles) {
    let bytes = 0;
    for (const path of await tileFiles(catalog, [tile])) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
    sizes.set(tile, bytes);
  }
  return { bytes: sizes, total: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

function bytesOf(tiles: readonly HatsTile[], { bytes }: TileSizes): number {
  return tiles.reduce((sum, tile) => sum + (bytes.get(tile) ?? 0), 0);
}

/** Rows go with bytes; of a tile that a region touches in part, only the row groups near it are read. */
function estimateScan(catalog: HatsCatalog, { bytes, total }: TileSizes, ranges: RangeSet | undefined): ScanEstimate {
  const tiles = ranges ? tilesOfRanges(catalog, ranges) : catalog.tiles;
  let rows = 0;
  let sum = 0;
  for (const tile of tiles) {
    const size = bytes.get(tile) ?? 0;
    const all = total > 0 ? (catalog.nrows * size) / total : 0;
    rows += ranges ? Math.min(all, all * shareOf(tile, ranges) + ROW_GROUP_ROWS) : all;
    sum += size;
  }
  return { rows: Math.round(rows), files: tiles.length, bytes: sum };
}

/** The part of a tile that ranges cover. */
function shareOf(tile: HatsTile, ranges: RangeSet): number {
  const [first, end] = tileRange(tile);
  const inside = intersectRanges(ranges, rangeSet([[first, end]]));
  return Number(rangeCardinality(inside)) / Number(end - first);
}

/** Arrays of complex numbers and of text have no ADQL type. */
function isQueryable({ datatype, shape }: ColumnSpec): boolean {
  return !datatype.startsWith('complex') && (shape === undefined || shape.length === 0);
}

function publishColumn(column: ColumnSpec, indexed: readonly (string | undefined)[]): TapColumn {
  const { name, datatype, unit, ucd, utype, description, xtype } = column;
  const known = Object.entries({ unit, ucd, utype, description, xtype }).filter(([, value]) => value !== undefined);
  return {
    name,
    type: xtype === 'timestamp' ? 'TIMESTAMP' : ADQL_TYPES[datatype],
    ...Object.fromEntries(known),
    ...(name === '_healpix_29' ? { hidden: true } : {}),
    ...(indexed.includes(name) ? { indexed: true, principal: true } : {}),
  };
}

/** The value of a literal as SQL spells it. */
function valueOfLiteral(literal: string): bigint | number | string {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  return /^-?\d+$/.test(literal) ? BigInt(literal) : Number(literal);
}

function regionOf(constraint: SkyConstraint): Region {
  switch (constraint.kind) {
    case 'circle':
      return makeCircle(direction(constraint.lon, constraint.lat), constraint.radius * DEGREE);
    case 'polygon':
      return hullOf(constraint.vertices.map(([lon, lat]) => direction(lon, lat)));
    case 'box':
      return makeBox(lonInterval(constraint.lonMin * DEGREE, constraint.lonMax * DEGREE), {
        a: constraint.latMin * DEGREE,
        b: constraint.latMax * DEGREE,
      });
  }
}

/** The hull of a polygon's vertices; about those that have none, being all in line, a circle. */
function hullOf(vertices: readonly Vec3[]): Region {
  try {
    return convexHull(vertices);
  } catch (error) {
    if (!(error instanceof PolygonError)) throw error;
    const [first] = vertices;
    return makeCircle(first!, Math.max(...vertices.map((each) => separation(first!, each))));
  }
}

function direction(lon: number, lat: number): ReturnType<typeof unitFromLonLat> {
  return unitFromLonLat({ lon: lon * DEGREE, lat: lat * DEGREE });
}
