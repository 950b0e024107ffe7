import type { SchemaColumn } from '../model/schema.ts';
import { type DdlDialect, doubleQuoted, singleQuoted } from './dialect.ts';

const TYPES = {
  boolean: 'BOOLEAN',
  byte: 'UTINYINT',
  short: 'SMALLINT',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  char: 'VARCHAR',
  string: 'VARCHAR',
  unicode: 'VARCHAR',
  text: 'VARCHAR',
  binary: 'BLOB',
} as const;

/** DuckDB 1.x. Lengths of strings are not enforced there. */
export const duckdb: DdlDialect = {
  name: 'duckdb',
  typeOf(column: SchemaColumn) {
    if (column.datatype === 'timestamp')
      return column.precision === undefined || column.precision > 3
        ? column.precision === 9
          ? 'TIMESTAMP_NS'
          : 'TIMESTAMP'
        : column.precision === 0
          ? 'TIMESTAMP_S'
          : 'TIMESTAMP_MS';
    return TYPES[column.datatype];
  },
  quote: doubleQuoted,
  autoincrement({ table, column }) {
    const sequence = `${table}_${column}_seq`;
    return { before: `CREATE SEQUENCE ${doubleQuoted(sequence)};`, clause: `DEFAULT nextval(${singleQuoted(sequence)})` };
  },
  comments: true,
  altersForeignKeys: false,
  schemas: true,
  deferrable: false,
  literal: (value) =>
    typeof value === 'string' ? singleQuoted(value) : typeof value === 'boolean' ? String(value).toUpperCase() : String(value),
};
