import { expect, test } from 'vitest';
import { CellValueError, ColumnNotFoundError, TableShapeError } from '../errors.ts';
import { columnFromCells } from './builder.ts';
import { cellAt } from './column.ts';
import { concatTables, filterRows, selectColumns, sliceRows, sortRows, takeRows } from './operations.ts';
import { getColumn, makeTable, rowsOf } from './table.ts';

const table = makeTable([
  columnFromCells({ name: 'id', datatype: 'int64' }, [9007199254740993n, -1n, null, 5n]),
  columnFromCells({ name: 'flux', datatype: 'float32', unit: 'nJy' }, [1.5, Number.NaN, 2.5, null]),
  columnFromCells({ name: 'name', datatype: 'string' }, ['a', 'b', '', 'd']),
  columnFromCells({ name: 'list', datatype: 'int32', shape: [-1] }, [Int32Array.of(1, 2), Int32Array.of(), null, [3, null]]),
  columnFromCells({ name: 'pair', datatype: 'float64', shape: [2] }, [
    Float64Array.of(1, 2),
    Float64Array.of(3, 4),
    null,
    Float64Array.of(5, 6),
  ]),
  columnFromCells({ name: 'z', datatype: 'complex128' }, [{ re: 1, im: 2 }, null, { re: 3, im: 4 }, { re: 5, im: 6 }]),
]);
const plain = (t: typeof table): unknown => [...rowsOf(t)];

test('keeps 64-bit integers exact', () => {
  expect(cellAt(getColumn(table, 'id'), 0)).toBe(9007199254740993n);
});

test('slices, takes and concatenates every cell shape', () => {
  const parts = [sliceRows(table, 0, 1), sliceRows(table, 1, 3), sliceRows(table, 3)];
  expect(plain(concatTables(parts))).toEqual(plain(table));
  expect(plain(takeRows(takeRows(table, [3, 1, 0, 2]), [2, 1, 3, 0]))).toEqual(plain(table));
  expect(getColumn(concatTables(parts), 'list').itemNulls).toEqual(getColumn(table, 'list').itemNulls);
});

test('sorts nulls last and NaN before them in both directions', () => {
  const names = (t: typeof table): unknown => [...rowsOf(t)].map((row) => row['name']);
  expect(names(sortRows(table, ['flux']))).toEqual(['a', '', 'b', 'd']);
  expect(names(sortRows(table, [{ column: 'flux', descending: true }]))).toEqual(['', 'a', 'b', 'd']);
  expect(names(sortRows(table, ['id']))).toEqual(['b', 'd', 'a', '']);
});

test('selects and filters', () => {
  expect(selectColumns(table, ['z', 'id']).columns.map((c) => c.name)).toEqual(['z', 'id']);
  expect(filterRows(table, (row) => row['name'] === 'b').nrows).toBe(1);
  expect(() => getColumn(table, 'fluxx')).toThrow(ColumnNotFoundError);
});

test('refuses values that do not fit', () => {
  expect(() => columnFromCells({ name: 'x', datatype: 'uint8' }, [256])).toThrow(CellValueError);
  expect(() => columnFromCells({ name: 'x', datatype: 'int32' }, [1.5])).toThrow(CellValueError);
  expect(() => columnFromCells({ name: 'x', datatype: 'int64' }, [2 ** 53])).toThrow(CellValueError);
  expect(() => columnFromCells({ name: 'x', datatype: 'float64', shape: [2] }, [Float64Array.of(1)])).toThrow(TableShapeError);
});
