import type { SqlValue } from '@almagest/butler';
import { type Column, type ColumnData, type ColumnSpec, makeColumn, makeColumnData } from '@almagest/table';

/** Grows one column from values as databases give them; fast, because histories have tens of millions of them. */
export interface ColumnSink {
  readonly put: (value: SqlValue | undefined) => void;
  readonly finish: () => Column;
}

/** A sink for a scalar column. Numbers, bigints and booleans are taken for each other where the value is exact. */
export function columnSink(spec: ColumnSpec): ColumnSink {
  let capacity = 1024;
  let count = 0;
  let data: ColumnData = spec.datatype === 'string' ? [] : makeColumnData(spec.datatype, capacity);
  let nulls: Uint8Array | undefined;
  const isFloat = spec.datatype === 'float32' || spec.datatype === 'float64';
  const isBig = spec.datatype === 'int64' || spec.datatype === 'uint64';
  const grow = (): void => {
    capacity *= 2;
    if (!Array.isArray(data)) {
      const wider = makeColumnData(spec.datatype, capacity) as Float64Array;
      wider.set(data as Float64Array);
      data = wider;
    }
    if (nulls) {
      const wider = new Uint8Array(capacity);
      wider.set(nulls);
      nulls = wider;
    }
  };
  const put = (value: SqlValue | undefined): void => {
    if (count === capacity) grow();
    if (value === null || value === undefined) {
      nulls ??= new Uint8Array(capacity);
      nulls[count] = 1;
      if (isFloat) (data as Float64Array)[count] = Number.NaN;
      else if (spec.datatype === 'string') (data as string[])[count] = '';
    } else if (isFloat) (data as Float64Array)[count] = value as number;
    else if (isBig) (data as BigInt64Array)[count] = typeof value === 'bigint' ? value : BigInt(value as number);
    else if (spec.datatype === 'string') (data as string[])[count] = String(value);
    else (data as Int32Array)[count] = Number(value);
    count += 1;
  };
  const finish = (): Column =>
    makeColumn({
      ...spec,
      data: Array.isArray(data) ? data : (data.slice(0, count) as ColumnData),
      ...(nulls ? { nulls: nulls.slice(0, count) } : {}),
    });
  return { put, finish };
}
