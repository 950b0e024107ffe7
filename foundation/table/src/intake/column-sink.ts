import { TableLimitError } from '../errors.ts';
import { type Column, type ColumnSpec, makeColumn, valuesPerCell } from '../model/column.ts';
import { type ColumnData, DATA_TYPES, makeColumnData, type NumberArray } from '../model/datatype.ts';

/**
 * Bounds what a document may make a reader allocate: a floor, and then so many bytes for each byte that was really read.
 * A header that claims 10^9 values a row thus costs nothing until the values come.
 */
export class MemoryBudget {
  #allowed = 64 * 1024 * 1024;
  #used = 0;
  static readonly perInputByte = 64;

  sawInput(bytes: number): void {
    this.#allowed += bytes * MemoryBudget.perInputByte;
  }

  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#allowed)
      throw new TableLimitError(
        `a table may take ${MemoryBudget.perInputByte} bytes of memory for each byte of the document; found a header that claims more`,
        {
          details: { limit: 'memory', value: this.#used, maximum: this.#allowed },
        },
      );
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** The growing arrays of one column, open to the cell readers. Not for use outside the format readers. */
export class ColumnSink {
  readonly spec: ColumnSpec;
  readonly shape: readonly number[];
  readonly slots: number;
  readonly variable: boolean;
  /** Values in a cell of fixed shape, or in one step of the varying axis. */
  readonly step: number;
  data: ColumnData;
  /** The same memory as 32-bit halves, for 64-bit integer types. */
  halves: Int32Array = new Int32Array(0);
  offsets: Int32Array | undefined;
  nulls: Uint8Array | undefined;
  itemNulls: Uint8Array | undefined;
  rows = 0;
  values = 0;
  /** Values that `data` has room for; for strings there is always room. */
  capacity = 0;
  readonly #budget: MemoryBudget;

  constructor(spec: ColumnSpec, budget: MemoryBudget) {
    this.spec = spec;
    this.shape = spec.shape ?? [];
    this.slots = DATA_TYPES[spec.datatype].slots;
    this.variable = this.shape[0] === -1;
    this.step = valuesPerCell(this.shape);
    this.#budget = budget;
    this.data = makeColumnData(spec.datatype, 0);
    if (this.variable) this.offsets = new Int32Array(1);
  }

  /** Makes room for `count` more values. */
  reserve(count: number): void {
    const need = this.values + count;
    if (need <= this.capacity || Array.isArray(this.data)) return;
    const capacity = Math.max(need, this.capacity * 2, 256);
    const { bytes } = DATA_TYPES[this.spec.datatype];
    this.#budget.take((capacity - this.capacity) * bytes);
    const wider = makeColumnData(this.spec.datatype, capacity) as NumberArray;
    wider.set(this.data as NumberArray);
    this.data = wider;
    this.capacity = capacity;
    if (wider.BYTES_PER_ELEMENT === 8) this.halves = new Int32Array(wider.buffer);
  }

  /** Ends a row after `count` values were written at `values`. */
  endRow(count: number): void {
    this.values += count;
    this.rows++;
    if (!this.offsets) return;
    if (this.rows >= this.offsets.length) {
      const wider = new Int32Array(Math.max(64, this.offsets.length * 2));
      wider.set(this.offsets);
      this.offsets = wider;
    }
    this.offsets[this.rows] = this.values;
  }

  /** Ends a row whose cell is null. */
  endNullRow(): void {
    const count = this.variable ? 0 : this.step;
    this.reserve(count);
    if (Array.isArray(this.data)) for (let i = 0; i < count; i++) this.data[this.values + i] = '';
    else if (this.data instanceof Float32Array || this.data instanceof Float64Array)
      this.data.fill(Number.NaN, this.values * this.slots, (this.values + count) * this.slots);
    else if (this.data instanceof BigInt64Array || this.data instanceof BigUint64Array)
      this.data.fill(0n, this.values, this.values + count);
    else (this.data as Uint8Array).fill(0, this.values, this.values + count);
    this.nulls = grown(this.nulls, this.rows + 1);
    this.nulls[this.rows] = 1;
    this.endRow(count);
  }

  /** Marks one value of the cell being written as null. */
  markItemNull(index: number): void {
    this.itemNulls = grown(this.itemNulls, index + 1);
    this.itemNulls[index] = 1;
  }

  /** Drops the cell being written when a row turns out to be incomplete. */
  rewind(rows: number, values: number): void {
    this.rows = rows;
    this.values = values;
    if (this.nulls && this.nulls.length > rows) this.nulls.fill(0, rows);
    if (this.itemNulls && this.itemNulls.length > values) this.itemNulls.fill(0, values);
    if (Array.isArray(this.data)) this.data.length = Math.min(this.data.length, values);
  }

  /** The rows so far as a column; the sink starts again at row 0. */
  take(): Column {
    const { spec, shape, rows, values } = this;
    const used = values * this.slots;
    const data = Array.isArray(this.data) ? this.data : used === this.data.length ? this.data : this.data.slice(0, used);
    const noValues = !this.variable && this.step === 0;
    const column = makeColumn({
      ...spec,
      shape,
      data,
      ...(this.offsets ? { offsets: this.offsets.slice(0, rows + 1) } : {}),
      ...(this.nulls || noValues ? { nulls: grown(this.nulls, rows).slice(0, rows) } : {}),
      ...(this.itemNulls ? { itemNulls: grown(this.itemNulls, values).slice(0, values) } : {}),
    });
    this.#budget.give(this.capacity * DATA_TYPES[spec.datatype].bytes);
    this.data = makeColumnData(spec.datatype, 0);
    this.halves = new Int32Array(0);
    this.capacity = 0;
    this.rows = 0;
    this.values = 0;
    this.nulls = undefined;
    this.itemNulls = undefined;
    if (this.offsets) this.offsets = new Int32Array(1);
    return column;
  }
}

function grown(array: Uint8Array | undefined, length: number): Uint8Array {
  if (array && array.length >= length) return array;
  const wider = new Uint8Array(Math.max(length, (array?.length ?? 0) * 2, 64));
  if (array) wider.set(array);
  return wider;
}
