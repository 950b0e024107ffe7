import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bytesSource } from '@almagest/fits';
import {
  columnFromCells,
  makeTable,
  parseVotableTable,
  readParquetSummary,
  readTable,
  rowsOf,
  type Table,
  writeArrow,
  writeCsv,
  writeFitsTable,
  writeParquet,
  writeVotable,
} from '@almagest/table';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { multipart } from './multipart.ts';
import { createSampleService } from './sample-service.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await createSampleService();
});
afterAll(() => app.close());
const ask = (QUERY: string, FORMAT: string, MAXREC = '100000') =>
  app.inject({ url: '/tap/sync', query: { QUERY, LANG: 'ADQL', FORMAT, MAXREC } });
const read = (bytes: Uint8Array): Promise<Table> => readTable(bytesSource(bytes));

const QUERY = 'SELECT TOP 1500 id, ra, mag, name, seen, visits, variable FROM stars ORDER BY id';

test.each(['fits', 'parquet', 'arrow'])('%s has the rows, nulls and units of VOTable', async (format) => {
  const expected = [...rowsOf(parseVotableTable((await ask(QUERY, 'votable')).rawPayload))];
  const answer = await ask(QUERY, format);
  expect(answer.statusCode).toBe(200);
  const table = await read(answer.rawPayload);
  expect(table.columns[1]).toMatchObject({ name: 'ra', unit: 'deg' });
  // FITS has no null text, and NaN for floats without a value.
  const mend = (key: string, value: unknown) => (key === 'name' ? '' : key === 'mag' ? Number.NaN : null) ?? value;
  const plain = (row: object) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, format === 'fits' && value === null ? mend(key, value) : value]));
  expect([...rowsOf(table)].map(plain)).toEqual(expected.map(plain));
});

test('an overflow is marked in FITS and Parquet', async () => {
  const fits = (await ask('SELECT * FROM stars', 'fits', '5')).rawPayload;
  expect(fits.toString('latin1')).toMatch(/QSTATUS = 'OVERFLOW/);
  expect((await read(fits)).nrows).toBe(5);
  const parquet = (await ask('SELECT * FROM stars', 'parquet', '5')).rawPayload;
  const { keyValues, nrows } = await readParquetSummary(bytesSource(parquet));
  expect(nrows).toBe(5);
  expect(Object.values(keyValues).join('')).toContain('<INFO name="QUERY_STATUS" value="OVERFLOW"/>');
});

test.each(['fits', 'parquet', 'arrow', 'csv', 'json'])('%s without rows has its columns', async (format) => {
  const answer = await ask('SELECT id, mag, name FROM stars WHERE id = 1', format);
  expect(answer.statusCode).toBe(200);
  if (format === 'csv') expect(answer.body).toBe('id,mag,name\r\n');
  else if (format === 'json') expect(answer.json()).toMatchObject({ data: [] });
  else expect((await read(answer.rawPayload)).columns.map(({ name }) => name)).toEqual(['id', 'mag', 'name']);
});

test('CSV and JSON print float32 with the fewest digits that read back', async () => {
  expect((await ask('SELECT TOP 2 mag FROM stars WHERE mag IS NOT NULL ORDER BY id', 'csv')).body).toBe('mag\r\n14.7\r\n15.4\r\n');
  expect((await ask('SELECT TOP 2 mag FROM stars WHERE mag IS NOT NULL ORDER BY id', 'json')).json<{ data: unknown }>().data).toEqual([
    [14.7],
    [15.4],
  ]);
});

const stars = makeTable([
  columnFromCells({ name: 'star', datatype: 'int64' }, [9007199254740995n, 9007199254740997n]),
  columnFromCells({ name: 'note', datatype: 'string' }, ['mine', 'yours, too']),
]);

test.each([
  ['VOTable', () => writeVotable(stars)],
  ['Parquet', () => writeParquet(stars)],
  ['CSV', () => writeCsv(stars)],
  ['packed CSV', () => gzipSync(writeCsv(stars))],
  ['FITS', () => writeFitsTable(stars)],
  ['Arrow', () => writeArrow(stars)],
])('an upload as %s joins with a published table', async (_name, write) => {
  const answer = await app.inject({
    method: 'POST',
    url: '/tap/sync',
    ...multipart(
      {
        LANG: 'ADQL',
        FORMAT: 'json',
        QUERY: 'SELECT u.star, u.note FROM stars AS s JOIN TAP_UPLOAD.mine AS u ON s.id = u.star ORDER BY u.star',
        UPLOAD: 'mine,param:file',
      },
      { file: await write() },
    ),
  });
  expect(answer.statusCode, answer.body).toBe(200);
  expect(answer.json<{ data: unknown }>().data).toEqual([
    ['9007199254740995', 'mine'],
    ['9007199254740997', 'yours, too'],
  ]);
});

const PYTHON = '/usr/bin/python3';
const havePython = spawnSync(PYTHON, ['-c', 'import astropy']).status === 0;

test.skipIf(!havePython)('astropy reads the FITS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-'));
  const path = join(folder, 't.fits');
  writeFileSync(path, (await ask('SELECT TOP 20 id, ra, name FROM stars ORDER BY id', 'fits')).rawPayload);
  const script = `import sys; from astropy.table import Table; t = Table.read(sys.argv[1]); print(len(t), t['id'][0], t['ra'].unit, t['name'][1])`;
  expect(execFileSync(PYTHON, ['-c', script, path], { encoding: 'utf8' }).trim()).toBe('20 9007199254740993 deg Star <1> & co');
  rmSync(folder, { recursive: true });
});
