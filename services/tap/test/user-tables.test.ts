import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity, Scope } from '@almagest/auth';
import { columnFromCells, makeTable, writeParquet, writeVotable } from '@almagest/table';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSampleService } from './sample-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-user-tables-'));
const people: Readonly<Record<string, Identity>> = {
  ada: who('ada', ['exec:query', 'write:table'], ['staff']),
  eve: who('eve', ['exec:query', 'write:table']),
  bob: who('bob', ['exec:query'], ['staff']),
};
function who(user: string, scopes: readonly Scope[], groups: readonly string[] = []): Identity {
  return { user, scopes: new Set(scopes), groups: new Set(groups) };
}
const open = (maxBytes = 20_000): Promise<FastifyInstance> =>
  createSampleService({
    userTableFolder: folder,
    userTableLimits: { maxTables: 3, maxBytes },
    authenticate: ({ authorization = '' }) => Promise.resolve(people[authorization] ?? who('anonymous', ['exec:query'])),
  });
let app: FastifyInstance;
beforeAll(async () => {
  app = await open();
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const rowsTable = (ids: readonly bigint[]) =>
  makeTable([
    columnFromCells({ name: 'id', datatype: 'int64' }, ids),
    columnFromCells(
      { name: 'note', datatype: 'string' },
      ids.map((id) => `n${id}`),
    ),
  ]);
const put = (user: string, url: string, payload: Uint8Array, method: 'PUT' | 'POST' = 'PUT') =>
  app.inject({
    method,
    url: `/tap${url}`,
    headers: { authorization: user, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(payload),
  });
const query = async (user: string, QUERY: string): Promise<{ status: number; body: string }> => {
  const answer = await app.inject({ url: '/tap/sync', query: { LANG: 'ADQL', FORMAT: 'csv', QUERY }, headers: { authorization: user } });
  return { status: answer.statusCode, body: answer.body };
};

test('a table is kept, joined by name, added to, shared with a group and deleted', async () => {
  const made = await put(
    'ada',
    '/tables/picks?description=mine&group=staff',
    await writeParquet(rowsTable([9007199254740993n, 9007199254740995n])),
  );
  expect([made.statusCode, made.json()]).toMatchObject([201, { table: 'user_ada.picks', rows: 2, description: 'mine' }]);
  const join2 = 'SELECT s.id, p.note FROM user_ada.picks AS p JOIN demo.stars AS s ON s.id = p.id ORDER BY s.id';
  expect((await query('ada', join2)).body.trim().split('\r\n')).toEqual([
    'id,note',
    '9007199254740993,n9007199254740993',
    '9007199254740995,n9007199254740995',
  ]);
  expect((await put('ada', '/load/user_ada.picks', writeVotable(rowsTable([9007199254740996n])), 'POST')).json()).toMatchObject({
    rows: 3,
  });
  expect((await query('bob', 'SELECT COUNT(*) AS n FROM user_ada.picks')).body).toContain('3');
  expect((await query('eve', 'SELECT COUNT(*) AS n FROM user_ada.picks')).status).toBe(400);
  expect((await app.inject({ url: '/tap/user-tables', headers: { authorization: 'eve' } })).json()).toEqual({ tables: [] });
  // It outlives the process.
  await app.close();
  app = await open();
  expect((await query('ada', 'SELECT note FROM user_ada.picks WHERE id = 9007199254740996')).body).toContain('n9007199254740996');
  expect((await app.inject({ method: 'DELETE', url: '/tap/tables/picks', headers: { authorization: 'ada' } })).statusCode).toBe(204);
  expect((await query('ada', 'SELECT note FROM user_ada.picks')).status).toBe(400);
});

test('nobody writes without the scope, into the schema of another, beyond the quota, or under a name that is none', async () => {
  const bytes = await writeParquet(rowsTable([1n]));
  expect((await put('nobody', '/tables/x', bytes)).statusCode).toBe(403);
  expect((await put('bob', '/tables/x', bytes)).statusCode).toBe(403);
  expect((await put('eve', '/tables/user_ada.x', bytes)).statusCode).toBe(403);
  for (const name of ['..%2f..%2fx', 'a%20b', '1x', 'x;DROP', 'user_eve.%00'])
    expect([400, 403]).toContain((await put('eve', `/tables/${name}`, bytes)).statusCode);
  for (const name of ['a', 'b', 'c']) expect((await put('eve', `/tables/${name}`, bytes)).statusCode).toBe(201);
  expect((await put('eve', '/tables/d', bytes)).statusCode).toBe(429);
  const large = await writeParquet(rowsTable(Array.from({ length: 20_000 }, (_, i) => BigInt(i) * 7_919_317n)));
  expect((await put('eve', '/tables/a', large)).statusCode).toBe(429);
  expect((await put('eve', '/tables/a', Buffer.from('\0\x01\x02no table'))).statusCode).toBe(400);
  expect(
    (await put('eve', '/load/b', await writeParquet(makeTable([columnFromCells({ name: 'z', datatype: 'int32' }, [1])])), 'POST'))
      .statusCode,
  ).toBe(400);
  expect((await app.inject({ method: 'DELETE', url: '/tap/tables/none', headers: { authorization: 'eve' } })).statusCode).toBe(404);
});
