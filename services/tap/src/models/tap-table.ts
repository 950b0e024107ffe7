import { adqlName, type AdqlType, type CatalogColumn, type CatalogTable, type SqlSource } from '@almagest/adql';
import type { Access } from '@almagest/auth';
import type { DataType } from '@almagest/table';

export interface TapColumn extends CatalogColumn {
  readonly principal?: boolean;
  readonly indexed?: boolean;
  readonly std?: boolean;
  /** Who may read it; whoever may read the table, when absent. */
  readonly access?: Access;
}

/** A table that the service publishes. */
export interface TapTable extends CatalogTable {
  readonly columns: readonly TapColumn[];
  readonly utype?: string;
  /** Who may read it; everybody when absent. Columns may be narrower. */
  readonly access?: Access;
  /** What a scan would read; the whole table by its `rows`, when absent. */
  readonly estimate?: (source: SqlSource) => Promise<ScanEstimate>;
  /** How the engine reads it, given what the query allows it to skip. */
  readonly sql: (source: SqlSource) => string | Promise<string>;
}

/** What reading a table for a query takes, before it is done. */
export interface ScanEstimate {
  /** Rows that the engine looks at. */
  readonly rows: number;
  readonly files: number;
  /** Bytes of those files, all columns. */
  readonly bytes: number;
}

export interface TapSchema {
  readonly name: string;
  readonly description?: string;
  readonly utype?: string;
}

export interface ForeignKey {
  readonly id: string;
  readonly from: string;
  readonly target: string;
  readonly columns: readonly { readonly from: string; readonly target: string }[];
  readonly description?: string;
}

/** Everything that a TAP service publishes. */
export interface TapContent {
  readonly schemas: readonly TapSchema[];
  readonly tables: readonly TapTable[];
  readonly keys: readonly ForeignKey[];
}

/** How an ADQL type is spelt in VOTable: datatype, and arraysize where the type implies one. */
export const VOTABLE_TYPES: Readonly<
  Record<AdqlType, { readonly datatype: string; readonly arraysize?: string; readonly xtype?: string; readonly table: DataType }>
> = {
  BOOLEAN: { datatype: 'boolean', table: 'boolean' },
  SMALLINT: { datatype: 'short', table: 'int16' },
  INTEGER: { datatype: 'int', table: 'int32' },
  BIGINT: { datatype: 'long', table: 'int64' },
  REAL: { datatype: 'float', table: 'float32' },
  DOUBLE: { datatype: 'double', table: 'float64' },
  CHAR: { datatype: 'char', arraysize: '*', table: 'string' },
  VARCHAR: { datatype: 'char', arraysize: '*', table: 'string' },
  TIMESTAMP: { datatype: 'char', arraysize: '*', xtype: 'timestamp', table: 'string' },
  BLOB: { datatype: 'unsignedByte', arraysize: '*', table: 'uint8' },
  POINT: { datatype: 'double', arraysize: '2', xtype: 'point', table: 'float64' },
  CIRCLE: { datatype: 'double', arraysize: '3', xtype: 'circle', table: 'float64' },
  POLYGON: { datatype: 'double', arraysize: '*', xtype: 'polygon', table: 'float64' },
  REGION: { datatype: 'char', arraysize: '*', table: 'string' },
  NULL: { datatype: 'char', arraysize: '*', table: 'string' },
};

/** Full name of a table as ADQL takes it, with quotes where the name is no plain identifier. */
export function qualifiedName(table: { readonly schema: string; readonly name: string }): string {
  return `${adqlName(table.schema)}.${adqlName(table.name)}`;
}
