import { adqlName, type AdqlType } from '@almagest/adql';
import { columnFromCells, makeTable, type Table } from '@almagest/table';
import { type ForeignKey, qualifiedName, type TapColumn, type TapContent, type TapTable, VOTABLE_TYPES } from '../models/tap-table.ts';

type Columns = readonly (readonly [name: string, type: AdqlType, description: string])[];

const SCHEMAS: Columns = [
  ['schema_name', 'VARCHAR', 'Name of the schema'],
  ['utype', 'VARCHAR', 'Data model element that the schema stands for'],
  ['description', 'VARCHAR', 'What the schema holds'],
  ['schema_index', 'INTEGER', 'Order in which schemas are best shown'],
];
const TABLES: Columns = [
  ['schema_name', 'VARCHAR', 'Schema of the table'],
  ['table_name', 'VARCHAR', 'Name of the table as it is written in a query'],
  ['table_type', 'VARCHAR', 'table or view'],
  ['utype', 'VARCHAR', 'Data model element that the table stands for'],
  ['description', 'VARCHAR', 'What a row is'],
  ['table_index', 'INTEGER', 'Order in which tables are best shown'],
];
const COLUMNS: Columns = [
  ['table_name', 'VARCHAR', 'Table of the column'],
  ['column_name', 'VARCHAR', 'Name of the column as it is written in a query'],
  ['datatype', 'VARCHAR', 'Type as in VOTable'],
  ['arraysize', 'VARCHAR', 'Length of arrays and strings as in VOTable'],
  ['xtype', 'VARCHAR', 'Extended type as in DALI'],
  ['size', 'INTEGER', 'Length where it is fixed (kept for old clients; use arraysize)'],
  ['description', 'VARCHAR', 'What the column holds'],
  ['utype', 'VARCHAR', 'Data model element that the column stands for'],
  ['unit', 'VARCHAR', 'Unit as in VOUnits'],
  ['ucd', 'VARCHAR', 'Unified content descriptor'],
  ['indexed', 'INTEGER', '1 if conditions on the column are fast'],
  ['principal', 'INTEGER', '1 if the column is of general interest'],
  ['std', 'INTEGER', '1 if a standard defines the column'],
  ['column_index', 'INTEGER', 'Order in which columns are best shown'],
];
const KEYS: Columns = [
  ['key_id', 'VARCHAR', 'Identifier of the foreign key'],
  ['from_table', 'VARCHAR', 'Table that refers'],
  ['target_table', 'VARCHAR', 'Table that is referred to'],
  ['utype', 'VARCHAR', 'Data model element that the key stands for'],
  ['description', 'VARCHAR', 'What the key means'],
];
const KEY_COLUMNS: Columns = [
  ['key_id', 'VARCHAR', 'Identifier of the foreign key'],
  ['from_column', 'VARCHAR', 'Column that refers'],
  ['target_column', 'VARCHAR', 'Column that is referred to'],
];

const PARTS: Readonly<Record<string, readonly [Columns, string]>> = {
  schemas: [SCHEMAS, 'Schemas that this service publishes'],
  tables: [TABLES, 'Tables that this service publishes'],
  columns: [COLUMNS, 'Columns of the published tables'],
  keys: [KEYS, 'Foreign keys between published tables'],
  key_columns: [KEY_COLUMNS, 'Columns of the foreign keys'],
};

const OWN_KEYS: readonly ForeignKey[] = [
  ['tables', 'schema_name', 'schemas'],
  ['columns', 'table_name', 'tables'],
  ['keys', 'from_table', 'tables', 'table_name'],
  ['keys', 'target_table', 'tables', 'table_name'],
  ['key_columns', 'key_id', 'keys'],
].map(([from = '', column = '', target = '', targetColumn], i) => ({
  id: `tap_schema_${i + 1}`,
  from: `tap_schema.${from}`,
  target: `tap_schema.${target}`,
  columns: [{ from: column, target: targetColumn ?? column }],
}));

/** The name that the engine has one part of TAP_SCHEMA under. */
export function engineTableOf(part: string): string {
  return `almagest_tap_schema_${part}`;
}

/** The content with TAP_SCHEMA describing all of it, itself included. @see TAP 1.1, section 4 */
export function withTapSchema(content: TapContent): TapContent {
  const tables = Object.entries(PARTS).map(([name, [columns, description]]): TapTable => ({
    schema: 'tap_schema',
    name,
    description,
    columns: columns.map(([column, type, text]) => ({ name: column, type, description: text, std: true, principal: true })),
    sql: () => `"${engineTableOf(name)}"`,
  }));
  return {
    schemas: [...content.schemas, { name: 'tap_schema', description: 'Description of the tables of this service' }],
    tables: [...content.tables, ...tables],
    keys: [...content.keys, ...OWN_KEYS],
  };
}

/** The rows of TAP_SCHEMA, one table a part, ready to be given to the engine. */
export function tapSchemaRows(content: TapContent): ReadonlyMap<string, Table> {
  const rows: Record<string, (string | number | null)[][]> = {
    schemas: content.schemas.map((schema, i) => [adqlName(schema.name), schema.utype ?? null, schema.description ?? null, i]),
    tables: content.tables.map((table, i) => [
      table.schema,
      qualifiedName(table),
      'table',
      table.utype ?? null,
      table.description ?? null,
      i,
    ]),
    columns: content.tables.flatMap((table) =>
      table.columns.filter((column) => !column.hidden).map((column, i) => columnRow(table, column, i)),
    ),
    keys: content.keys.map((key) => [key.id, key.from, key.target, null, key.description ?? null]),
    key_columns: content.keys.flatMap((key) => key.columns.map((pair) => [key.id, adqlName(pair.from), adqlName(pair.target)])),
  };
  return new Map(Object.entries(PARTS).map(([part, [columns]]) => [part, toTable(columns, rows[part] ?? [])]));
}

function columnRow(table: TapTable, column: TapColumn, index: number): (string | number | null)[] {
  const { datatype, arraysize, xtype } = votableTypeOf(column);
  const size = arraysize !== undefined && /^\d+$/.test(arraysize) ? Number(arraysize) : null;
  return [
    qualifiedName(table),
    adqlName(column.name),
    datatype,
    arraysize ?? null,
    xtype ?? null,
    size,
    column.description ?? null,
    column.utype ?? null,
    column.unit ?? null,
    column.ucd ?? null,
    column.indexed ? 1 : 0,
    column.principal ? 1 : 0,
    column.std ? 1 : 0,
    index,
  ];
}

/** A column's type as /tables, TAP_SCHEMA and results declare it. */
export function votableTypeOf(column: TapColumn): { datatype: string; arraysize?: string; xtype?: string } {
  const known = VOTABLE_TYPES[column.type];
  const keepsText = column.xtype !== undefined && known.table !== 'string' && known.xtype !== undefined;
  const arraysize = column.arraysize ?? (keepsText ? '*' : known.arraysize);
  const xtype = column.xtype ?? known.xtype;
  return {
    datatype: keepsText ? 'char' : known.datatype,
    ...(arraysize === undefined ? {} : { arraysize }),
    ...(xtype === undefined ? {} : { xtype }),
  };
}

function toTable(columns: Columns, rows: readonly (readonly (string | number | null)[])[]): Table {
  return makeTable(
    columns.map(([name, type], i) =>
      columnFromCells(
        { name, datatype: VOTABLE_TYPES[type].table },
        rows.map((row) => row[i] ?? null),
      ),
    ),
  );
}
