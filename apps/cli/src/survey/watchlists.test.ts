import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenStore, tokenAuthenticator } from '@almagest/auth';
import { createServer } from '@almagest/server';
import { afterAll, expect, test } from 'vitest';
import { watchlistsPart } from './watchlists.ts';

const work = mkdtempSync(join(tmpdir(), 'almagest-watch-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('lists are kept for each account and for nobody else; what is no list is refused', async () => {
  const tokens = openTokenStore(':memory:');
  const bearer = (user: string): { authorization: string } => ({
    authorization: `Bearer ${tokens.create({ user, name: 'test', scopes: ['read:alert'], lifetimeSec: 60 }).token}`,
  });
  const authenticate = tokenAuthenticator({ tokens, anonymousScopes: ['read:alert'] });
  const start = async (): ReturnType<typeof createServer> =>
    createServer({ version: '0', parts: [watchlistsPart({ folder: join(work, 'lists'), authenticate })] });
  let app = await start();
  const url = '/api/watchlists';
  const [ada, bob] = [bearer('ada@example.org'), bearer('bob')];
  expect((await app.inject({ url })).json()).toEqual({ user: null, lists: [] });
  expect((await app.inject({ method: 'PUT', url, payload: { lists: [] } })).statusCode).toBe(401);
  const mine = [{ name: 'my stars', text: '150.1 2.2, one, 3' }];
  expect((await app.inject({ method: 'PUT', url, headers: ada, payload: { lists: mine } })).json()).toMatchObject({ lists: mine });
  expect((await app.inject({ url, headers: bob })).json()).toEqual({ user: 'bob', lists: [] });
  expect((await app.inject({ method: 'PUT', url, headers: bob, payload: { lists: [] } })).statusCode).toBe(200);
  for (const lists of ['x', [{ name: '../x', text: '' }], [...mine, ...mine], [{ name: 'x', text: 'y'.repeat(600_000) }]])
    expect((await app.inject({ method: 'PUT', url, headers: ada, payload: { lists } })).statusCode).toBe(400);
  expect((await app.inject({ url, headers: { authorization: 'Bearer alm-wrong' } })).statusCode).toBe(401);
  await app.close();
  // A server that is started again still has them; names of accounts are no paths.
  app = await start();
  expect((await app.inject({ url, headers: ada })).json()).toEqual({ user: 'ada@example.org', lists: mine });
  expect(readdirSync(work)).toEqual(['lists']);
  expect(readdirSync(join(work, 'lists'))).toHaveLength(2);
  await app.close();
  tokens.close();
});
