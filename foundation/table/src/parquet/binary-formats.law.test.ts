import { bytesSource } from '@almagest/fits';
import { AlmagestError } from '@almagest/errors';
import { expect, test } from 'vitest';
import { expectSameTable, mulberry32, randomTable } from '../../test/random-table.ts';
import { readArrow, writeArrow } from '../arrow/arrow-table.ts';
import { readFitsTable, writeFitsTable } from '../fits/fits-table.ts';
import type { Cell, Column } from '../model/column.ts';
import type { DataType } from '../model/datatype.ts';
import { sliceRows } from '../model/operations.ts';
import { concatBytes } from '../text/concat-bytes.ts';
import { readParquet, readParquetSummary } from './read-parquet.ts';
import { parquetTableWriter, writeParquet } from './write-parquet.ts';

const NUMBERS: readonly DataType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64'];
const ALL: readonly DataType[] = ['boolean', ...NUMBERS, 'complex64', 'complex128', 'string'];
const SHAPES = [[], [], [-1], [3], [2, 2]];

test('Parquet keeps every type, shape, unit and null (seeds 1 to 120)', async () => {
  for (let seed = 1; seed <= 120; seed++) {
    const wanted = randomTable(seed, { types: ALL.filter((type) => type !== 'uint64'), shapes: SHAPES, nulls: true });
    const found = await readParquet(bytesSource(await writeParquet(wanted, { rowGroupRows: 7 })));
    expectSameTable(found, wanted, { where: `seed ${seed}` });
    expect(found.columns.map((c) => [c.datatype, c.shape, c.description])).toEqual(
      wanted.columns.map((c) => [c.datatype, c.shape, c.description]),
    );
  }
});

test('Parquet keeps unsigned 64-bit integers', async () => {
  const wanted = randomTable(3, { types: ['uint64'], nulls: true, rows: 30 });
  expectSameTable(await readParquet(bytesSource(await writeParquet(wanted))), wanted);
});

test('Parquet batches become row groups, and rows are read by range', async () => {
  const wanted = randomTable(6, { types: ['int64', 'float32', 'string', 'boolean'], shapes: [[], [-1]], nulls: true, rows: 100 });
  const writer = await parquetTableWriter(wanted, { keyValues: { answer: '42' } });
  const bytes = concatBytes([writer.rows(sliceRows(wanted, 0, 40)), writer.rows(sliceRows(wanted, 40)), writer.finish()]);
  const summary = await readParquetSummary(bytesSource(bytes));
  expect(summary).toMatchObject({ nrows: 100, rowGroups: [40, 60], keyValues: { answer: '42' } });
  for (const [start, stop] of [
    [0, 100],
    [39, 41],
    [50, 60],
    [99, 200],
  ] as const)
    expectSameTable(await readParquet(bytesSource(bytes), { rows: [start, stop] }), sliceRows(wanted, start, stop));
});

test('Arrow keeps every type, shape, unit and null (seeds 1 to 120)', async () => {
  for (let seed = 1; seed <= 120; seed++) {
    const wanted = randomTable(seed, { types: ALL, shapes: SHAPES, nulls: true });
    for (const form of ['stream', 'file'] as const) {
      const found = await readArrow(await writeArrow(wanted, form));
      expectSameTable(found, wanted, { where: `seed ${seed} ${form}` });
      expect(found.columns.map((c) => [c.datatype, c.shape, c.description])).toEqual(
        wanted.columns.map((c) => [c.datatype, c.shape, c.description]),
      );
    }
  }
});

test('FITS keeps every type and shape (seeds 1 to 120)', async () => {
  const asKept = (cell: Cell, column: Column): unknown => {
    const isArray = column.shape.length > 0;
    if (cell === null && column.datatype === 'string')
      return isArray ? Array.from({ length: column.shape.reduce((a, b) => a * b, 1) }, () => '') : '';
    if (column.datatype === 'string') return isArray ? (cell as string[]).map((text) => text.trimEnd()) : (cell as string).trimEnd();
    if (cell !== null) return cell;
    if (column.shape[0] === -1) return [];
    if (column.datatype.startsWith('float'))
      return isArray ? Array.from({ length: column.shape.reduce((a, b) => a * b, 1) }, () => Number.NaN) : Number.NaN;
    return null;
  };
  for (let seed = 1; seed <= 120; seed++) {
    const table = randomTable(seed, {
      types: ['boolean', ...NUMBERS, 'string'],
      shapes: seed % 3 === 0 ? [[], [3], [2, 2]] : [[]],
      nulls: true,
      alphabet: 'abc XYZ',
      rows: 1 + (seed % 9),
    });
    const numbers = randomTable(seed, {
      types: ['boolean', ...NUMBERS, 'complex64', 'complex128'],
      shapes: [[], [-1], [3]],
      rows: 1 + (seed % 9),
    });
    for (const wanted of [table, numbers])
      expectSameTable(await readFitsTable(bytesSource(await writeFitsTable(wanted))), wanted, { expected: asKept, where: `seed ${seed}` });
  }
});

test('Parquet footers that lie give a coded error or a table (1 500 mutations, seed 10)', async () => {
  const random = mulberry32(10);
  const table = randomTable(8, { types: ALL, shapes: SHAPES, nulls: true, rows: 12 });
  const parquet = await writeParquet(table);
  const footer = new DataView(parquet.buffer, parquet.byteOffset).getUint32(parquet.length - 8, true);
  for (let run = 0; run < 1500; run++) {
    const bytes = Uint8Array.from(parquet);
    for (let k = 0; k < 2; k++) bytes[bytes.length - 1 - Math.floor(random() * (footer + 8))] = Math.floor(random() * 256);
    const cut = random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    try {
      await readParquet(bytesSource(cut), { maxBytes: 1e8 });
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw new Error(`run ${run}: ${String(error)}`, { cause: error });
    }
  }
});

test('damaged Arrow gives a coded error or a table (2 000 mutations, seed 11)', async () => {
  const random = mulberry32(11);
  const table = randomTable(8, { types: ALL, shapes: SHAPES, nulls: true, rows: 12 });
  const sources = [await writeArrow(table, 'stream'), await writeArrow(table, 'file')];
  for (let run = 0; run < 2000; run++) {
    const bytes = Uint8Array.from(sources[run % 2]);
    for (let k = 0; k < 3; k++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const cut = random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    try {
      await readArrow(cut);
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw new Error(`run ${run}: ${String(error)}`, { cause: error });
    }
  }
});
