import type { SchemaColumn, SchemaTable } from '../model/schema.ts';

export type AvroType = string | { readonly type: string; readonly logicalType?: string } | readonly AvroType[];

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
  readonly doc?: string;
  readonly default?: null | string | number | boolean;
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields: readonly AvroField[];
}

const TYPES = {
  boolean: 'boolean',
  byte: 'int',
  short: 'int',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  char: 'string',
  string: 'string',
  unicode: 'string',
  text: 'string',
  binary: 'bytes',
} as const;

export interface AvroOptions {
  readonly namespace?: string;
  /** Name of the record (default: the table's). */
  readonly name?: string;
  /** Columns to take; all by default. */
  readonly columns?: readonly string[];
}

/** A table's row as an Avro record; columns that may be null are unions with null, null by default. Times are microseconds. */
export function avroRecord(table: SchemaTable, options: AvroOptions = {}): AvroRecord {
  const columns = options.columns ? table.columns.filter((column) => options.columns?.includes(column.name)) : table.columns;
  return {
    type: 'record',
    name: options.name ?? table.name,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(table.description === undefined ? {} : { doc: table.description }),
    fields: columns.map(avroField),
  };
}

function avroField(column: SchemaColumn): AvroField {
  const type: AvroType = column.datatype === 'timestamp' ? { type: 'long', logicalType: 'timestamp-micros' } : TYPES[column.datatype];
  const unit = column.unit ? ` [${column.unit}]` : '';
  const doc = column.description === undefined ? {} : { doc: `${column.description}${unit}` };
  if (!column.nullable) return { name: column.name, type, ...doc, ...(column.value === undefined ? {} : { default: column.value }) };
  return { name: column.name, type: ['null', type], ...doc, default: null };
}
