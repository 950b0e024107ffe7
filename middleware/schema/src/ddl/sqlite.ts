import type { SchemaColumn } from '../model/schema.ts';
import { type DdlDialect, doubleQuoted, singleQuoted } from './dialect.ts';

const TYPES = {
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  text: 'TEXT',
  binary: 'BLOB',
  timestamp: 'TIMESTAMP',
} as const;

/** SQLite 3.35 and later. Types keep their names, so that tools that read the schema see them; values have the affinity. */
export const sqlite: DdlDialect = {
  name: 'sqlite',
  typeOf(column: SchemaColumn) {
    if (column.datatype === 'char') return `CHAR(${column.length ?? 1})`;
    if (column.datatype === 'string' || column.datatype === 'unicode')
      return column.length === undefined ? 'TEXT' : `VARCHAR(${column.length})`;
    return TYPES[column.datatype];
  },
  quote: doubleQuoted,
  // Only an INTEGER PRIMARY KEY numbers itself.
  autoincrement: ({ isPrimaryKey }) => (isPrimaryKey ? { clause: 'PRIMARY KEY AUTOINCREMENT', isPrimaryKey: true } : { clause: '' }),
  comments: false,
  altersForeignKeys: false,
  schemas: false,
  deferrable: true,
  literal: (value) => (typeof value === 'string' ? singleQuoted(value) : typeof value === 'boolean' ? (value ? '1' : '0') : String(value)),
};
