/** Tokens, rights by table and column, limits of use, and estimates. */
import { createUsageLimits, openTokenStore, tokenAuthenticator, type TokenStore } from '@almagest/auth';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSampleService, sampleStars } from './sample-service.ts';

let app: FastifyInstance;
let tokens: TokenStore;
let member = '';
let outsider = '';
let reader = '';
let admin = '';

beforeAll(async () => {
  tokens = openTokenStore(':memory:');
  const make = (user: string, scopes: readonly ('exec:query' | 'read:image' | 'admin')[], groups: string[] = []) =>
    tokens.create({ user, scopes, groups }).token;
  member = make('ada', ['exec:query'], ['dr1']);
  outsider = make('eve', ['exec:query'], ['other']);
  reader = make('bob', ['read:image'], ['dr1']);
  admin = make('root', ['admin']);
  const closed = { ...sampleStars, name: 'closed', access: ['dr1'] };
  const columns = sampleStars.columns.map((column) => (column.name === 'mag' ? { ...column, access: ['dr1', 'photometry'] } : column));
  app = await createSampleService({
    authenticate: tokenAuthenticator({ tokens, anonymousScopes: ['exec:query'] }),
    content: { schemas: [{ name: 'demo' }], tables: [{ ...sampleStars, columns }, closed], keys: [] },
    usage: createUsageLimits({ services: { tap: { points: 40, perSec: 600 } }, users: { eve: { tap: { points: 6, perSec: 600 } } } }),
  });
});
afterAll(async () => {
  await app.close();
  tokens.close();
});

const ask = (QUERY: string, token?: string, path = 'sync') =>
  app.inject({
    url: `/tap/${path}`,
    query: { QUERY, LANG: 'ADQL', FORMAT: 'csv' },
    headers: token === undefined ? {} : { authorization: `Basic ${Buffer.from(`whoever:${token}`).toString('base64')}` },
  });

test.each([
  ['an open column', 'SELECT TOP 1 id FROM demo.stars', [200, 200, 200, 200]],
  ['a closed column', 'SELECT TOP 1 mag FROM demo.stars', [403, 200, 403, 200]],
  ['a closed column in a condition', 'SELECT TOP 1 id FROM demo.stars WHERE mag > 3', [403, 200, 403, 200]],
  ['a closed column in an order', 'SELECT TOP 1 id FROM demo.stars ORDER BY mag', [403, 200, 403, 200]],
  [
    'a closed column in a sub-query',
    'SELECT TOP 1 id FROM demo.stars WHERE visits > (SELECT AVG(mag) FROM demo.stars)',
    [403, 200, 403, 200],
  ],
  ['everything', 'SELECT TOP 1 * FROM demo.stars', [403, 200, 403, 200]],
  ['a closed table', 'SELECT TOP 1 id FROM demo.closed', [403, 200, 403, 200]],
  ['a count of a closed table', 'SELECT COUNT(*) AS n FROM demo.closed', [403, 200, 403, 200]],
  ['a join with a closed table', 'SELECT TOP 1 s.id FROM demo.stars s JOIN demo.closed c ON s.id = c.id', [403, 200, 403, 200]],
])('%s is read by those who may', async (_name, query, statuses) => {
  const answers = [];
  for (const token of [undefined, member, outsider, admin]) answers.push((await ask(query, token, 'estimate')).statusCode);
  expect(answers).toEqual(statuses);
  expect((await ask(query)).statusCode).toBe(statuses[0]);
});

test('a job keeps the rights of whoever made it', async () => {
  for (const [token, phase] of [
    [member, 'COMPLETED'],
    [undefined, 'ERROR'],
  ] as const) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const created = await app.inject({
      method: 'POST',
      url: '/tap/async',
      query: { QUERY: 'SELECT COUNT(*) AS n FROM demo.closed', LANG: 'ADQL', PHASE: 'RUN' },
      headers,
    });
    const path = new URL(String(created.headers.location)).pathname;
    for (let i = 0; i < 4; i++) await app.inject({ url: `${path}?WAIT=5`, headers });
    expect((await app.inject({ url: `${path}/phase`, headers })).body).toBe(phase);
  }
});

test('a token without the scope is refused, and a wrong token is not taken for nobody', async () => {
  expect((await ask('SELECT TOP 1 id FROM demo.stars', reader)).statusCode).toBe(403);
  const wrong = await ask('SELECT TOP 1 id FROM demo.stars', 'alm-nothing');
  expect(wrong.statusCode).toBe(401);
  expect(wrong.headers['www-authenticate']).toContain('Basic');
});

test('who asks too often is told when to come back; others go on', async () => {
  let last = await ask('SELECT TOP 1 id FROM demo.stars', outsider);
  expect(last.headers['ratelimit-limit']).toBe('6');
  for (let i = 0; i < 8 && last.statusCode === 200; i++) last = await ask('SELECT TOP 1 id FROM demo.stars', outsider);
  expect(last.statusCode).toBe(429);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(500);
  expect(last.body).toContain('auth.usage-limit');
  expect((await ask('SELECT TOP 1 id FROM demo.stars', member)).statusCode).toBe(200);
});

test('an estimate says what a query would read, and runs nothing', async () => {
  expect((await ask('SELECT TOP 7 id, ra FROM demo.stars', undefined, 'estimate')).json()).toMatchObject({
    rows: 7,
    lane: 'quick',
    tables: [{ table: 'demo.stars', columns: ['id', 'ra'] }],
  });
  const square = (await ask('SELECT COUNT(*) FROM demo.stars a, demo.stars b, demo.stars c', undefined, 'estimate')).json<{
    lane: string;
    seconds: number;
  }>();
  expect(square.lane).toBe('slow');
  expect(square.seconds).toBeGreaterThan(1);
});
