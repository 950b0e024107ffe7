import type { Schema, SchemaColumn, SchemaTable } from '../model/schema.ts';

/** Rows of the TAP_SCHEMA tables (TAP 1.1, section 4), ready to be inserted. */
export interface TapSchemaRows {
  readonly schemas: readonly {
    readonly schema_name: string;
    readonly utype: string | null;
    readonly description: string | null;
    readonly schema_index: number;
  }[];
  readonly tables: readonly {
    readonly schema_name: string;
    readonly table_name: string;
    readonly table_type: 'table' | 'view';
    readonly utype: string | null;
    readonly description: string | null;
    readonly table_index: number | null;
  }[];
  readonly columns: readonly TapColumnRow[];
  readonly keys: readonly {
    readonly key_id: string;
    readonly from_table: string;
    readonly target_table: string;
    readonly utype: string | null;
    readonly description: string | null;
  }[];
  readonly key_columns: readonly { readonly key_id: string; readonly from_column: string; readonly target_column: string }[];
}

export interface TapColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly datatype: string;
  readonly arraysize: string | null;
  readonly xtype: string | null;
  readonly size: number | null;
  readonly description: string | null;
  readonly utype: string | null;
  readonly unit: string | null;
  readonly ucd: string | null;
  readonly indexed: 0 | 1;
  readonly principal: 0 | 1;
  readonly std: 0 | 1;
  readonly column_index: number | null;
}

export interface TapSchemaOptions {
  /** Name of the schema in queries (default: the schema's own). */
  readonly schemaName?: string;
  readonly schemaIndex?: number;
}

const TYPES = {
  boolean: 'boolean',
  byte: 'unsignedByte',
  short: 'short',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  char: 'char',
  string: 'char',
  unicode: 'unicodeChar',
  text: 'char',
  binary: 'unsignedByte',
  timestamp: 'char',
} as const;

/** What TAP_SCHEMA says of a schema. Table names are `schema.table`; reserved words are left to the service to quote. */
export function tapSchemaRows(schema: Schema, options: TapSchemaOptions = {}): TapSchemaRows {
  const name = options.schemaName ?? schema.name;
  const qualified = (table: string): string => `${name}.${table}`;
  const keys = schema.tables.flatMap((table) =>
    table.constraints.flatMap((constraint) => (constraint.kind === 'foreign-key' ? [{ table, constraint }] : [])),
  );
  return {
    schemas: [
      { schema_name: name, utype: schema.utype ?? null, description: schema.description ?? null, schema_index: options.schemaIndex ?? 0 },
    ],
    tables: schema.tables.map((table) => ({
      schema_name: name,
      table_name: qualified(table.name),
      table_type: 'table',
      utype: table.utype ?? null,
      description: table.description ?? null,
      table_index: table.tableIndex ?? null,
    })),
    columns: schema.tables.flatMap((table) => table.columns.map((column) => columnRow(column, table, qualified(table.name)))),
    keys: keys.map(({ table, constraint }) => ({
      key_id: constraint.name,
      from_table: qualified(table.name),
      target_table: qualified(constraint.referencedTable),
      utype: null,
      description: constraint.description ?? null,
    })),
    key_columns: keys.flatMap(({ constraint }) =>
      constraint.columns.map((from, i) => ({
        key_id: constraint.name,
        from_column: from,
        target_column: constraint.referencedColumns[i] ?? from,
      })),
    ),
  };
}

function columnRow(column: SchemaColumn, table: SchemaTable, tableName: string): TapColumnRow {
  const firsts = [table.primaryKey[0], ...table.indexes.map((index) => index.columns[0])];
  return {
    table_name: tableName,
    column_name: column.name,
    datatype: column.votableDatatype ?? TYPES[column.datatype],
    arraysize: arraysizeOf(column),
    xtype: column.xtype ?? (column.datatype === 'timestamp' ? 'timestamp' : null),
    size: null,
    description: column.description ?? null,
    utype: column.utype ?? null,
    unit: column.unit ?? null,
    ucd: column.ucd ?? null,
    indexed: firsts.includes(column.name) ? 1 : 0,
    principal: column.principal ? 1 : 0,
    std: column.standard ? 1 : 0,
    column_index: column.columnIndex ?? null,
  };
}

function arraysizeOf(column: SchemaColumn): string | null {
  if (column.arraysize !== undefined) return column.arraysize;
  switch (column.datatype) {
    case 'char':
      return column.length === undefined || column.length === 1 ? '*' : String(column.length);
    case 'string':
    case 'unicode':
    case 'binary':
      return column.length === undefined ? '*' : `${column.length}*`;
    case 'text':
    case 'timestamp':
      return '*';
    default:
      return null;
  }
}
