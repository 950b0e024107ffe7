import type { ByteSource } from '@almagest/fits';
import { type Cell, cellAt, type Column, filterRows, readParquet, readParquetSummary, type Table, writeParquet } from '@almagest/table';
import { ReadParameterError, StorageClassError } from '../errors.ts';
import { globToRegExp } from '../query/glob.ts';
import type { Formatter, ReadContext } from './formatter.ts';
import { formatYaml, readYaml } from './yaml-dialect.ts';

/** Footer entry in which the field's software keeps column units and the table's own header. */
const META_KEY = 'table_meta_yaml';

/** Columns as the field's software describes them in the footer. */
interface ColumnDescription {
  readonly name: string;
  readonly datatype: string;
  readonly unit?: string;
  readonly description?: string;
}

/**
 * Tables as Parquet. Values are tables of the table room; units and descriptions are kept in both the VOTable footer
 * and the entry that astropy-based software reads.
 */
export const PARQUET_FORMATTER: Formatter = {
  name: 'lsst.daf.butler.formatters.parquet.ParquetFormatter',
  extension: () => '.parq',
  encode: async (value, { storageClass, provenance }) => {
    const table = requireTable(value, storageClass);
    const datatype = table.columns.map((column): ColumnDescription => ({
      name: column.name,
      datatype: column.datatype === 'boolean' ? 'bool' : column.datatype,
      ...(column.unit ? { unit: column.unit } : {}),
      ...(column.description ? { description: column.description } : {}),
    }));
    const meta = Object.entries(provenance ?? {}).map(([key, entry]) => ({ [key]: entry }));
    const text = formatYaml({ datatype }) + (meta.length > 0 ? `meta: !!omap\n${formatYaml(meta)}` : '');
    return await writeParquet(table, { keyValues: { [META_KEY]: text.trimEnd() } });
  },
  decode: async (source, context) => await decode(source, context),
};

async function decode(source: ByteSource, context: ReadContext): Promise<unknown> {
  const { component, parameters } = context;
  if (component !== undefined) {
    const summary = await readParquetSummary(source);
    if (component === 'columns') return summary.columns.map((column) => column.name);
    if (component === 'rowcount') return summary.nrows;
    return summary.columns;
  }
  const summary = await readParquetSummary(source);
  const described = describedColumns(summary.keyValues[META_KEY], context.path);
  const wanted =
    parameters['columns'] === undefined
      ? undefined
      : matchColumns(
          parameters['columns'],
          summary.columns.map((column) => column.name),
        );
  const filters = parseFilters(parameters['filters']);
  const needed = wanted && [...new Set([...wanted, ...filters.map((filter) => filter.column)])];
  const read = await readParquet(source, needed ? { columns: needed } : {});
  const filtered = filters.length === 0 ? read : filterRows(read, (_, row) => filters.every((filter) => passes(read, filter, row)));
  const columns = filtered.columns
    .filter((column) => !wanted || wanted.includes(column.name))
    .map((column) => withUnits(column, described));
  return { ...filtered, columns };
}

function requireTable(value: unknown, storageClass: string): Table {
  const table = value as Partial<Table> | null;
  if (typeof table === 'object' && table !== null && Array.isArray(table.columns) && typeof table.nrows === 'number') return table as Table;
  throw new StorageClassError(`storage class ${storageClass} takes a table with columns; found ${value === null ? 'null' : typeof value}`);
}

function describedColumns(text: string | undefined, path: string): ReadonlyMap<string, ColumnDescription> {
  if (text === undefined) return new Map();
  const parsed = readYaml(text, path) as { datatype?: readonly ColumnDescription[] } | null;
  return new Map((Array.isArray(parsed?.datatype) ? parsed.datatype : []).map((column) => [column.name, column]));
}

function withUnits(column: Column, described: ReadonlyMap<string, ColumnDescription>): Column {
  const found = described.get(column.name);
  return {
    ...column,
    ...(column.unit === undefined && found?.unit ? { unit: found.unit } : {}),
    ...(column.description === undefined && found?.description ? { description: found.description } : {}),
  };
}

function matchColumns(wanted: unknown, names: readonly string[]): readonly string[] {
  const patterns = typeof wanted === 'string' ? [wanted] : wanted;
  if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string'))
    throw new ReadParameterError('the read parameter columns is a name or a list of names, globs allowed');
  const found = new Set<string>();
  for (const pattern of patterns as readonly string[]) {
    const matching = names.includes(pattern) ? [pattern] : names.filter((name) => globToRegExp(pattern).test(name));
    if (matching.length === 0)
      throw new ReadParameterError(`no column matches ${JSON.stringify(pattern)}; the table has ${names.join(', ')}`);
    for (const name of matching) found.add(name);
  }
  return names.filter((name) => found.has(name));
}

interface RowFilter {
  readonly column: string;
  readonly operator: string;
  readonly value: unknown;
}

/** 64-bit integers equal numbers of the same value. */
const same = (cell: Cell, value: unknown): boolean =>
  typeof cell === 'bigint' && typeof value === 'number' ? Number.isInteger(value) && cell === BigInt(value) : cell === value;

const COMPARISONS: Readonly<Record<string, (cell: Cell, value: unknown) => boolean>> = {
  '=': same,
  '==': same,
  '!=': (cell, value) => !same(cell, value),
  '<': (cell, value) => (cell as number) < (value as number),
  '<=': (cell, value) => (cell as number) <= (value as number),
  '>': (cell, value) => (cell as number) > (value as number),
  '>=': (cell, value) => (cell as number) >= (value as number),
  in: (cell, value) => (value as readonly unknown[]).some((item) => same(cell, item)),
  'not in': (cell, value) => !(value as readonly unknown[]).some((item) => same(cell, item)),
};

/** Filters are `[column, operator, value]` triples that must all hold. */
function parseFilters(given: unknown): readonly RowFilter[] {
  if (given === undefined) return [];
  const list = Array.isArray(given) && typeof given[0] === 'string' ? [given] : given;
  if (!Array.isArray(list)) throw new ReadParameterError('the read parameter filters is a list of [column, operator, value]');
  return (list as readonly unknown[]).map((item) => {
    if (!Array.isArray(item) || item.length !== 3 || !(String(item[1]) in COMPARISONS))
      throw new ReadParameterError(
        `a filter is [column, operator, value] with an operator of ${Object.keys(COMPARISONS).join(' ')}; found ${JSON.stringify(item)}`,
      );
    return { column: String(item[0]), operator: String(item[1]), value: item[2] as unknown };
  });
}

function passes(table: Table, filter: RowFilter, row: number): boolean {
  const column = table.columns.find((candidate) => candidate.name === filter.column);
  const cell = column ? cellAt(column, row) : null;
  return cell !== null && COMPARISONS[filter.operator]!(cell, filter.value);
}
