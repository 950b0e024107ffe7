import { expect, test } from 'vitest';
import { bytesSource, fitsBytes, getColumn, type InputColumn, openFits, readTable, tableHdu } from '../index.ts';

async function roundTrip(columns: readonly InputColumn[]): Promise<Awaited<ReturnType<typeof readTable>>> {
  const file = await openFits(bytesSource(await fitsBytes([tableHdu({ columns, name: 'CAT' })])));
  return readTable(await file.hdu('CAT'));
}

const COLUMNS: readonly InputColumn[] = [
  { name: 'flag', values: Uint8Array.of(1, 0, 0), nulls: Uint8Array.of(0, 0, 1), format: 'L' },
  {
    name: 'bits',
    values: Uint8Array.from({ length: 27 }, (_unused, i) => (i < 9 ? 0b101100011 >> (8 - i) : 0) & 1),
    cellShape: [9],
    format: '9X',
  },
  { name: 'u8', values: Uint8Array.of(0, 128, 255) },
  { name: 'i8', values: Int8Array.of(-128, 0, 127) },
  { name: 'i16', values: Int16Array.of(-32768, 0, 32767) },
  { name: 'u16', values: Uint16Array.of(0, 40000, 65535) },
  { name: 'i32', values: Int32Array.of(-(2 ** 31), 0, 5), nulls: Uint8Array.of(0, 1, 0), unit: 's', ucd: 'time.duration' },
  { name: 'u32', values: Uint32Array.of(0, 1, 2 ** 32 - 1) },
  { name: 'id', values: BigInt64Array.of(-(2n ** 63n), 9007199254740993n, 2n ** 63n - 1n), description: 'exact 64-bit' },
  { name: 'u64', values: BigUint64Array.of(0n, 9007199254740993n, 2n ** 64n - 1n) },
  { name: 'f32', values: Float32Array.of(1.5, Number.NaN, -3e38) },
  { name: 'f64', values: Float64Array.of(Math.PI, 0, 5e-324), display: 'F10.3' },
  { name: 'c64', values: Float32Array.of(1, 2, 3, 4, 5, 6), format: 'C' },
  { name: 'c128', values: Float64Array.of(1, 2, 3, 4, 5, 6), format: 'M' },
  { name: 'name', values: ['M 13', '', 'NGC 6205'] },
  { name: 'pair', values: ['a', 'bcd', '', 'x', 'yy', 'zz'], cellShape: [2] },
  { name: 'cube', values: Float32Array.from({ length: 36 }, (_unused, i) => i), cellShape: [2, 2, 3] },
  { name: 'var', values: Int32Array.of(7, 8, 9, 10), offsets: Uint32Array.of(0, 1, 1, 4) },
  { name: 'varc', values: Float32Array.of(1, 2, 3, 4), offsets: Uint32Array.of(0, 2, 4, 4), format: '1PC' },
  { name: 'varbits', values: Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 1, 1, 1), offsets: Uint32Array.of(0, 0, 10, 10), format: '1PX' },
  { name: 'vartext', values: ['', 'long text', 'x'], format: '1PA' },
];

test.each(COLUMNS.map((column) => [column.name, column] as const))('column %s comes back as it was', async (_name, column) => {
  const table = await roundTrip([column, { name: 'after', values: Int16Array.of(1, 2, 3) }]);
  const back = getColumn(table, column.name.toUpperCase());
  expect(table.rows).toBe(3);
  if (column.nulls) expect(back.nulls).toEqual(column.nulls);
  else expect([...back.values]).toEqual([...column.values]);
  if (column.offsets) expect([...(back.offsets ?? [])]).toEqual([...column.offsets]);
  else expect(back.cellShape).toEqual(column.cellShape ?? []);
  expect(back.unit).toBe(column.unit);
  expect(back.ucd).toBe(column.ucd);
  expect(back.description).toBe(column.description);
  expect(back.display).toBe(column.display);
  expect([...getColumn(table, 'after').values]).toEqual([1, 2, 3]);
});

test('all columns together, part of the columns, and part of the rows', async () => {
  const file = await openFits(bytesSource(await fitsBytes([tableHdu({ columns: COLUMNS })])));
  const hdu = await file.hdu(1);
  expect((await readTable(hdu)).columns.map((column) => column.name)).toEqual(COLUMNS.map((column) => column.name));
  const part = await readTable(hdu, { columns: ['var', 'ID'], rows: [1, 3] });
  expect(part.columns.map((column) => column.name)).toEqual(['var', 'id']);
  expect([...getColumn(part, 'id').values]).toEqual([9007199254740993n, 2n ** 63n - 1n]);
  expect([...getColumn(part, 'var').values]).toEqual([8, 9, 10]);
});

test('a column that was read is written again as it is', async () => {
  const once = await roundTrip(COLUMNS);
  const twice = await roundTrip(once.columns);
  expect(twice).toEqual(once);
});

test('a column that does not exist is named with those that do', async () => {
  const file = await openFits(bytesSource(await fitsBytes([tableHdu({ columns: COLUMNS.slice(2, 4) })])));
  await expect(readTable(await file.hdu(1), { columns: ['ra'] })).rejects.toThrow('no column "ra"; the table has u8, i8');
});
