import { UnsupportedDdlError } from '../errors.ts';
import type { ForeignKeyConstraint, Schema, SchemaColumn, SchemaConstraint, SchemaTable } from '../model/schema.ts';
import { type DdlDialect, singleQuoted } from './dialect.ts';
import { duckdb } from './duckdb.ts';
import { postgresql } from './postgresql.ts';
import { sqlite } from './sqlite.ts';

export type DialectName = 'sqlite' | 'postgresql' | 'duckdb';

/** The dialects that tables are printed for. */
export const DDL_DIALECTS: Readonly<Record<DialectName, DdlDialect>> = { sqlite, postgresql, duckdb };

export interface DdlOptions {
  /** Schema (namespace) that the tables go to; none by default. */
  readonly namespace?: string;
  /** Tables to print; all by default. */
  readonly tables?: readonly string[];
  /** Leave foreign keys out, as archives that load in bulk do. */
  readonly foreignKeys?: boolean;
  readonly ifNotExists?: boolean;
}

/**
 * Statements that make a schema's tables, in an order that the dialect takes: tables, foreign keys, indexes, comments.
 *
 * @returns One statement an item, each ending in a semicolon.
 * @throws {UnsupportedDdlError} if foreign keys go round in a circle in a dialect that cannot add them later.
 */
export function printDdl(schema: Schema, dialectName: DialectName, options: DdlOptions = {}): string[] {
  const dialect = DDL_DIALECTS[dialectName];
  const chosen = options.tables ? schema.tables.filter((table) => options.tables?.includes(table.name)) : schema.tables;
  const printer: Printer = { dialect, options: { foreignKeys: true, ...options }, names: new Set(chosen.map((table) => table.name)) };
  const ordered = dialect.altersForeignKeys || printer.options.foreignKeys === false ? chosen : orderByReference(chosen, printer);
  const statements: string[] = [];
  if (options.namespace !== undefined && dialect.schemas)
    statements.push(`CREATE SCHEMA IF NOT EXISTS ${dialect.quote(options.namespace)};`);
  for (const table of ordered) statements.push(...tableStatements(table, printer));
  if (dialect.altersForeignKeys)
    for (const table of ordered)
      for (const key of foreignKeys(table, printer))
        statements.push(`ALTER TABLE ${qualified(table.name, printer)} ADD ${constraintClause(key, printer)};`);
  for (const table of ordered) statements.push(...indexStatements(table, printer));
  if (dialect.comments) for (const table of ordered) statements.push(...commentStatements(table, printer));
  return statements;
}

interface Printer {
  readonly dialect: DdlDialect;
  readonly options: DdlOptions;
  readonly names: ReadonlySet<string>;
}

function qualified(name: string, { dialect, options }: Printer): string {
  return options.namespace === undefined || !dialect.schemas
    ? dialect.quote(name)
    : `${dialect.quote(options.namespace)}.${dialect.quote(name)}`;
}

function tableStatements(table: SchemaTable, printer: Printer): string[] {
  const { dialect, options } = printer;
  const before: string[] = [];
  let keyInline = false;
  const lines = table.columns.map((column) => {
    const isPrimaryKey = table.primaryKey.length === 1 && table.primaryKey[0] === column.name;
    const numbered = column.autoincrement ? dialect.autoincrement({ table: table.name, column: column.name, isPrimaryKey }) : undefined;
    if (numbered?.before) before.push(numbered.before);
    if (numbered?.isPrimaryKey) keyInline = true;
    return columnLine(column, table, numbered, printer);
  });
  if (table.primaryKey.length > 0 && !keyInline) lines.push(`PRIMARY KEY (${quotedList(table.primaryKey, dialect)})`);
  for (const constraint of table.constraints) if (constraint.kind !== 'foreign-key') lines.push(constraintClause(constraint, printer));
  if (!dialect.altersForeignKeys) for (const key of foreignKeys(table, printer)) lines.push(constraintClause(key, printer));
  const head = `CREATE TABLE ${options.ifNotExists ? 'IF NOT EXISTS ' : ''}${qualified(table.name, printer)}`;
  return [...before, `${head} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n);`];
}

function columnLine(
  column: SchemaColumn,
  table: SchemaTable,
  numbered: { readonly clause: string; readonly isPrimaryKey?: boolean } | undefined,
  { dialect }: Printer,
): string {
  const overridden = column.dialectTypes[dialect.name];
  const type = numbered?.isPrimaryKey ? 'INTEGER' : (overridden ?? dialect.typeOf(column));
  const parts = [dialect.quote(column.name), type];
  if (numbered?.clause) parts.push(numbered.clause);
  if (column.value !== undefined && !column.autoincrement) parts.push(`DEFAULT ${dialect.literal(column.value)}`);
  if (!column.nullable || table.primaryKey.includes(column.name)) parts.push('NOT NULL');
  return parts.join(' ');
}

function foreignKeys(table: SchemaTable, { options, names }: Printer): ForeignKeyConstraint[] {
  if (options.foreignKeys === false) return [];
  return table.constraints.filter(
    (constraint): constraint is ForeignKeyConstraint => constraint.kind === 'foreign-key' && names.has(constraint.referencedTable),
  );
}

function constraintClause(constraint: SchemaConstraint, printer: Printer): string {
  const { dialect } = printer;
  const name = `CONSTRAINT ${dialect.quote(constraint.name)}`;
  const deferred = constraint.deferrable && dialect.deferrable && constraint.kind !== 'check' ? ' DEFERRABLE INITIALLY DEFERRED' : '';
  if (constraint.kind === 'check') return `${name} CHECK (${constraint.expression})`;
  if (constraint.kind === 'unique')
    return `${name} UNIQUE (${quotedList(constraint.columns, dialect)})${dialect.name === 'sqlite' ? '' : deferred}`;
  const actions = `${constraint.onDelete ? ` ON DELETE ${action(constraint.onDelete)}` : ''}${constraint.onUpdate ? ` ON UPDATE ${action(constraint.onUpdate)}` : ''}`;
  return `${name} FOREIGN KEY (${quotedList(constraint.columns, dialect)}) REFERENCES ${qualified(constraint.referencedTable, printer)} (${quotedList(constraint.referencedColumns, dialect)})${actions}${deferred}`;
}

function action(text: string): string {
  return text.replace(/[^A-Za-z ]/g, '').toUpperCase();
}

function indexStatements(table: SchemaTable, printer: Printer): string[] {
  const { dialect, options } = printer;
  return table.indexes.map((index) => {
    const over =
      index.columns.length > 0 ? quotedList(index.columns, dialect) : index.expressions.map((expression) => `(${expression})`).join(', ');
    return `CREATE INDEX ${options.ifNotExists ? 'IF NOT EXISTS ' : ''}${dialect.quote(index.name)} ON ${qualified(table.name, printer)} (${over});`;
  });
}

function commentStatements(table: SchemaTable, printer: Printer): string[] {
  const name = qualified(table.name, printer);
  const statements = table.description === undefined ? [] : [`COMMENT ON TABLE ${name} IS ${singleQuoted(table.description)};`];
  for (const column of table.columns)
    if (column.description !== undefined)
      statements.push(
        `COMMENT ON COLUMN ${name}.${printer.dialect.quote(column.name)} IS ${singleQuoted(`${column.description}${column.unit ? ` [${column.unit}]` : ''}`)};`,
      );
  return statements;
}

function quotedList(names: readonly string[], dialect: DdlDialect): string {
  return names.map((name) => dialect.quote(name)).join(', ');
}

/** Tables so that each comes after those it refers to. */
function orderByReference(tables: readonly SchemaTable[], printer: Printer): SchemaTable[] {
  const done = new Set<string>();
  const ordered: SchemaTable[] = [];
  let waiting = [...tables];
  while (waiting.length > 0) {
    const ready = waiting.filter((table) =>
      foreignKeys(table, printer).every((key) => key.referencedTable === table.name || done.has(key.referencedTable)),
    );
    const [first] = waiting;
    if (ready.length === 0)
      throw new UnsupportedDdlError(
        `foreign keys of ${waiting.map((table) => table.name).join(', ')} go round in a circle, which ${printer.dialect.name} cannot make; print without foreign keys`,
        {
          details: { dialect: printer.dialect.name, table: first?.name ?? '' },
        },
      );
    for (const table of ready) {
      done.add(table.name);
      ordered.push(table);
    }
    waiting = waiting.filter((table) => !done.has(table.name));
  }
  return ordered;
}
