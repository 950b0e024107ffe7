/** Column types of the registry, printed differently by each database. */
export type ColumnType =
  | 'string'
  | 'text'
  | 'int'
  | 'bigint'
  | 'smallint'
  | 'serial'
  | 'float'
  | 'bool'
  | 'hash'
  | 'blob'
  | 'region'
  | 'uuid'
  | 'timespan'
  | 'ingest-date';

/** One column; a `timespan` becomes two integer columns or one range column, as the database has it. */
export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  /** Longest text [character]; lengths above 32 are not enforced, as in the published layout. */
  readonly length?: number;
  readonly nullable?: boolean;
  /** For timespans: rows that give none hold the unbounded span. */
  readonly unboundedByDefault?: boolean;
}

export interface ForeignKeySpec {
  readonly columns: readonly string[];
  readonly table: string;
  readonly target: readonly string[];
  readonly cascade?: boolean;
}

/** A table of the registry, independent of the database. */
export interface TableSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  readonly primaryKey: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly foreignKeys?: readonly ForeignKeySpec[];
  /** Indexes beyond those of keys; a timespan column may be named. */
  readonly indexes?: readonly (readonly string[])[];
}
