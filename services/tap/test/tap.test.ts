import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { infosOf, parseVotable, parseVotableTable, rowsOf, tablesOf } from '@almagest/table';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSampleService, STAR_COUNT } from './sample-service.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await createSampleService();
});
afterAll(() => app.close());

const sync = (parameters: Record<string, string>, service = app) =>
  service.inject({
    method: 'POST',
    url: '/tap/sync',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ LANG: 'ADQL', ...parameters }).toString(),
  });

async function post(url: string, parameters: Record<string, string>, service = app): Promise<string> {
  const answer = await service.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(parameters).toString(),
  });
  expect(answer.statusCode, answer.body).toBe(303);
  return new URL(String(answer.headers.location)).pathname;
}

test('a cone gives the same rows in every format', async () => {
  const QUERY = "SELECT id, mag, name FROM stars WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 6)) ORDER BY id";
  const binary = [...rowsOf(parseVotableTable((await sync({ QUERY })).rawPayload))];
  const text = [...rowsOf(parseVotableTable((await sync({ QUERY, RESPONSEFORMAT: 'votable/td' })).rawPayload))];
  const json = (await sync({ QUERY, RESPONSEFORMAT: 'json' })).json<{ data: [string, number | null, string | null][] }>();
  const csv = (await sync({ QUERY, RESPONSEFORMAT: 'csv' })).body.trimEnd().split('\r\n');
  expect(binary.length).toBeGreaterThan(3);
  expect(text).toEqual(binary);
  expect(json.data.map(([id]) => BigInt(id))).toEqual(binary.map((row) => row['id']));
  expect(csv).toHaveLength(binary.length + 1);
  expect(csv[1]).toMatch(new RegExp(`^${binary[0]?.['id'] as bigint},`));
});

test('more rows than MAXREC are marked as an overflow, and MAXREC=0 gives columns only', async () => {
  const cut = parseVotable((await sync({ QUERY: 'SELECT * FROM stars', MAXREC: '5' })).rawPayload);
  expect(tablesOf(cut)[0]?.nrows).toBe(5);
  expect(JSON.stringify(infosOf(cut))).toContain('OVERFLOW');
  const whole = parseVotable((await sync({ QUERY: 'SELECT TOP 5 * FROM stars', MAXREC: '5' })).rawPayload);
  expect(JSON.stringify(infosOf(whole))).not.toContain('OVERFLOW');
  expect(tablesOf(parseVotable((await sync({ QUERY: 'SELECT * FROM stars', MAXREC: '0' })).rawPayload))[0]).toMatchObject({ nrows: 0 });
});

test('a wrong query is a DALI error with the position', async () => {
  const answer = await sync({ QUERY: 'SELECT magg FROM stars' });
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain('value="ERROR"');
  expect(answer.body).toContain('did you mean mag? (line 1, column 8)');
});

test.each([
  [{ QUERY: 'SELECT 1 FROM stars', LANG: 'SQL' }, 'LANG must be ADQL'],
  [{ QUERY: 'SELECT 1 FROM stars', RESPONSEFORMAT: 'docx' }, 'RESPONSEFORMAT must be one of'],
  [{ QUERY: 'SELECT 1 FROM stars', MAXREC: '-1' }, 'MAXREC must be a whole number'],
  [{ QUERY: 'SELECT 1 FROM stars', UPLOAD: 'x,http://127.0.0.1/secret' }, 'must come with the request'],
  [{}, 'QUERY is missing'],
])('refuses %j', async (parameters, message) => {
  const answer = await sync(parameters as Record<string, string>);
  expect(answer.statusCode).toBe(400);
  expect(answer.body).toContain(message);
});

test('an uploaded table joins with a published one and is gone afterwards', async () => {
  const table = `<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE><FIELD name="star" datatype="long"/><FIELD name="note" datatype="char" arraysize="*"/>
    <DATA><TABLEDATA><TR><TD>9007199254740995</TD><TD>mine</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`;
  const boundary = 'xYzZY';
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const payload = `${field('LANG', 'ADQL')}${field('QUERY', 'SELECT s.id, u.note FROM stars AS s JOIN TAP_UPLOAD.mine AS u ON s.id = u.star')}${field('UPLOAD', 'mine,param:file')}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="t.xml"\r\nContent-Type: application/x-votable+xml\r\n\r\n${table}\r\n--${boundary}--\r\n`;
  const answer = await app.inject({
    method: 'POST',
    url: '/tap/sync',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload,
  });
  expect([...rowsOf(parseVotableTable(answer.rawPayload))]).toEqual([{ id: 9007199254740995n, note: 'mine' }]);
  expect((await sync({ QUERY: 'SELECT * FROM TAP_UPLOAD.mine' })).body).toContain('there is no table TAP_UPLOAD.mine');
});

test('a job goes from PENDING to COMPLETED, and its result stays', async () => {
  const path = await post('/tap/async', { LANG: 'ADQL', QUERY: 'SELECT COUNT(*) AS n FROM stars', RUNID: 'r1' });
  expect((await app.inject(path)).body).toContain('<uws:phase>PENDING</uws:phase>');
  await post(`${path}/phase`, { PHASE: 'RUN' });
  let job = await app.inject(`${path}?WAIT=10`);
  for (let i = 0; i < 5 && !job.body.includes('COMPLETED'); i++) job = await app.inject(`${path}?WAIT=10`);
  expect(job.body).toContain('<uws:phase>COMPLETED</uws:phase>');
  expect([...rowsOf(parseVotableTable((await app.inject(`${path}/results/result`)).rawPayload))]).toEqual([{ n: BigInt(STAR_COUNT) }]);
  expect((await app.inject('/tap/async?PHASE=COMPLETED&LAST=1')).body).toContain('r1');
});

test('an abort stops a job that runs', async () => {
  const QUERY = 'SELECT SUM(a.visits * b.visits + c.visits + d.mag) FROM stars a, stars b, stars c, stars d';
  const path = await post('/tap/async', { LANG: 'ADQL', QUERY, PHASE: 'RUN' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await app.inject(`${path}/phase`)).body).toBe('EXECUTING');
  await post(`${path}/phase`, { PHASE: 'ABORT' });
  expect((await app.inject(`${path}/phase`)).body).toBe('ABORTED');
  expect((await sync({ QUERY: 'SELECT COUNT(*) FROM stars' })).statusCode).toBe(200);
});

test('a failed job says why', async () => {
  const path = await post('/tap/async', { LANG: 'ADQL', QUERY: 'SELECT nothing FROM stars', PHASE: 'RUN' });
  await app.inject(`${path}?WAIT=5`);
  await app.inject(`${path}?WAIT=5`);
  expect((await app.inject(`${path}/phase`)).body).toBe('ERROR');
  expect((await app.inject(`${path}/error`)).body).toContain('there is no column nothing');
});

test('jobs and results outlive a restart, and a job that was running is run again', async () => {
  const jobFolder = mkdtempSync(join(tmpdir(), 'almagest-tap-'));
  const first = await createSampleService({ jobFolder });
  const done = await post('/tap/async', { LANG: 'ADQL', QUERY: 'SELECT 7 AS x FROM stars', PHASE: 'RUN', MAXREC: '1' }, first);
  await first.inject(`${done}?WAIT=5`);
  await first.inject(`${done}?WAIT=5`);
  const waiting = await post('/tap/async', { LANG: 'ADQL', QUERY: 'SELECT 8 AS x FROM stars' }, first);
  await first.close();
  const second = await createSampleService({ jobFolder });
  expect((await second.inject(`${done}/phase`)).body).toBe('COMPLETED');
  expect([...rowsOf(parseVotableTable((await second.inject(`${done}/results/result`)).rawPayload))]).toEqual([{ x: 7 }]);
  expect((await second.inject(`${waiting}/phase`)).body).toBe('PENDING');
  await second.close();
});

test('somebody else does not see a job', async () => {
  const users = await createSampleService({
    authenticate: ({ authorization }) => Promise.resolve({ user: authorization ?? 'anonymous', scopes: new Set(['exec:query'] as const) }),
  });
  const created = await users.inject({
    method: 'POST',
    url: '/tap/async?LANG=ADQL&QUERY=SELECT+1+FROM+stars',
    headers: { authorization: 'ada' },
  });
  const path = new URL(String(created.headers.location)).pathname;
  expect((await users.inject({ url: path, headers: { authorization: 'ada' } })).statusCode).toBe(200);
  expect((await users.inject({ url: path, headers: { authorization: 'eve' } })).statusCode).toBe(404);
  await users.close();
});

test('a cone search gives the rows of a cone, and mistakes as its standard wants them', async () => {
  const found = await app.inject('/tap/cone/demo.stars?RA=10&DEC=20&SR=20&VERB=3');
  const table = parseVotableTable(found.rawPayload);
  const expected = parseVotableTable(
    (await sync({ QUERY: "SELECT * FROM stars WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 20))" })).rawPayload,
  );
  expect(table.nrows).toBe(expected.nrows);
  expect(table.nrows).toBeGreaterThan(10);
  expect(parseVotableTable((await app.inject('/tap/cone/demo.stars?RA=10&DEC=20&SR=0')).rawPayload).nrows).toBe(0);
  for (const query of [
    'RA=NaN&DEC=1&SR=1',
    'RA=1&DEC=91&SR=1',
    'RA=1&DEC=1',
    'RA=1&DEC=1&SR=1e999',
    'RA=1;DROP&DEC=1&SR=1',
    'RA=1&DEC=1&SR=1&VERB=9',
  ]) {
    const answer = await app.inject(`/tap/cone/demo.stars?${query}`);
    expect([answer.statusCode, answer.body.includes('<INFO name="Error"')]).toEqual([200, true]);
  }
  expect((await app.inject('/tap/cone/..%2f..%2fetc?RA=1&DEC=1&SR=1')).body).toContain('name="Error"');
});
