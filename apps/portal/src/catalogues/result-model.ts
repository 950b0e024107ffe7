import { type Cell, cellAt, type Column, isNullAt, isScalar, type Table } from '@almagest/table';

/** Rows of a result as they are looked at: which, in what order. Row numbers are those of the table. */
export interface ResultView {
  readonly table: Table;
  /** Row numbers to be shown, in order. */
  readonly rows: Uint32Array;
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

const numberCache = new WeakMap<Column, Float64Array>();

/** Values as doubles, NaN where null or no number; kept, since plots ask again and again. */
export function numbersOf(column: Column): Float64Array {
  const known = numberCache.get(column);
  if (known) return known;
  const { data, nulls } = column;
  const out = new Float64Array(data.length);
  if (isScalar(column) && column.datatype !== 'string')
    for (let i = 0; i < out.length; i++) out[i] = nulls?.[i] ? Number.NaN : Number(data[i]);
  else out.fill(Number.NaN);
  numberCache.set(column, out);
  return out;
}

export const isNumeric = (column: Column): boolean => isScalar(column) && /^(u?int(8|16|32|64)|float(32|64))$/.test(column.datatype);

/** A cell as a person reads it; digits as many as the type holds. */
export function cellText(column: Column, row: number): string {
  if (isNullAt(column, row)) return '';
  const value: Cell = cellAt(column, row);
  if (value === null) return '';
  if (typeof value === 'number') return formatNumber(value, column.datatype === 'float32' ? 7 : 10);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'object') return `[${Array.from(value as ArrayLike<unknown>, String).join(', ')}]`;
  return String(value);
}

export function formatNumber(value: number, digits: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(digits)));
}

/**
 * Parses what is written over a column: `> 5`, `<= 2`, `1..3`, `= x`, `!x`, or a part of a text.
 *
 * @returns undefined where nothing is asked.
 */
export function parseFilter(text: string, column: Column): ((row: number) => boolean) | undefined {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  const range = /^(-?[\d.eE+-]+)\s*\.\.\s*(-?[\d.eE+-]+)$/.exec(wanted);
  const compared = /^(<=|>=|<|>|=)\s*(-?[\d.eE+-]+)$/.exec(wanted);
  if (isNumeric(column) && (range || compared)) {
    const values = numbersOf(column);
    if (range) {
      const [low, high] = [Number(range[1]), Number(range[2])];
      return (row) => values[row]! >= low && values[row]! <= high;
    }
    const limit = Number(compared?.[2]);
    const tests: Record<string, (row: number) => boolean> = {
      '<': (row) => values[row]! < limit,
      '<=': (row) => values[row]! <= limit,
      '>': (row) => values[row]! > limit,
      '>=': (row) => values[row]! >= limit,
      '=': (row) => values[row] === limit,
    };
    return tests[compared?.[1] ?? '='];
  }
  const not = wanted.startsWith('!');
  const part = (not ? wanted.slice(1) : wanted).replace(/^=\s*/, '').toLowerCase();
  const whole = /^!?=/.test(wanted);
  return (row) => {
    const cell = cellText(column, row).toLowerCase();
    return (whole ? cell === part : cell.includes(part)) !== not;
  };
}

/** Rows that pass every filter, sorted; nulls last whichever way. */
export function viewOf(table: Table, filters: ReadonlyMap<string, string>, sorting: Sorting | undefined): ResultView {
  const tests = table.columns.flatMap((column) => parseFilter(filters.get(column.name) ?? '', column) ?? []);
  let rows = new Uint32Array(table.nrows);
  let kept = 0;
  for (let row = 0; row < table.nrows; row++) if (tests.every((test) => test(row))) rows[kept++] = row;
  rows = rows.slice(0, kept);
  const column = sorting && table.columns.find((each) => each.name === sorting.column);
  if (column && sorting) sortInPlace(rows, column, sorting.descending ? -1 : 1);
  return { table, rows };
}

function sortInPlace(rows: Uint32Array, column: Column, sign: number): void {
  if (isNumeric(column)) {
    const values = numbersOf(column);
    rows.sort((a, b) => {
      const [x, y] = [values[a]!, values[b]!];
      if (x === y) return a - b;
      if (Number.isNaN(x)) return Number.isNaN(y) ? a - b : 1;
      return Number.isNaN(y) ? -1 : x < y ? -sign : sign;
    });
    return;
  }
  const texts = new Map<number, string>();
  for (const row of rows) texts.set(row, cellText(column, row));
  rows.sort((a, b) => sign * (texts.get(a) ?? '').localeCompare(texts.get(b) ?? '') || a - b);
}
