import { NumericsShapeError } from '../errors.ts';

/** A sparse matrix in compressed rows; within a row the columns increase. */
export interface CsrMatrix {
  readonly rows: number;
  readonly columns: number;
  /** `rows + 1` offsets into the two arrays below. */
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** Builds a matrix from (row, column, value) triplets in any order; equal places add up. */
export function createCsrMatrix(
  rows: number,
  columns: number,
  row: ArrayLike<number>,
  column: ArrayLike<number>,
  value: ArrayLike<number>,
): CsrMatrix {
  const n = row.length;
  if (column.length !== n || value.length !== n)
    throw new NumericsShapeError('row, column and value must have one length', {
      details: { expected: String(n), found: `${column.length}, ${value.length}` },
    });
  // Two stable counting passes: by column, then by row, leave every row sorted by column.
  const byColumn = countingOrder(
    column,
    columns,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  const order = countingOrder(row, rows, byColumn);
  const start = new Int32Array(rows + 1);
  const outColumn = new Int32Array(n);
  const outValue = new Float64Array(n);
  let size = 0;
  let previousRow = -1;
  for (const k of order) {
    if (row[k] === previousRow && outColumn[size - 1] === column[k]) outValue[size - 1] += value[k];
    else {
      outColumn[size] = column[k];
      outValue[size++] = value[k];
      start[row[k] + 1]++;
    }
    previousRow = row[k];
  }
  for (let i = 0; i < rows; i++) start[i + 1] += start[i];
  return { rows, columns, start, column: outColumn.slice(0, size), value: outValue.slice(0, size) };
}

function countingOrder(keys: ArrayLike<number>, limit: number, order: Int32Array): Int32Array {
  const at = new Int32Array(limit + 1);
  for (const k of order) {
    const key = keys[k];
    if (!(key >= 0 && key < limit))
      throw new NumericsShapeError(`index ${key} is outside [0, ${limit})`, { details: { expected: `[0, ${limit})`, found: String(key) } });
    at[key + 1]++;
  }
  for (let i = 0; i < limit; i++) at[i + 1] += at[i];
  const out = new Int32Array(order.length);
  for (const k of order) out[at[keys[k]]++] = k;
  return out;
}

/** y += A x. */
export function multiplyAddInto(a: CsrMatrix, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < a.rows; i++) {
    let sum = 0;
    for (let k = a.start[i]; k < a.start[i + 1]; k++) sum += a.value[k] * x[a.column[k]];
    y[i] += sum;
  }
}

/** y += A^T x. */
export function transposeMultiplyAddInto(a: CsrMatrix, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < a.rows; i++) {
    const factor = x[i];
    if (factor !== 0) for (let k = a.start[i]; k < a.start[i + 1]; k++) y[a.column[k]] += a.value[k] * factor;
  }
}

/** The transpose, again with sorted rows. */
export function transposeCsr(a: CsrMatrix): CsrMatrix {
  const start = new Int32Array(a.columns + 1);
  for (const j of a.column) start[j + 1]++;
  for (let j = 0; j < a.columns; j++) start[j + 1] += start[j];
  const at = start.slice(0, a.columns);
  const column = new Int32Array(a.column.length);
  const value = new Float64Array(a.column.length);
  for (let i = 0; i < a.rows; i++)
    for (let k = a.start[i]; k < a.start[i + 1]; k++) {
      const to = at[a.column[k]]++;
      column[to] = i;
      value[to] = a.value[k];
    }
  return { rows: a.columns, columns: a.rows, start, column, value };
}

/** A^T diag(weight) A, both triangles; weight 1 when absent. */
export function normalMatrix(a: CsrMatrix, weight?: Float64Array): CsrMatrix {
  const t = transposeCsr(a);
  const n = a.columns;
  const mark = new Int32Array(n).fill(-1);
  const accumulator = new Float64Array(n);
  const start = new Int32Array(n + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < n; i++) {
    const pattern: number[] = [];
    for (let k = t.start[i]; k < t.start[i + 1]; k++) {
      const row = t.column[k];
      const factor = t.value[k] * (weight ? weight[row] : 1);
      for (let l = a.start[row]; l < a.start[row + 1]; l++) {
        const j = a.column[l];
        if (mark[j] !== i) {
          mark[j] = i;
          accumulator[j] = 0;
          pattern.push(j);
        }
        accumulator[j] += factor * a.value[l];
      }
    }
    for (const j of Int32Array.from(pattern).toSorted()) {
      columns.push(j);
      values.push(accumulator[j]);
    }
    start[i + 1] = columns.length;
  }
  return { rows: n, columns: n, start, column: Int32Array.from(columns), value: Float64Array.from(values) };
}
