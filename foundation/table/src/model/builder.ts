import { CellValueError, TableShapeError } from '../errors.ts';
import { type Cell, type Column, type ColumnSpec, type Complex, makeColumn, valuesPerCell } from './column.ts';
import { type ColumnData, DATA_TYPES, isBigIntType, makeColumnData, type NumberArray } from './datatype.ts';

/**
 * Builds a column from one cell value a row; `null` and `undefined` become nulls.
 *
 * @throws {CellValueError} if a value does not fit the type. Integers are never wrapped or rounded.
 */
export function columnFromCells(spec: ColumnSpec, cells: readonly (Cell | undefined | readonly (number | bigint | null)[])[]): Column {
  const builder = new ColumnBuilder(spec);
  for (const cell of cells) builder.push(cell ?? null);
  return builder.finish();
}

/** Grows a column cell by cell; `finish` gives the column and ends the builder. */
export class ColumnBuilder {
  readonly spec: ColumnSpec;
  readonly #shape: readonly number[];
  readonly #slots: number;
  #data: ColumnData;
  #offsets: Int32Array | undefined;
  #nulls: Uint8Array | undefined;
  #itemNulls: Uint8Array | undefined;
  #rows = 0;
  #values = 0;

  constructor(spec: ColumnSpec, expectedRows = 64) {
    this.spec = spec;
    this.#shape = spec.shape ?? [];
    this.#slots = DATA_TYPES[spec.datatype].slots;
    this.#data =
      spec.datatype === 'string' ? [] : makeColumnData(spec.datatype, Math.max(1, expectedRows * Math.max(1, valuesPerCell(this.#shape))));
    if (this.#shape[0] === -1) this.#offsets = new Int32Array(expectedRows + 1);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Appends one cell. Array cells take arrays of numbers, bigints, booleans, strings or (complex) interleaved pairs. */
  push(cell: Cell | readonly (number | bigint | null)[]): void {
    if (this.#shape.length === 0) {
      this.#reserve(1);
      if (cell === null) {
        this.#markNull();
        if (this.#data instanceof Float32Array || this.#data instanceof Float64Array)
          this.#data.fill(Number.NaN, this.#values * this.#slots, (this.#values + 1) * this.#slots);
      } else this.#put(this.#values, cell as Cell);
      this.#values++;
    } else this.#pushArray(cell);
    this.#rows++;
  }

  finish(): Column {
    const used = this.#values * this.#slots;
    const data = Array.isArray(this.#data) ? this.#data : this.#data.slice(0, used);
    if (Array.isArray(data)) for (let i = data.length; i < used; i++) data.push('');
    return makeColumn({
      ...this.spec,
      shape: this.#shape,
      data,
      ...(this.#offsets ? { offsets: this.#offsets.slice(0, this.#rows + 1) } : {}),
      ...(this.#nulls
        ? { nulls: grown(this.#nulls, this.#rows).slice(0, this.#rows) }
        : this.#needsRowCount()
          ? { nulls: new Uint8Array(this.#rows) }
          : {}),
      ...(this.#itemNulls ? { itemNulls: grown(this.#itemNulls, this.#values).slice(0, this.#values) } : {}),
    });
  }

  #needsRowCount(): boolean {
    return !this.#offsets && valuesPerCell(this.#shape) === 0;
  }

  #pushArray(cell: Cell | readonly (number | bigint | null)[]): void {
    const items = cell as ArrayLike<number | bigint | boolean | string | null> | null;
    const step = valuesPerCell(this.#shape);
    const length = items === null ? (this.#offsets ? 0 : step) : items.length / this.#slots;
    if (this.#offsets ? step > 0 && length % step !== 0 : length !== step)
      throw new TableShapeError(
        `a cell of column "${this.spec.name}" must hold ${this.#offsets ? 'a multiple of ' : ''}${step} values; found ${length} (row ${this.#rows})`,
        {
          details: { column: this.spec.name, expected: step, found: length },
        },
      );
    this.#reserve(length);
    if (items === null) {
      this.#markNull();
      if (this.#data instanceof Float32Array || this.#data instanceof Float64Array)
        this.#data.fill(Number.NaN, this.#values * this.#slots, (this.#values + length) * this.#slots);
    } else if (this.#slots === 2) {
      const target = this.#data as Float64Array;
      for (let i = 0; i < 2 * length; i++) target[this.#values * 2 + i] = items[i] as number;
    } else
      for (let i = 0; i < length; i++) {
        const item = items[i];
        if (item === null) {
          this.#itemNulls = grown(this.#itemNulls ?? new Uint8Array(0), this.#values + length);
          this.#itemNulls[this.#values + i] = 1;
        } else this.#put(this.#values + i, item);
      }
    this.#values += length;
    if (this.#offsets) {
      if (this.#rows + 2 > this.#offsets.length) {
        const wider = new Int32Array(this.#offsets.length * 2 + 2);
        wider.set(this.#offsets);
        this.#offsets = wider;
      }
      this.#offsets[this.#rows + 1] = this.#values;
    }
  }

  #markNull(): void {
    this.#nulls = grown(this.#nulls ?? new Uint8Array(0), this.#rows + 1);
    this.#nulls[this.#rows] = 1;
  }

  #reserve(count: number): void {
    if (Array.isArray(this.#data)) {
      for (let i = 0; i < count; i++) this.#data.push('');
      return;
    }
    const need = (this.#values + count) * this.#slots;
    if (need <= this.#data.length) return;
    const wider = makeColumnData(this.spec.datatype, Math.max(need, this.#data.length * 2) / this.#slots) as NumberArray;
    wider.set(this.#data as NumberArray);
    this.#data = wider;
  }

  #put(at: number, value: Cell): void {
    const { datatype } = this.spec;
    const info = DATA_TYPES[datatype];
    if (info.kind === 'string') (this.#data as string[])[at] = typeof value === 'string' ? value : this.#refuse(value);
    else if (info.kind === 'boolean')
      (this.#data as Uint8Array)[at] = typeof value === 'boolean' || value === 0 || value === 1 ? Number(value) : this.#refuse(value);
    else if (info.kind === 'complex') {
      const { re, im } = typeof value === 'number' ? { re: value, im: 0 } : (value as Complex);
      const target = this.#data as Float64Array;
      target[2 * at] = re;
      target[2 * at + 1] = im;
    } else if (info.kind === 'float')
      (this.#data as Float64Array)[at] =
        typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : this.#refuse(value);
    else if (isBigIntType(datatype)) (this.#data as BigInt64Array)[at] = this.#checkInteger(value);
    else (this.#data as Int32Array)[at] = Number(this.#checkInteger(value));
  }

  #checkInteger(value: Cell): bigint {
    const info = DATA_TYPES[this.spec.datatype];
    const big =
      typeof value === 'bigint' ? value : typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : this.#refuse(value);
    if (big < (info.min as bigint) || big > (info.max as bigint)) this.#refuse(value);
    return big;
  }

  #refuse(value: Cell): never {
    const text = (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 80);
    throw new CellValueError(`column "${this.spec.name}" holds ${this.spec.datatype}; found ${typeof value} ${text} (row ${this.#rows})`, {
      details: { column: this.spec.name, row: this.#rows, value: text },
    });
  }
}

function grown(array: Uint8Array, length: number): Uint8Array {
  if (array.length >= length) return array;
  const wider = new Uint8Array(Math.max(length, array.length * 2, 64));
  wider.set(array);
  return wider;
}
