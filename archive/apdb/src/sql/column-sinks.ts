import type { SqlValue } from '@almagest/butler';
import { type Column, type ColumnData, type ColumnSpec, makeColumn, makeColumnData } from '@almagest/table';

/** A row as databases give it: values by place or by name. */
export type SqlRow = Readonly<Record<string | number, SqlValue | undefined>>;

/** Grows a column, or the flags that one number carries, from rows; fast, because histories have tens of millions of values. */
export interface ColumnSink {
  /** Appends the value at `key` of each row. */
  readonly take: (rows: readonly SqlRow[], key: string | number) => void;
  /** The columns so far. */
  readonly finish: () => readonly Column[];
}

/**
 * A sink for a scalar column. Numbers, bigints and booleans are taken for each other where the value is exact.
 *
 * @param options.padded - Strings come filled up with spaces, which mean nothing.
 */
export function columnSink(spec: ColumnSpec, { padded = false }: { readonly padded?: boolean } = {}): ColumnSink {
  if (spec.datatype === 'string') return stringSink(spec, padded);
  if (spec.datatype === 'float64') return realSink(spec, storeInto<Float64Array>);
  if (spec.datatype === 'float32') return realSink(spec, storeSingleInto);
  if (spec.datatype === 'int64' || spec.datatype === 'uint64') return realSink(spec, storeBigInto);
  return realSink(spec, storeIntegersInto);
}

const FIRST_CAPACITY = 16_384;

type Store<T> = (rows: readonly SqlRow[], key: string | number, target: Target<T>) => void;

interface Target<T> {
  readonly data: T;
  readonly start: number;
  /** Marks a row that has no value. */
  readonly missing: (row: number) => void;
}

/** A column of numbers; each kind has a loop of its own, which engines compile for its type of array. */
function realSink<T extends Float64Array | Float32Array | BigInt64Array | Int32Array>(spec: ColumnSpec, store: Store<T>): ColumnSink {
  let count = 0;
  let data = makeColumnData(spec.datatype, FIRST_CAPACITY) as T;
  let nulls: Uint8Array | undefined;
  const missing = (row: number): void => {
    nulls ??= new Uint8Array(data.length);
    nulls[row] = 1;
  };
  const grow = (needed: number): void => {
    const capacity = Math.max(needed, 2 * data.length);
    const wider = makeColumnData(spec.datatype, capacity) as T;
    (wider as Float64Array).set(data as Float64Array);
    data = wider;
    if (!nulls) return;
    const widerNulls = new Uint8Array(capacity);
    widerNulls.set(nulls);
    nulls = widerNulls;
  };
  return {
    take: (rows, key) => {
      if (count + rows.length > data.length) grow(count + rows.length);
      store(rows, key, { data, start: count, missing });
      count += rows.length;
    },
    finish: () => [
      makeColumn({
        ...spec,
        data: data.slice(0, count) as ColumnData,
        ...(nulls ? { nulls: nulls.slice(0, count) } : {}),
      }),
    ],
  };
}

/** Flags that one number carries exactly: two bits each. */
export const FLAGS_PER_NUMBER = 20;

/** A sink for several flag columns that come as one number, two bits each from the lowest on: 0, 1, or 2 for none. */
export function flagsSink(specs: readonly ColumnSpec[]): ColumnSink {
  const columns = specs.map((spec) => ({ spec, data: new Uint8Array(0), nulls: undefined as Uint8Array | undefined }));
  let packed = new Float64Array(FIRST_CAPACITY);
  let count = 0;
  return {
    take: (rows, key) => {
      if (count + rows.length > packed.length) {
        const wider = new Float64Array(2 * packed.length + rows.length);
        wider.set(packed);
        packed = wider;
      }
      for (let k = 0; k < rows.length; k += 1) packed[count + k] = rows[k]![key] as number;
      count += rows.length;
    },
    finish: () => {
      for (const column of columns) [column.data, column.nulls] = [new Uint8Array(count), undefined];
      for (let k = 0; k < count; k += 1) {
        const value = packed[k]!;
        // Shifts work on 32 bits: ten flags at a time.
        const halves = [value % 2 ** 20, Math.floor(value / 2 ** 20)] as const;
        for (let n = 0; n < columns.length; n += 1) {
          const bits = (halves[n < 10 ? 0 : 1] >> (2 * (n % 10))) & 3;
          if (bits === 1) columns[n]!.data[k] = 1;
          else if (bits === 2) (columns[n]!.nulls ??= new Uint8Array(count))[k] = 1;
        }
      }
      return columns.map(({ spec, data, nulls }) => makeColumn({ ...spec, data, ...(nulls ? { nulls } : {}) }));
    },
  };
}

function storeInto<T extends Float64Array>(rows: readonly SqlRow[], key: string | number, { data, start, missing }: Target<T>): void {
  for (let k = 0; k < rows.length; k += 1) {
    const value = rows[k]![key];
    if (value === null || value === undefined) missing(start + k);
    data[start + k] = value === null || value === undefined ? Number.NaN : (value as number);
  }
}

function storeSingleInto(rows: readonly SqlRow[], key: string | number, { data, start, missing }: Target<Float32Array>): void {
  for (let k = 0; k < rows.length; k += 1) {
    const value = rows[k]![key];
    if (value === null || value === undefined) missing(start + k);
    data[start + k] = value === null || value === undefined ? Number.NaN : (value as number);
  }
}

function storeBigInto(rows: readonly SqlRow[], key: string | number, { data, start, missing }: Target<BigInt64Array>): void {
  for (let k = 0; k < rows.length; k += 1) {
    const value = rows[k]![key];
    if (value === null || value === undefined) missing(start + k);
    else data[start + k] = typeof value === 'bigint' ? value : BigInt(value as number);
  }
}

function storeIntegersInto(rows: readonly SqlRow[], key: string | number, { data, start, missing }: Target<Int32Array>): void {
  for (let k = 0; k < rows.length; k += 1) {
    const value = rows[k]![key];
    if (value === null || value === undefined) missing(start + k);
    else data[start + k] = Number(value);
  }
}

function stringSink(spec: ColumnSpec, padded: boolean): ColumnSink {
  const data: string[] = [];
  const nulls: number[] = [];
  return {
    take: (rows, key) => {
      for (const row of rows) {
        const value = row[key];
        if (value === null || value === undefined) nulls.push(data.length);
        const text = value === null || value === undefined ? '' : String(value);
        data.push(padded ? text.trimEnd() : text);
      }
    },
    finish: () => {
      const flags = new Uint8Array(data.length);
      for (const row of nulls) flags[row] = 1;
      return [
        makeColumn({
          ...spec,
          data,
          ...(nulls.length > 0 ? { nulls: flags } : {}),
        }),
      ];
    },
  };
}
