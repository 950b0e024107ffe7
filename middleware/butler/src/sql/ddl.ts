import { STORED_MAX, STORED_MIN } from '../dimensions/timespan.ts';
import type { ColumnSpec, TableSpec } from './table-spec.ts';

/** Which SQL a statement is printed for. */
export type DialectName = 'sqlite' | 'postgresql';

/** Texts longer than this are stored without a length check, as in the published layout. */
const CHECKED_LENGTH = 32;
/** PostgreSQL cuts identifiers here. */
const POSTGRES_IDENTIFIER = 63;

const RESERVED = new Set(['group', 'order', 'index', 'position', 'timespan']);

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function id(name: string): string {
  return RESERVED.has(name) || !/^[a-z_][a-z0-9_]*$/i.test(name) ? quoteIdentifier(name) : name;
}

/** Columns as the database has them: in SQLite a timespan is `<name>_begin` and `<name>_end`. */
export function physicalColumns(dialect: DialectName, column: ColumnSpec): readonly string[] {
  return dialect === 'sqlite' && column.type === 'timespan' ? [`${column.name}_begin`, `${column.name}_end`] : [column.name];
}

/** Prints the statements that create a table and its indexes. */
export function createStatements(dialect: DialectName, table: TableSpec, options: { ifNotExists?: boolean } = {}): readonly string[] {
  const guard = options.ifNotExists ? 'IF NOT EXISTS ' : '';
  const lines = table.columns.flatMap((column) => columnLines(dialect, column));
  lines.push(`PRIMARY KEY (${list(dialect, table, table.primaryKey)})`);
  for (const column of table.columns)
    if (column.type === 'string' && (column.length ?? 0) > 0 && column.length! <= CHECKED_LENGTH && dialect === 'sqlite')
      lines.push(
        `CONSTRAINT ${name(dialect, `${table.name}_len_${column.name}`)} CHECK (length(${quoteIdentifier(column.name)})<=${column.length} AND length(${quoteIdentifier(column.name)})>=1)`,
      );
  for (const columns of table.unique ?? [])
    lines.push(`CONSTRAINT ${name(dialect, `${table.name}_unq_${columns.join('_')}`)} UNIQUE (${list(dialect, table, columns)})`);
  for (const key of table.foreignKeys ?? [])
    lines.push(
      `CONSTRAINT ${name(dialect, `fkey_${table.name}_${key.table}_${key.target.join('_')}_${key.columns.join('_')}`)} FOREIGN KEY(${list(dialect, table, key.columns)}) REFERENCES ${id(key.table)} (${key.target.map(id).join(', ')})${key.cascade ? ' ON DELETE CASCADE' : ''}`,
    );
  const statements = dialect === 'postgresql' ? sequencesOf(table).map((sequence) => `CREATE SEQUENCE ${guard}${sequence}`) : [];
  statements.push(`CREATE TABLE ${guard}${id(table.name)} (\n\t${lines.join(', \n\t')}\n)`);
  for (const columns of indexesOf(table))
    statements.push(
      `CREATE INDEX ${guard}${name(dialect, `${table.name}_${columns.kind}_${columns.names.flatMap((column) => physicalColumns(dialect, columnOf(table, column))).join('_')}`)} ON ${id(table.name)} (${list(dialect, table, columns.names)})`,
    );
  return statements;
}

/** Names of the sequences that number rows; both we and the field's software take numbers from them by name. */
function sequencesOf(table: TableSpec): readonly string[] {
  return table.columns.filter((column) => column.type === 'serial').map((column) => `${table.name}_seq_${column.name}`);
}

function indexesOf(table: TableSpec): readonly { readonly kind: 'idx' | 'fkidx'; readonly names: readonly string[] }[] {
  const found: { kind: 'idx' | 'fkidx'; names: readonly string[] }[] = (table.indexes ?? []).map((names) => ({ kind: 'idx', names }));
  const seen = new Set<string>([table.primaryKey.join(), ...(table.unique ?? []).map((names) => names.join())]);
  for (const { columns } of table.foreignKeys ?? []) {
    if (seen.has(columns.join())) continue;
    seen.add(columns.join());
    found.push({ kind: 'fkidx', names: columns });
  }
  return found;
}

function columnLines(dialect: DialectName, column: ColumnSpec): string[] {
  const nothing = column.nullable ? '' : ' NOT NULL';
  if (column.type !== 'timespan') return [`${id(column.name)} ${typeName(dialect, column)}${nothing}`];
  if (dialect === 'postgresql')
    return [`${id(column.name)} INT8RANGE${column.unboundedByDefault ? ` DEFAULT '(,)'::int8range` : ''}${nothing}`];
  const byDefault = (value: bigint): string => (column.unboundedByDefault ? ` DEFAULT ${value}` : '');
  return [`${column.name}_begin BIGINT${byDefault(STORED_MIN)}${nothing}`, `${column.name}_end BIGINT${byDefault(STORED_MAX)}${nothing}`];
}

function typeName(dialect: DialectName, column: ColumnSpec): string {
  const postgres = dialect === 'postgresql';
  switch (column.type) {
    case 'string':
      return (column.length ?? Infinity) <= CHECKED_LENGTH ? `VARCHAR(${column.length})` : 'TEXT';
    case 'serial':
      return postgres ? 'BIGINT' : 'INTEGER';
    case 'int':
    case 'bigint':
    case 'ingest-date':
      return 'BIGINT';
    case 'smallint':
      return 'SMALLINT';
    case 'float':
      return postgres ? 'DOUBLE PRECISION' : 'FLOAT';
    case 'bool':
      return 'BOOLEAN';
    case 'blob':
      return postgres ? 'BYTEA' : 'BLOB';
    case 'uuid':
      return postgres ? 'UUID' : 'CHAR(32)';
    default:
      return 'TEXT';
  }
}

function columnOf(table: TableSpec, columnName: string): ColumnSpec {
  return table.columns.find((column) => column.name === columnName) ?? { name: columnName, type: 'text' };
}

function list(dialect: DialectName, table: TableSpec, columns: readonly string[]): string {
  return columns.flatMap((column) => physicalColumns(dialect, columnOf(table, column)).map(id)).join(', ');
}

/** Names longer than PostgreSQL keeps are cut and closed with a short hash, so that they stay different. */
function name(dialect: DialectName, full: string): string {
  if (dialect === 'sqlite' || full.length <= POSTGRES_IDENTIFIER) return id(full);
  let hash = 5381;
  for (const character of full) hash = (Math.imul(hash, 33) ^ character.charCodeAt(0)) >>> 0;
  return id(`${full.slice(0, POSTGRES_IDENTIFIER - 9)}_${hash.toString(16).padStart(8, '0')}`);
}
