import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnFromCells, concatTables, getColumn, makeTable, rowsOf, type Table } from '@almagest/table';
import { createDuckdbEngine, type DuckdbEngine } from './duckdb-engine.ts';
import { QueryAbortedError, QueryFailedError } from './errors.ts';

let engine: DuckdbEngine;
beforeAll(async () => {
  engine = await createDuckdbEngine({ threads: 2 });
});
afterAll(() => engine.close());

async function rows(sql: string): Promise<Table> {
  const { batches } = await engine.run(sql);
  return concatTables(await Array.fromAsync(batches));
}

test('keeps types, nulls and all 64 bits', async () => {
  const table = await rows(
    "SELECT 9007199254740993::BIGINT AS i, NULL::DOUBLE AS d, 'ü' AS s, TRUE AS b, TIMESTAMP '2026-11-20 01:02:03.5' AS t, [1.5, 2.5] AS a, 7::HUGEINT AS h",
  );
  expect([...rowsOf(table)][0]).toMatchObject({ i: 9007199254740993n, d: null, s: 'ü', b: true, t: '2026-11-20T01:02:03.5', h: 7 });
  expect(getColumn(table, 't').xtype).toBe('timestamp');
  expect([...(getColumn(table, 'a').data as Float64Array)]).toEqual([1.5, 2.5]);
});

test('streams many rows in batches', async () => {
  const { batches } = await engine.run('SELECT range AS i FROM range(100000)');
  let total = 0;
  let count = 0;
  for await (const batch of batches) {
    total += batch.nrows;
    count++;
  }
  expect(total).toBe(100_000);
  expect(count).toBeGreaterThan(3);
});

test('an abort stops the engine', async () => {
  const controller = new AbortController();
  const running = engine
    .run('SELECT SUM(a.range * b.range) FROM range(1000000) a, range(1000000) b', { signal: controller.signal })
    .then(({ batches }) => Array.fromAsync(batches));
  setTimeout(() => controller.abort(), 50);
  await expect(running).rejects.toBeInstanceOf(QueryAbortedError);
  expect((await rows('SELECT 1 AS x')).nrows).toBe(1);
});

test('a reader that leaves early frees the engine', async () => {
  const { batches } = await engine.run('SELECT range FROM range(10000000)');
  for await (const batch of batches) {
    expect(batch.nrows).toBeGreaterThan(0);
    break;
  }
  expect((await rows('SELECT 1 AS x')).nrows).toBe(1);
});

test('a result that is never read gives its connection back when it is given up', async () => {
  const controller = new AbortController();
  const { batches } = await engine.run('SELECT range FROM range(10000000)', { signal: controller.signal });
  controller.abort();
  await expect(Array.fromAsync(batches)).rejects.toBeInstanceOf(QueryAbortedError);
  expect((await rows('SELECT 1 AS x')).nrows).toBe(1);
});

test('closing ends the queries that run', async () => {
  const other = await createDuckdbEngine({ threads: 2 });
  const running = other
    .run('SELECT SUM(a.range * b.range) FROM range(1000000) a, range(1000000) b')
    .then(({ batches }) => Array.fromAsync(batches));
  running.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await other.close();
  await expect(running).rejects.toBeInstanceOf(QueryFailedError);
});

test('a refused statement says why', async () => {
  await expect(engine.run('SELECT nothing FROM nowhere')).rejects.toBeInstanceOf(QueryFailedError);
});

test('a table goes in and comes out with nulls, 64-bit integers, arrays and times', async () => {
  const table = makeTable([
    columnFromCells({ name: 'id', datatype: 'int64' }, [9007199254740993n, null]),
    columnFromCells({ name: 'mag', datatype: 'float32' }, [1.5, null]),
    columnFromCells({ name: 'name', datatype: 'string' }, ['a"b', null]),
    columnFromCells({ name: 'when', datatype: 'string', xtype: 'timestamp' }, ['2026-11-20T01:02:03', null]),
    columnFromCells({ name: 'v', datatype: 'float64', shape: [-1] }, [[1, 2], []]),
  ]);
  await engine.loadTable('my table', table);
  const back = await rows('SELECT * FROM "my table" ORDER BY id NULLS LAST');
  expect([...rowsOf(back)].map((row) => ({ ...row, v: [...(row['v'] as Float64Array)] }))).toEqual([
    { id: 9007199254740993n, mag: 1.5, name: 'a"b', when: '2026-11-20T01:02:03', v: [1, 2] },
    { id: null, mag: null, name: null, when: null, v: [] },
  ]);
  await engine.dropTable('my table');
  await expect(engine.run('SELECT * FROM "my table"')).rejects.toBeInstanceOf(QueryFailedError);
});
