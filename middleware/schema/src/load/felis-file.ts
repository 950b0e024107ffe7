import { z } from 'zod';
import { SCHEMA_DATATYPES } from '../model/schema.ts';

/** The file form of a schema: Felis YAML, key by key. */

const text = z.string();
const names = z.union([text, z.array(text)]).transform((value) => (typeof value === 'string' ? [value] : value));
const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);
const unit = z.union([text, z.null()]).optional();

const named = { name: text.min(1), '@id': text.optional(), description: text.optional(), 'votable:utype': text.optional() };

/** `mysql:engine`, `postgresql:datatype` and the like, besides the keys of the model. */
const DIALECT_KEY = /^(mysql|postgresql|sqlite|duckdb|cassandra|bigquery):\w+$/;

const columnShape = {
  ...named,
  datatype: z.enum(SCHEMA_DATATYPES as readonly [string, ...string[]]),
  length: z.int().positive().optional(),
  precision: z.int().min(0).max(9).optional(),
  nullable: z.boolean().optional(),
  autoincrement: z.boolean().optional(),
  value: z.union([text, z.number(), z.boolean()]).optional(),
  'ivoa:ucd': text.optional(),
  'ivoa:unit': unit,
  'fits:tunit': unit,
  'votable:xtype': text.optional(),
  'votable:arraysize': z.union([text, z.int()]).optional(),
  'votable:datatype': text.optional(),
  'tap:principal': flag.optional(),
  'tap:std': flag.optional(),
  'tap:column_index': z.int().optional(),
};

const constraintCommon = { ...named, deferrable: z.boolean().optional(), initially: text.optional(), annotations: z.unknown().optional() };

const constraint = z.discriminatedUnion('@type', [
  z.strictObject({ ...constraintCommon, '@type': z.literal('Unique'), columns: names }),
  z.strictObject({ ...constraintCommon, '@type': z.literal('Check'), expression: text }),
  z.strictObject({
    ...constraintCommon,
    '@type': z.literal('ForeignKey'),
    columns: names,
    referencedColumns: names,
    on_delete: text.optional(),
    on_update: text.optional(),
  }),
]);

const columnReference = z.union([
  z.null(),
  z.strictObject({ ref_name: text.optional(), overrides: z.record(text, z.unknown()).optional() }),
]);

const tableShape = {
  ...named,
  columns: z.array(z.looseObject(columnShape)).optional(),
  columnRefs: z.record(text, z.record(text, z.record(text, columnReference))).optional(),
  primaryKey: names.optional(),
  indexes: z.array(z.strictObject({ ...named, columns: names.optional(), expressions: z.array(text).optional() })).optional(),
  constraints: z.array(constraint).optional(),
  columnGroups: z.array(z.strictObject({ ...named, 'ivoa:ucd': text.optional(), columns: names })).optional(),
  'tap:table_index': z.int().optional(),
};

const schemaShape = {
  ...named,
  version: z
    .union([text, z.strictObject({ current: text, compatible: z.array(text).optional(), read_compatible: z.array(text).optional() })])
    .optional(),
  resources: z.record(text, z.strictObject({ uri: text })).optional(),
  tables: z.array(z.looseObject(tableShape)),
};

/** A column as the file has it; dialect keys come besides. */
export interface FelisColumn {
  readonly name: string;
  readonly '@id'?: string | undefined;
  readonly description?: string | undefined;
  readonly datatype: string;
  readonly length?: number | undefined;
  readonly precision?: number | undefined;
  readonly nullable?: boolean | undefined;
  readonly autoincrement?: boolean | undefined;
  readonly value?: string | number | boolean | undefined;
  readonly 'ivoa:ucd'?: string | undefined;
  readonly 'ivoa:unit'?: string | null | undefined;
  readonly 'fits:tunit'?: string | null | undefined;
  readonly 'votable:utype'?: string | undefined;
  readonly 'votable:xtype'?: string | undefined;
  readonly 'votable:arraysize'?: string | number | undefined;
  readonly 'votable:datatype'?: string | undefined;
  readonly 'tap:principal'?: boolean | undefined;
  readonly 'tap:std'?: boolean | undefined;
  readonly 'tap:column_index'?: number | undefined;
  readonly [key: string]: unknown;
}

interface FelisNamed {
  readonly name: string;
  readonly '@id'?: string | undefined;
  readonly description?: string | undefined;
  readonly 'votable:utype'?: string | undefined;
}

interface FelisConstraintCommon extends FelisNamed {
  readonly deferrable?: boolean | undefined;
}

export type FelisConstraint =
  | (FelisConstraintCommon & { readonly '@type': 'Unique'; readonly columns: readonly string[] })
  | (FelisConstraintCommon & { readonly '@type': 'Check'; readonly expression: string })
  | (FelisConstraintCommon & {
      readonly '@type': 'ForeignKey';
      readonly columns: readonly string[];
      readonly referencedColumns: readonly string[];
      readonly on_delete?: string | undefined;
      readonly on_update?: string | undefined;
    });

/** A reference to a column of another file; null takes it as it is. */
export type FelisColumnReference = {
  readonly ref_name?: string | undefined;
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
} | null;

export interface FelisTable extends FelisNamed {
  readonly columns?: readonly FelisColumn[] | undefined;
  readonly columnRefs?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, FelisColumnReference>>>>>> | undefined;
  readonly primaryKey?: readonly string[] | undefined;
  readonly indexes?:
    | readonly (FelisNamed & { readonly columns?: readonly string[] | undefined; readonly expressions?: readonly string[] | undefined })[]
    | undefined;
  readonly constraints?: readonly FelisConstraint[] | undefined;
  readonly columnGroups?:
    | readonly (FelisNamed & { readonly 'ivoa:ucd'?: string | undefined; readonly columns: readonly string[] })[]
    | undefined;
  readonly 'tap:table_index'?: number | undefined;
  readonly [key: string]: unknown;
}

export interface FelisFile extends FelisNamed {
  readonly version?:
    | string
    | {
        readonly current: string;
        readonly compatible?: readonly string[] | undefined;
        readonly read_compatible?: readonly string[] | undefined;
      }
    | undefined;
  readonly resources?: Readonly<Record<string, { readonly uri: string }>> | undefined;
  readonly tables: readonly FelisTable[];
}

/** A whole file. Column and table objects let keys through that {@link unknownKeys} then judges, because dialect keys are open. */
export const felisFile: z.ZodType<FelisFile> = z.strictObject(schemaShape);

const COLUMN_KEYS: ReadonlySet<string> = new Set(Object.keys(columnShape));
const TABLE_KEYS: ReadonlySet<string> = new Set(Object.keys(tableShape));

/** Keys of a column or table object that the model does not have. */
export function unknownKeys(object: Readonly<Record<string, unknown>>, kind: 'column' | 'table'): string[] {
  const known = kind === 'column' ? COLUMN_KEYS : TABLE_KEYS;
  return Object.keys(object).filter((key) => !known.has(key) && !DIALECT_KEY.test(key));
}

/** Dialect keys of an object, by dialect: `{ mysql: { datatype: 'VARCHAR(64)' } }`. */
export function dialectKeys(object: Readonly<Record<string, unknown>>): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const found: Record<string, Record<string, string>> = {};
  for (const [key, value] of Object.entries(object)) {
    if (!DIALECT_KEY.test(key)) continue;
    const [dialect = '', option = ''] = key.split(':');
    (found[dialect] ??= {})[option] = String(value);
  }
  return found;
}
