import type { UserFunction } from '../parse/grammar.ts';

/** Column types as ADQL knows them. NULL is the type of the bare literal. */
export type AdqlType =
  | 'BOOLEAN'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'REAL'
  | 'DOUBLE'
  | 'CHAR'
  | 'VARCHAR'
  | 'TIMESTAMP'
  | 'BLOB'
  | 'POINT'
  | 'CIRCLE'
  | 'POLYGON'
  | 'REGION'
  | 'NULL';

export interface CatalogColumn {
  readonly name: string;
  readonly type: AdqlType;
  readonly arraysize?: string;
  readonly xtype?: string;
  readonly unit?: string;
  readonly ucd?: string;
  readonly utype?: string;
  readonly description?: string;
  /** Usable by name but left out of `SELECT *`, such as `_healpix_29`. */
  readonly hidden?: boolean;
}

/** What the planner knows of where a table's rows are on the sky. */
export interface SkyColumns {
  /** Names of the ICRS position columns [degree]. */
  readonly ra: string;
  readonly dec: string;
}

export interface CatalogTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly CatalogColumn[];
  readonly sky?: SkyColumns;
  /** A column with an index from value to partition. */
  readonly keyColumn?: string;
  readonly description?: string;
  readonly rows?: number;
  /** Its source can be asked for the number of its rows, or for the first rows in some order (`SqlSource.count` and `first`). */
  readonly hasStatistics?: boolean;
  /** Whether its tiles and margins hold all its rows within a radius [degree] of the rows of another table in them (`SqlSource.near`). */
  readonly joinsNear?: (owner: CatalogTable, radius: number) => boolean;
}

/** The tables and functions that a query may name. */
export interface Catalog {
  readonly tables: readonly CatalogTable[];
  readonly userFunctions: readonly UserFunction[];
  /** Schemas whose tables may be named without them; the first that has the table wins. */
  readonly defaultSchemas: readonly string[];
}

export const NUMERIC_TYPES: ReadonlySet<AdqlType> = new Set<AdqlType>(['SMALLINT', 'INTEGER', 'BIGINT', 'REAL', 'DOUBLE', 'NULL']);
export const INTEGER_TYPES: ReadonlySet<AdqlType> = new Set<AdqlType>(['SMALLINT', 'INTEGER', 'BIGINT']);
export const TEXT_TYPES: ReadonlySet<AdqlType> = new Set<AdqlType>(['CHAR', 'VARCHAR', 'TIMESTAMP', 'NULL']);
export const SHAPE_TYPES: ReadonlySet<AdqlType> = new Set<AdqlType>(['POINT', 'CIRCLE', 'POLYGON', 'REGION']);
