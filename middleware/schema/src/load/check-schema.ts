import type { Schema, SchemaColumn, SchemaIssue, SchemaTable } from '../model/schema.ts';

const NEEDS_LENGTH: ReadonlySet<string> = new Set(['char', 'string', 'unicode', 'binary']);
const NUMERIC: ReadonlySet<string> = new Set(['byte', 'short', 'int', 'long', 'float', 'double']);
/** Names that every database of ours takes in quotes; others would need escaping that clients get wrong. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UCD = /^[A-Za-z][\w.-]*(;[A-Za-z][\w.-]*)*$/;

type Locate = (path: readonly PropertyKey[]) => number | undefined;

/** What the form of a file cannot say: names, references between parts, and what users of the tables will miss. Tables known to be incomplete may be empty. */
export function checkSchema(schema: Schema, locate: Locate, incompleteTables: ReadonlySet<string> = new Set()): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const add = (severity: SchemaIssue['severity'], path: string, at: readonly PropertyKey[], message: string): void =>
    void issues.push({ severity, path, line: locate(at), message });
  duplicates(schema.tables.map((table) => table.name)).forEach((name) =>
    add('error', `tables.${name}`, ['tables'], 'table name occurs twice (case aside)'),
  );
  if (schema.description === undefined) add('warning', 'description', [], 'the schema has no description');
  for (const [i, table] of schema.tables.entries())
    if (table.columns.length === 0 && !incompleteTables.has(table.name))
      add('error', `tables.${table.name}`, ['tables', i], 'the table has no columns');
  for (const [i, table] of schema.tables.entries())
    checkTable(schema, table, (severity, path, rest, message) =>
      add(severity, path === '' ? `tables.${table.name}` : `tables.${table.name}.${path}`, ['tables', i, ...rest], message),
    );
  return issues;
}

type Add = (severity: SchemaIssue['severity'], path: string, at: readonly PropertyKey[], message: string) => void;

function checkTable(schema: Schema, table: SchemaTable, add: Add): void {
  if (!NAME.test(table.name)) add('error', '', ['name'], `name must have letters, digits and underscores only; found "${table.name}"`);
  if (table.description === undefined) add('warning', '', [], 'the table has no description');
  for (const name of duplicates(table.columns.map((column) => column.name)))
    add('error', `columns.${name}`, ['columns'], 'column name occurs twice (case aside)');
  for (const name of duplicates([...table.indexes, ...table.constraints].map((item) => item.name)))
    add('error', name, [], 'name of an index or constraint occurs twice');
  for (const [i, column] of table.columns.entries())
    checkColumn(table, column, (severity, path, at, message) => add(severity, path, ['columns', i, ...at], message));
  for (const index of table.indexes)
    if (index.columns.length === 0 && index.expressions.length === 0)
      add('error', `indexes.${index.name}`, ['indexes'], 'the index has neither columns nor expressions');
  for (const constraint of table.constraints) {
    if (constraint.kind !== 'foreign-key') continue;
    const target = schema.tables.find((candidate) => candidate.name === constraint.referencedTable);
    if (constraint.columns.length !== constraint.referencedColumns.length)
      add('error', `constraints.${constraint.name}`, ['constraints'], 'columns and referencedColumns must be equal in number');
    if (!target) continue;
    const unique = [target.primaryKey, ...target.constraints.flatMap((other) => (other.kind === 'unique' ? [other.columns] : []))];
    if (!unique.some((columns) => sameSet(columns, constraint.referencedColumns)))
      add(
        'warning',
        `constraints.${constraint.name}`,
        ['constraints'],
        `refers to columns of ${target.name} that are neither its primary key nor unique, which databases refuse`,
      );
  }
  if (table.columns.length > 0 && !table.columns.some((column) => column.principal))
    add('warning', '', [], 'no column is marked tap:principal');
}

function checkColumn(table: SchemaTable, column: SchemaColumn, add: Add): void {
  const path = `columns.${column.name}`;
  if (!NAME.test(column.name)) add('error', path, ['name'], `name must have letters, digits and underscores only; found "${column.name}"`);
  if (NEEDS_LENGTH.has(column.datatype) && column.length === undefined)
    add('error', path, ['datatype'], `datatype ${column.datatype} needs a length`);
  if (!NEEDS_LENGTH.has(column.datatype) && column.length !== undefined && column.datatype !== 'text')
    add('warning', path, ['length'], `datatype ${column.datatype} takes no length`);
  if (column.precision !== undefined && column.datatype !== 'timestamp')
    add('warning', path, ['precision'], `datatype ${column.datatype} takes no precision`);
  if (column.description === undefined) add('warning', path, [], 'the column has no description');
  if (column.ucd !== undefined && !UCD.test(column.ucd)) add('error', path, ['ivoa:ucd'], `"${column.ucd}" is not a UCD`);
  if (column.unit !== undefined && !NUMERIC.has(column.datatype))
    add('warning', path, ['ivoa:unit'], `a unit on datatype ${column.datatype}`);
  if (table.primaryKey.includes(column.name) && column.nullable && column.datatype !== 'text')
    add('warning', path, [], 'a column of the primary key is nullable; databases make it NOT NULL');
}

function duplicates(names: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (seen.has(key)) twice.add(name);
    seen.add(key);
  }
  return twice;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
