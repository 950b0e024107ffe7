import type { SchemaColumn } from '../model/schema.ts';

/** What differs between SQL databases when tables are made. */
export interface DdlDialect {
  readonly name: string;
  /** Type of a column, its dialect override aside. */
  typeOf(column: SchemaColumn): string;
  /** A name in the dialect's quotes. */
  quote(name: string): string;
  /** What follows the type of a column that numbers itself; undefined where a statement before the table is needed. */
  autoincrement(options: { readonly table: string; readonly column: string; readonly isPrimaryKey: boolean }): {
    readonly before?: string;
    readonly clause: string;
    readonly isPrimaryKey?: boolean;
  };
  /** `COMMENT ON` statements are understood. */
  readonly comments: boolean;
  /** Foreign keys may point to tables that are made later, with ALTER TABLE. */
  readonly altersForeignKeys: boolean;
  /** `CREATE SCHEMA` is understood. */
  readonly schemas: boolean;
  readonly deferrable: boolean;
  /** A default value as SQL. */
  literal(value: string | number | boolean): string;
}

/** Standard SQL quoting. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Standard SQL text literal. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
