import { tableFromIPC } from 'apache-arrow';
import { expect, test } from 'vitest';
import { arrowTableWriter, columnFromCells, concatTables, makeTable, readArrow, rowsOf, sliceRows } from '../index.ts';
import { concatBytes } from '../text/concat-bytes.ts';

const table = makeTable([
  columnFromCells({ name: 'id', datatype: 'int64' }, [1n, null, 9007199254740993n]),
  columnFromCells({ name: 'mag', datatype: 'float32', unit: 'mag' }, [1.5, 2.5, null]),
  columnFromCells({ name: 'name', datatype: 'string' }, ['a', null, 'ü']),
  columnFromCells({ name: 'flux', datatype: 'float64', shape: [-1] }, [[1, 2], [], null]),
]);

test('a stream written in batches reads as the table, here and in the reference library', async () => {
  const writer = await arrowTableWriter(table);
  const parts = [sliceRows(table, 0, 2), sliceRows(table, 2, 2), sliceRows(table, 2, 3)];
  const bytes = concatBytes([writer.start(), ...(await Promise.all(parts.map((part) => writer.rows(part)))), writer.finish()]);
  const back = await readArrow(bytes);
  expect([...rowsOf(back)]).toEqual([...rowsOf(concatTables([table]))]);
  expect(back.columns[1]?.unit).toBe('mag');
  expect(tableFromIPC(bytes).numRows).toBe(3);
});

test('a stream without batches is a table without rows', async () => {
  const writer = await arrowTableWriter(table);
  const back = await readArrow(concatBytes([writer.start(), writer.finish()]));
  expect(back.columns.map(({ name }) => name)).toEqual(['id', 'mag', 'name', 'flux']);
  expect(back.nrows).toBe(0);
});

test('a batch with other columns is refused', async () => {
  const writer = await arrowTableWriter(table);
  await expect(writer.rows(makeTable(table.columns.slice(1)))).rejects.toThrow('columns that the stream began with');
});
