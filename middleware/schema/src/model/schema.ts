import { SchemaNameError } from '../errors.ts';

/** Column types of the Felis data model. `byte` is unsigned, as in VOTable. */
export type SchemaDatatype =
  | 'boolean'
  | 'byte'
  | 'short'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'char'
  | 'string'
  | 'unicode'
  | 'text'
  | 'binary'
  | 'timestamp';

export const SCHEMA_DATATYPES: readonly SchemaDatatype[] = [
  'boolean',
  'byte',
  'short',
  'int',
  'long',
  'float',
  'double',
  'char',
  'string',
  'unicode',
  'text',
  'binary',
  'timestamp',
];

/** A set of tables that are versioned together. Names are those of the database. */
export interface Schema {
  readonly name: string;
  readonly id: string;
  readonly description: string | undefined;
  readonly version: SchemaVersion | undefined;
  readonly utype: string | undefined;
  readonly tables: readonly SchemaTable[];
}

export interface SchemaVersion {
  readonly current: string;
  /** Versions whose readers and writers work with this one. */
  readonly compatible: readonly string[];
  /** Versions whose readers work with this one. */
  readonly readCompatible: readonly string[];
}

export interface SchemaTable {
  readonly name: string;
  readonly id: string;
  readonly description: string | undefined;
  readonly utype: string | undefined;
  readonly columns: readonly SchemaColumn[];
  /** Column names. */
  readonly primaryKey: readonly string[];
  readonly indexes: readonly SchemaIndex[];
  readonly constraints: readonly SchemaConstraint[];
  readonly groups: readonly SchemaColumnGroup[];
  /** Place in TAP_SCHEMA listings. */
  readonly tableIndex: number | undefined;
  /** Settings that one dialect alone knows, such as `mysql:engine`. */
  readonly dialectOptions: Readonly<Record<string, string>>;
}

export interface SchemaColumn {
  readonly name: string;
  readonly id: string;
  readonly datatype: SchemaDatatype;
  /** Characters or bytes, for char, string, unicode and binary. */
  readonly length: number | undefined;
  /** Digits of a fraction of a second, for timestamp. */
  readonly precision: number | undefined;
  readonly nullable: boolean;
  readonly autoincrement: boolean;
  readonly value: string | number | boolean | undefined;
  readonly description: string | undefined;
  readonly unit: string | undefined;
  readonly ucd: string | undefined;
  readonly utype: string | undefined;
  readonly xtype: string | undefined;
  /** VOTable datatype and arraysize, where they differ from what the datatype says. */
  readonly votableDatatype: string | undefined;
  readonly arraysize: string | undefined;
  readonly principal: boolean;
  readonly standard: boolean;
  readonly columnIndex: number | undefined;
  /** SQL types by dialect that override the usual ones, such as `{ mysql: 'VARCHAR(64)' }`. */
  readonly dialectTypes: Readonly<Record<string, string>>;
}

export interface SchemaIndex {
  readonly name: string;
  readonly description: string | undefined;
  /** Column names; empty where `expressions` are given. */
  readonly columns: readonly string[];
  readonly expressions: readonly string[];
}

export type SchemaConstraint = UniqueConstraint | CheckConstraint | ForeignKeyConstraint;

interface ConstraintCommon {
  readonly name: string;
  readonly description: string | undefined;
  readonly deferrable: boolean;
}

export interface UniqueConstraint extends ConstraintCommon {
  readonly kind: 'unique';
  readonly columns: readonly string[];
}

export interface CheckConstraint extends ConstraintCommon {
  readonly kind: 'check';
  readonly expression: string;
}

export interface ForeignKeyConstraint extends ConstraintCommon {
  readonly kind: 'foreign-key';
  readonly columns: readonly string[];
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
  readonly onDelete: string | undefined;
  readonly onUpdate: string | undefined;
}

export interface SchemaColumnGroup {
  readonly name: string;
  readonly description: string | undefined;
  readonly ucd: string | undefined;
  readonly utype: string | undefined;
  readonly columns: readonly string[];
}

/** Something wrong, or worth a look, in a schema file. */
export interface SchemaIssue {
  readonly severity: 'error' | 'warning';
  /** Place as a path: `tables.DiaSource.columns.ra`. */
  readonly path: string;
  /** Line in the file, from 1, where it is known. */
  readonly line: number | undefined;
  readonly message: string;
}

/** The table of that name. @throws {SchemaNameError} if there is none. */
export function getTable(schema: Schema, name: string): SchemaTable {
  return find(schema.tables, name, `table "${name}" in schema ${schema.name}`);
}

/** The column of that name. @throws {SchemaNameError} if there is none. */
export function getColumn(table: SchemaTable, name: string): SchemaColumn {
  return find(table.columns, name, `column "${name}" in table ${table.name}`);
}

function find<T extends { readonly name: string }>(items: readonly T[], name: string, what: string): T {
  const found = items.find((item) => item.name === name);
  if (found) return found;
  const known = items.map((item) => item.name);
  throw new SchemaNameError(`no ${what}; it has ${known.slice(0, 40).join(', ')}${known.length > 40 ? ' ...' : ''}`, {
    details: { name, known },
  });
}
