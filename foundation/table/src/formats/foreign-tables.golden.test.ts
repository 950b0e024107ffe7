import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesSource } from '@almagest/fits';
import { expect, test } from 'vitest';
import { cellAt, cellRange, type Column } from '../model/column.ts';
import { getColumn, type Table } from '../model/table.ts';
import { readTable } from './table-format.ts';

const FOLDER = join(import.meta.dirname, '../../test/golden/foreign-tables');
const read = (name: string): Promise<Table> => readTable(bytesSource(readFileSync(join(FOLDER, name))), { name });

/** Cells in the words of the golden file. */
function texts(column: Column): unknown[] {
  return Array.from({ length: 3 }, (_, row) => {
    const cell = cellAt(column, row);
    if (cell === null || typeof cell === 'string' || typeof cell === 'boolean') return cell;
    if (typeof cell === 'number' || typeof cell === 'bigint') return String(cell).toLowerCase();
    const [start, end] = cellRange(column, row);
    return Array.from({ length: end - start }, (_, i) =>
      column.itemNulls?.[start + i] ? null : String((column.data as ArrayLike<unknown>)[start + i]),
    );
  });
}

function same(found: unknown, wanted: unknown): void {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return (value as unknown[]).map(plain);
    if (typeof value === 'string' && value.trim() !== '' && /^-?[\d.]+(e[+-]?\d+)?$/.test(value) && !/^-?\d{16,}$/.test(value))
      return Number(value);
    return value;
  };
  expect(plain(found)).toEqual(plain(wanted));
}

test('reads what pyarrow writes as Parquet, in every codec', async () => {
  const wanted = JSON.parse(readFileSync(join(FOLDER, 'pyarrow.json'), 'utf8')) as Record<string, unknown[]>;
  for (const codec of ['snappy', 'zstd', 'gzip', 'brotli', 'lz4']) {
    const table = await read(`pyarrow-${codec}.parquet`);
    for (const [name, cells] of Object.entries(wanted)) {
      const column = getColumn(table, name);
      if (name === 'struct') expect(texts(column)).toEqual(['{"a":1,"b":"x"}', null, '{"a":9007199254740993,"b":null}']);
      else if (name === 't') expect(texts(column)).toEqual(['2025-01-02T03:04:05.678901', null, '1969-12-31T23:59:59.000000']);
      else same(texts(column), cells);
    }
    expect(table.columns.map((column) => column.datatype).slice(0, 9)).toEqual([
      'int64',
      'uint8',
      'int16',
      'uint32',
      'uint64',
      'float32',
      'float64',
      'boolean',
      'string',
    ]);
  }
});

test('reads what pyarrow writes as Arrow', async () => {
  const wanted = JSON.parse(readFileSync(join(FOLDER, 'pyarrow.json'), 'utf8')) as Record<string, unknown[]>;
  const table = await read('pyarrow.arrow');
  for (const column of table.columns) {
    if (column.name === 't') expect(texts(column)).toEqual(['2025-01-02T03:04:05.678901', null, '1969-12-31T23:59:59.000000']);
    else same(texts(column), wanted[column.name]);
  }
  expect(getColumn(table, 'fixed').shape).toEqual([2]);
});

test('reads what astropy writes as ECSV and FITS', async () => {
  for (const name of ['astropy-blank.ecsv', 'astropy-comma.ecsv', 'astropy.fits']) {
    const table = await read(name);
    const cells = (column: string): unknown => texts(getColumn(table, column));
    expect(cells('id'), name).toEqual(['9007199254740993', '-1', '0']);
    expect(cells('u64'), name).toEqual(['18446744073709551615', '1', '2']);
    expect(Array.from(getColumn(table, 'f4').data as Float32Array), name).toEqual([Math.fround(1.1), Number.NaN, -Infinity]);
    expect((getColumn(table, 'f8').data as Float64Array)[2], name).toBe(1e300);
    expect(getColumn(table, 'f8').unit?.replaceAll(' ', '').replace('kms-1', 'km/s'), name).toBe('km/s');
    expect(texts(getColumn(table, 'flag')).slice(0, 2), name).toEqual([true, false]);
    expect(cells('vec'), name).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
    expect(getColumn(table, 'mat').shape, name).toEqual([2, 2]);
    expect(cellAt(getColumn(table, 'z'), 0), name).toEqual({ re: 1, im: 2 });
    if (name.endsWith('.fits')) continue;
    expect(cells('name'), name).toEqual(['a b', 'c,"d"', 'é漢']);
    expect(cells('f8'), name).toEqual([String(1 / 3), null, '1e+300']);
    expect(cells('flag'), name).toEqual([true, false, null]);
    expect(getColumn(table, 'id').description, name).toBe('an id: "quoted"');
    expect(table.meta.extra, name).toEqual({ author: 'nobody', nested: { a: [1, 2.5, 'x'] } });
  }
});
