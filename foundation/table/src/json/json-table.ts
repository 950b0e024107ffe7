import { TableFormatError } from '../errors.ts';
import { ColumnBuilder } from '../model/builder.ts';
import { type Cell, cellRange, type ColumnSpec, isNullAt } from '../model/column.ts';
import { DATA_TYPES, type DataType } from '../model/datatype.ts';
import { sliceRows } from '../model/operations.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { type TableWriter, writeThrough } from '../model/table-writer.ts';
import { concatBytes } from '../text/concat-bytes.ts';
import { jsonCell } from '../text/json-cell.ts';

/** A number as it stood in the text, kept where a double would change it. */
class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

interface JsonColumn {
  readonly name: string;
  readonly datatype?: string;
  readonly arraysize?: string | null;
  readonly shape?: readonly number[];
  readonly unit?: string | null;
  readonly ucd?: string | null;
  readonly utype?: string | null;
  readonly xtype?: string | null;
  readonly description?: string | null;
}

/**
 * Reads a table from JSON: `{"metadata": [{"name": ..., "datatype": ...}, ...], "data": [[...], ...]}` as services write it,
 * or an array of row objects, whose types are inferred.
 *
 * 64-bit integers stay exact, which a plain JSON reader does not keep. Strings `NaN`, `Infinity` and `-Infinity` are numbers in float columns.
 *
 * @throws {TableFormatError} if the text is not JSON of one of these forms.
 */
export function parseJsonTable(bytes: Uint8Array): Table {
  const value = parseExact(new TextDecoder().decode(bytes));
  if (Array.isArray(value)) return fromRowObjects(value as unknown[]);
  if (isRecord(value) && Array.isArray(value['metadata']) && Array.isArray(value['data']))
    return fromMatrix(value['metadata'] as JsonColumn[], value['data'] as unknown[], value);
  throw new TableFormatError('expected {"metadata": [...], "data": [...]} or an array of objects', { details: { format: 'json' } });
}

function parseExact(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source)
      ? new ExactNumber(context.source)
      : value;
  try {
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as unknown;
  } catch (error) {
    throw new TableFormatError(`expected JSON: ${(error as Error).message.slice(0, 200)}`, { cause: error, details: { format: 'json' } });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Type names of VOTable, beside the room's own. */
const VOTABLE_NAMES: Readonly<Record<string, DataType>> = {
  bit: 'boolean',
  unsignedByte: 'uint8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  char: 'string',
  unicodeChar: 'string',
  float: 'float32',
  double: 'float64',
  floatComplex: 'complex64',
  doubleComplex: 'complex128',
};

function fromMatrix(metadata: readonly JsonColumn[], data: readonly unknown[], whole: Record<string, unknown>): Table {
  const specs = metadata.map((column, i): ColumnSpec => {
    const declared = column.datatype ?? 'string';
    const datatype = VOTABLE_NAMES[declared] ?? (Object.hasOwn(DATA_TYPES, declared) ? (declared as DataType) : undefined);
    if (datatype === undefined)
      throw new TableFormatError(`datatype "${declared}" of column "${column.name}" is not known`, {
        details: { format: 'json', column: column.name },
      });
    const shape =
      column.shape ??
      (column.arraysize && datatype !== 'string' && column.arraysize !== '1'
        ? column.arraysize
            .split('x')
            .map((n) => (n.endsWith('*') ? -1 : Number(n)))
            .toReversed()
        : []);
    const texts = Object.fromEntries(
      (['unit', 'ucd', 'utype', 'xtype', 'description'] as const).flatMap((key) => (column[key] ? [[key, column[key]]] : [])),
    );
    return { name: column.name ?? `col${i + 1}`, datatype, shape, ...texts };
  });
  const builders = specs.map((spec) => new ColumnBuilder(spec, data.length));
  for (const [row, cells] of data.entries()) {
    if (!Array.isArray(cells) || cells.length !== specs.length)
      throw new TableFormatError(`a row must be an array of ${specs.length} values (row ${row})`, { details: { format: 'json', row } });
    for (const [i, builder] of builders.entries()) builder.push(toCell((cells as unknown[])[i], builder.spec, row));
  }
  const meta: TableMeta = {
    ...(typeof whole['name'] === 'string' ? { name: whole['name'] } : {}),
    ...(typeof whole['description'] === 'string' ? { description: whole['description'] } : {}),
  };
  return makeTable(
    builders.map((builder) => builder.finish()),
    meta,
  );
}

function toCell(value: unknown, spec: ColumnSpec, row: number): Cell {
  const { kind, bytes } = DATA_TYPES[spec.datatype];
  if (value === null || value === undefined) return null;
  const isArray = (spec.shape ?? []).length > 0;
  if (isArray)
    return flatten(value, kind === 'complex')
      .map((item) => (item === null ? null : toCell(item, { ...spec, shape: [] }, row)))
      .flatMap((item) => (kind === 'complex' ? [(item as { re: number }).re, (item as { im: number }).im] : [item])) as unknown as Cell;
  if (kind === 'complex' && Array.isArray(value))
    return { re: toFloat((value as unknown[])[0], spec, row), im: toFloat((value as unknown[])[1], spec, row) };
  if (kind === 'float') return toFloat(value, spec, row);
  if (kind === 'integer') {
    const text =
      value instanceof ExactNumber
        ? value.source
        : typeof value === 'number'
          ? String(value)
          : typeof value === 'string'
            ? value.trim()
            : '';
    if (!/^[+-]?\d{1,20}$/.test(text)) refuse(value, spec, row);
    return bytes === 8 ? BigInt(text) : Number(text);
  }
  if (kind === 'boolean') return typeof value === 'boolean' || value === 0 || value === 1 ? Boolean(value) : refuse(value, spec, row);
  return typeof value === 'string' ? value : value instanceof ExactNumber ? value.source : JSON.stringify(value);
}

function toFloat(value: unknown, spec: ColumnSpec, row: number): number {
  if (typeof value === 'number') return value;
  if (value instanceof ExactNumber) return Number(value.source);
  if (typeof value === 'string' && /^(?:[+-]?(?:NaN|Inf(?:inity)?)|[+-]?[\d.]+(?:e[+-]?\d+)?)$/i.test(value))
    return Number(value.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity').replace(/^nan$/i, 'NaN'));
  return refuse(value, spec, row);
}

function flatten(value: unknown, complex: boolean): unknown[] {
  if (!Array.isArray(value)) return [value];
  const items = value as unknown[];
  if (complex && items.length === 2 && !Array.isArray(items[0])) return [items];
  return items.flatMap((item) => (Array.isArray(item) ? flatten(item, complex) : [item]));
}

function refuse(value: unknown, spec: ColumnSpec, row: number): never {
  throw new TableFormatError(
    `column "${spec.name}" holds ${spec.datatype}; found ${(JSON.stringify(value) ?? '').slice(0, 60)} (row ${row})`,
    {
      details: { format: 'json', column: spec.name, row },
    },
  );
}

function fromRowObjects(rows: readonly unknown[]): Table {
  const names: string[] = [];
  const seen = new Set<string>();
  for (const [i, row] of rows.entries()) {
    if (!isRecord(row)) throw new TableFormatError(`expected an object for each row (row ${i})`, { details: { format: 'json', row: i } });
    for (const name of Object.keys(row))
      if (!seen.has(name)) {
        seen.add(name);
        names.push(name);
      }
  }
  const columns = names.map((name) => {
    const values = rows.map((row) => (row as Record<string, unknown>)[name] ?? null);
    const spec = { name, ...inferShape(values) };
    const builder = new ColumnBuilder(spec, values.length);
    for (const [row, value] of values.entries()) builder.push(toCell(value, spec, row));
    return builder.finish();
  });
  return makeTable(columns);
}

/** Type and shape that hold all values: scalars, or one level of lists of scalars; anything else becomes JSON text. */
function inferShape(values: readonly unknown[]): { datatype: DataType; shape: readonly number[] } {
  const filled = values.filter((value) => value !== null);
  const lists =
    filled.length > 0 &&
    filled.every((value) => Array.isArray(value) && (value as unknown[]).every((item) => !Array.isArray(item) && !isRecord(item)));
  const items = lists ? (filled as unknown[][]).flat().filter((item) => item !== null) : filled;
  const datatype: DataType =
    items.length === 0
      ? 'string'
      : items.every((item) => typeof item === 'boolean')
        ? 'boolean'
        : items.every((item) => item instanceof ExactNumber || (typeof item === 'number' && Number.isSafeInteger(item)))
          ? 'int64'
          : items.every((item) => typeof item === 'number' || item instanceof ExactNumber)
            ? 'float64'
            : 'string';
  return { datatype, shape: lists ? [-1] : [] };
}

/** Writes `{"metadata": [...], "data": [[...], ...]}`; int64 as exact JSON numbers, NaN and infinities as strings, null as null. */
export function writeJsonTable(table: Table): Uint8Array {
  return concatBytes(writeThrough(new JsonTableWriter(table), table, sliceRows));
}

/** {@link writeJsonTable} batch by batch. */
export class JsonTableWriter implements TableWriter {
  readonly #columns: readonly ColumnSpec[];
  readonly #meta: TableMeta;
  #first = true;

  constructor(table: { readonly columns: readonly ColumnSpec[]; readonly meta?: TableMeta }) {
    this.#columns = table.columns;
    this.#meta = table.meta ?? {};
  }

  start(): Uint8Array {
    const metadata = this.#columns.map(({ name, datatype, shape = [], unit, ucd, utype, xtype, description }) =>
      JSON.stringify({ name, datatype, ...(shape.length > 0 ? { shape } : {}), unit, ucd, utype, xtype, description }),
    );
    const { name, description } = this.#meta;
    const head = JSON.stringify({ name, description }).slice(1, -1);
    return ENCODER.encode(`{${head}${head === '' ? '' : ','}"metadata":[\n${metadata.join(',\n')}\n],\n"data":[`);
  }

  rows(batch: Table): Uint8Array {
    let text = '';
    for (let row = 0; row < batch.nrows; row++) {
      text += this.#first ? '\n[' : ',\n[';
      this.#first = false;
      for (const [i, column] of batch.columns.entries())
        text += `${i > 0 ? ',' : ''}${isNullAt(column, row) ? 'null' : jsonCell(column, ...cellRange(column, row))}`;
      text += ']';
    }
    return ENCODER.encode(text);
  }

  finish(): Uint8Array {
    return ENCODER.encode('\n]}\n');
  }
}

/** Rows as JSON objects, one a line; int64 as exact JSON numbers. */
export function writeJsonLines(table: Table): Uint8Array {
  const keys = table.columns.map((column) => `${JSON.stringify(column.name)}:`);
  let text = '';
  for (let row = 0; row < table.nrows; row++)
    text += `{${table.columns.map((column, i) => `${keys[i]}${isNullAt(column, row) ? 'null' : jsonCell(column, ...cellRange(column, row))}`).join(',')}}\n`;
  return ENCODER.encode(text);
}

const ENCODER = new TextEncoder();
