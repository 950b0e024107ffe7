import type { AdqlType, SkyConstraint, SqlSource } from '@almagest/adql';
import { catalogRelation, type CatalogRecord, indexedRelation, type QueryEngine, regionRelation } from '@almagest/catalogs';
import { convexHull, DEGREE, intersectionOf, lonInterval, makeBox, makeCircle, type Region, unitFromLonLat } from '@almagest/sphere';
import type { ColumnSpec, DataType } from '@almagest/table';
import type { TapColumn, TapTable } from './tap-table.ts';

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
  return {
    schema,
    name: record.name,
    description: `${record.table}${record.release === undefined ? '' : ` of release ${record.release}`}`,
    columns: record.columns.filter(isQueryable).map((column) => publishColumn(column, [ra, dec, keyColumn])),
    rows: primary.nrows,
    ...(ra !== undefined && dec !== undefined ? { sky: { ra, dec } } : {}),
    ...(keyColumn === undefined ? {} : { keyColumn }),
    sql: async ({ keys, sky }: SqlSource) => {
      if (keys && keyColumn !== undefined) {
        const relation = await indexedRelation(collection, engine, keyColumn, keys.map(valueOfLiteral));
        if (relation !== undefined) return relation;
      }
      if (sky.length === 0) return catalogRelation(primary);
      return regionRelation(primary, intersectionOf(...sky.map(regionOf)));
    },
  };
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
