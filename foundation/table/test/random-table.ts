import { expect } from 'vitest';
import { columnFromCells } from '../src/model/builder.ts';
import { type Cell, cellAt, type Column, type ColumnSpec } from '../src/model/column.ts';
import { DATA_TYPES, type DataType } from '../src/model/datatype.ts';
import { makeTable, type Table } from '../src/model/table.ts';

export interface RandomTableOptions {
  readonly types: readonly DataType[];
  /** Cell shapes to choose from; scalar by default. */
  readonly shapes?: readonly (readonly number[])[];
  readonly nulls?: boolean;
  readonly rows?: number;
  /** Characters of strings. */
  readonly alphabet?: string;
}

/** A table that depends on the seed alone. */
export function randomTable(seed: number, options: RandomTableOptions): Table {
  const random = mulberry32(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const nrows = options.rows ?? Math.floor(random() * 20);
  const count = 1 + Math.floor(random() * 6);
  const columns: Column[] = [];
  for (let i = 0; i < count; i++) {
    const datatype = pick(options.types);
    const shape = pick(options.shapes ?? [[]]);
    const spec: ColumnSpec = {
      name: `c${i}`,
      datatype,
      shape,
      ...(random() < 0.5 ? { unit: pick(['deg', 'nJy', 'km/s']) } : {}),
      ...(random() < 0.5 ? { ucd: 'phot.flux' } : {}),
      ...(random() < 0.5 ? { description: 'a <"&> description' } : {}),
    };
    const cells: Cell[] = [];
    for (let row = 0; row < nrows; row++)
      cells.push(options.nulls && random() < 0.2 ? null : randomCell(random, datatype, shape, options.alphabet ?? 'abc XYZ<&>"\'é漢'));
    columns.push(columnFromCells(spec, cells));
  }
  return makeTable(columns, { name: 't', description: `seed ${seed}` });
}

function randomCell(random: () => number, datatype: DataType, shape: readonly number[], alphabet: string): Cell {
  const one = (): Cell => randomValue(random, datatype, alphabet);
  if (shape.length === 0) return one();
  const length = shape.reduce((n, axis) => n * (axis === -1 ? 1 + Math.floor(random() * 4) : axis), 1);
  const items = Array.from({ length }, one);
  if (datatype === 'complex64' || datatype === 'complex128')
    return (items as { re: number; im: number }[]).flatMap((z) => [z.re, z.im]) as unknown as Cell;
  return items as unknown as Cell;
}

function randomValue(random: () => number, datatype: DataType, alphabet: string): Cell {
  const info = DATA_TYPES[datatype];
  const letters = Array.from(alphabet);
  const float = (): number => {
    const x = (random() - 0.5) * 10 ** Math.floor(random() * 30 - 15);
    return datatype === 'float32' || datatype === 'complex64' ? Math.fround(x) : x;
  };
  if (info.kind === 'boolean') return random() < 0.5;
  if (info.kind === 'string')
    return Array.from({ length: 1 + Math.floor(random() * 8) }, () => letters[Math.floor(random() * letters.length)]).join('');
  if (info.kind === 'complex') return { re: float(), im: float() };
  if (info.kind === 'float') {
    const special = random();
    return special < 0.05 ? Infinity : special < 0.1 ? -Infinity : special < 0.15 ? 0 : float();
  }
  const min = info.min ?? 0n;
  const max = info.max ?? 0n;
  const edge = random();
  const value = edge < 0.1 ? min : edge < 0.2 ? max : min + ((max - min) * BigInt(Math.floor(random() * 2 ** 40))) / 2n ** 40n;
  return info.bytes === 8 ? value : Number(value);
}

/** Deterministic uniform numbers in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface SameTableOptions {
  /** What a cell of the first table becomes in the second, where the format cannot keep it. */
  readonly expected?: (cell: Cell, column: Column) => unknown;
  readonly where?: string;
}

/** Asserts the same names, types, units and cells. */
export function expectSameTable(found: Table, wanted: Table, options: SameTableOptions = {}): void {
  const { where = '', expected = (cell) => cell } = options;
  expect(found.nrows, where).toBe(wanted.nrows);
  expect(
    found.columns.map((c) => c.name),
    where,
  ).toEqual(wanted.columns.map((c) => c.name));
  for (const [i, column] of wanted.columns.entries()) {
    const other = found.columns[i];
    expect([other.unit, other.ucd], `${where} ${column.name}`).toEqual([column.unit, column.ucd]);
    for (let row = 0; row < wanted.nrows; row++)
      expect(comparable(cellAt(other, row)), `${where} ${column.name}:${column.datatype}[${column.shape.join()}] row ${row}`).toEqual(
        comparable(expected(cellAt(column, row), column)),
      );
  }
}

function comparable(cell: unknown): unknown {
  return ArrayBuffer.isView(cell) ? Array.from(cell as unknown as ArrayLike<number>) : cell;
}
