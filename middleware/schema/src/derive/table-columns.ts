import { type ColumnSpec, type DataType, fieldXml, type Group, planStreamedField } from '@almagest/table';
import type { SchemaColumn, SchemaTable } from '../model/schema.ts';

const TYPES: Readonly<Record<SchemaColumn['datatype'], DataType>> = {
  boolean: 'boolean',
  byte: 'uint8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  char: 'string',
  string: 'string',
  unicode: 'string',
  text: 'string',
  binary: 'uint8',
  timestamp: 'string',
};

/** A schema's columns as columns of the table room: for reading, writing and streaming rows of that table. */
export function columnSpecs(table: SchemaTable, names?: readonly string[]): ColumnSpec[] {
  const chosen = names ? names.flatMap((name) => table.columns.filter((column) => column.name === name)) : table.columns;
  return chosen.map(columnSpec);
}

/** One column of a schema as a column of the table room. */
export function columnSpec(column: SchemaColumn): ColumnSpec {
  const texts = { unit: column.unit, ucd: column.ucd, utype: column.utype, description: column.description };
  const xtype = column.xtype ?? (column.datatype === 'timestamp' ? 'timestamp' : undefined);
  return {
    name: column.name,
    datatype: TYPES[column.datatype],
    ...(column.datatype === 'binary' ? { shape: [-1] } : {}),
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined)),
    ...(xtype === undefined ? {} : { xtype }),
    ...(column.datatype === 'unicode' ? { votableType: 'unicodeChar' as const } : {}),
    ...(column.datatype === 'char' && column.length !== undefined && column.length > 1 && column.arraysize === undefined
      ? { charLength: column.length }
      : {}),
  };
}

/** A table's columns as VOTable FIELD elements. */
export function votableFields(table: SchemaTable): string[] {
  return columnSpecs(table).map((spec) => fieldXml(planStreamedField(spec, 'BINARY2')));
}

/** A table's column groups as VOTable groups, whose references are column names. */
export function votableGroups(table: SchemaTable): Group[] {
  return table.groups.map((group) => ({
    name: group.name,
    ...(group.description === undefined ? {} : { description: group.description }),
    ...(group.ucd === undefined ? {} : { ucd: group.ucd }),
    ...(group.utype === undefined ? {} : { utype: group.utype }),
    fieldRefs: group.columns.map((ref) => ({ ref })),
    paramRefs: [],
    params: [],
    groups: [],
  }));
}
