import type { AdqlType, SkyConstraint, SqlSource } from '@almagest/adql';
import { stat } from 'node:fs/promises';
import {
  catalogRelation,
  type CatalogRecord,
  type HatsCatalog,
  indexedRelation,
  type QueryEngine,
  tileFiles,
  tilesOfRanges,
} from '@almagest/catalogs';
import {
  convexHull,
  DEGREE,
  healpixCover,
  intersectionOf,
  lonInterval,
  makeBox,
  makeCircle,
  type RangeSet,
  type Region,
  unitFromLonLat,
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

/** Each range is a condition on every row of the row groups that are read; the exact geometry cuts what few ranges let through. */
const MAX_RANGES = 12;

/**
 * A catalogue of an archive as a table of the service: a query opens only the files that its region or its identifiers need.
 *
 * @param engine Reads the index of identifiers; the one that will run the queries.
 */
export function publishCatalog(record: CatalogRecord, engine: QueryEngine, schema: string): TapTable {
  const { collection } = record;
  const { primary } = collection;
  const { raColumn: ra, decColumn: dec } = primary;
  const [keyColumn] = collection.indexes.keys();
  const covers = new WeakMap<SqlSource, RangeSet>();
  const coverOf = (source: SqlSource): RangeSet | undefined => {
    if (source.sky.length === 0) return undefined;
    const known = covers.get(source) ?? healpixCover(intersectionOf(...source.sky.map(regionOf)), { maxRanges: MAX_RANGES });
    covers.set(source, known);
    return known;
  };
  let sizes: Promise<ReadonlyMap<string, number>> | undefined;
  return {
    schema,
    name: record.name,
    description: `${record.table}${record.release === undefined ? '' : ` of release ${record.release}`}`,
    columns: record.columns.filter(isQueryable).map((column) => publishColumn(column, [ra, dec, keyColumn])),
    rows: primary.nrows,
    access: record.access,
    ...(ra !== undefined && dec !== undefined ? { sky: { ra, dec } } : {}),
    ...(keyColumn === undefined ? {} : { keyColumn }),
    estimate: async (source: SqlSource) => {
      const found = estimateScan(primary, await (sizes ??= tileSizes(primary)), coverOf(source));
      const keys = keyColumn === undefined ? undefined : source.keys?.length;
      return keys === undefined ? found : { rows: Math.min(keys, found.rows), files: Math.min(keys, found.files), bytes: found.bytes };
    },
    sql: async (source: SqlSource) => {
      const { keys } = source;
      if (keys && keyColumn !== undefined) {
        const relation = await indexedRelation(collection, engine, keyColumn, keys.map(valueOfLiteral));
        if (relation !== undefined) return relation;
      }
      const ranges = coverOf(source);
      return catalogRelation(primary, ranges ? { ranges } : {});
    },
  };
}

/** Sizes of the tiles' files [byte], by order and pixel. */
async function tileSizes(catalog: HatsCatalog): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const tile of catalog.tiles) {
    let bytes = 0;
    for (const path of await tileFiles(catalog, [tile])) bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
    sizes.set(`${tile.order}/${tile.pixel}`, bytes);
  }
  return sizes;
}

/** Rows go with bytes; of a tile that a region touches in part, only the row groups near it are read: a fifth, at a guess. */
function estimateScan(catalog: HatsCatalog, sizes: ReadonlyMap<string, number>, ranges: RangeSet | undefined): ScanEstimate {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const tiles = ranges ? tilesOfRanges(catalog, ranges) : catalog.tiles;
  const bytes = tiles.reduce((sum, tile) => sum + (sizes.get(`${tile.order}/${tile.pixel}`) ?? 0), 0);
  const share = ranges && tiles.length < 3 ? 0.2 : 1;
  return { rows: total > 0 ? Math.round((catalog.nrows * bytes * share) / total) : 0, files: tiles.length, bytes };
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
      return convexHull(constraint.vertices.map(([lon, lat]) => direction(lon, lat)));
    case 'box':
      return makeBox(lonInterval(constraint.lonMin * DEGREE, constraint.lonMax * DEGREE), {
        a: constraint.latMin * DEGREE,
        b: constraint.latMax * DEGREE,
      });
  }
}

function direction(lon: number, lat: number): ReturnType<typeof unitFromLonLat> {
  return unitFromLonLat({ lon: lon * DEGREE, lat: lat * DEGREE });
}
