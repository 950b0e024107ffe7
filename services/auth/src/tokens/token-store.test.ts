import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTokenStore, TokenNotFoundError, TokenRequestError, TokenStoreError } from '../index.ts';

test('a token gives its identity until it expires', () => {
  let time = 1_000_000;
  const store = openTokenStore(':memory:', () => time);
  const { token, record } = store.create({ user: 'ada', scopes: ['exec:query'], groups: ['dr1'], lifetimeSec: 60, name: 'laptop' });
  expect(token).toMatch(/^alm-[\w-]{16}\.[\w-]{32}$/);
  expect(record).toMatchObject({ user: 'ada', name: 'laptop', expires: new Date(1_060_000).toISOString(), lastUsed: undefined });
  expect(store.verify(token)).toEqual({ user: 'ada', scopes: new Set(['exec:query']), groups: new Set(['dr1']) });
  expect(store.list()[0]?.lastUsed).toBe(new Date(time).toISOString());
  time += 60_000;
  expect(store.verify(token)).toBeUndefined();
  store.close();
});

test('a revoked token is refused at once, by other processes too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-auth-'));
  const path = join(folder, 'tokens.sqlite3');
  const [one, other] = [openTokenStore(path), openTokenStore(path)];
  const { token, record } = one.create({ user: 'ada', scopes: ['read:image'] });
  expect(other.verify(token)?.user).toBe('ada');
  one.revoke(record.id);
  expect(other.verify(token)).toBeUndefined();
  expect(() => one.revoke('nothing')).toThrow(TokenNotFoundError);
  expect(() => one.revoke(record.id, 'eve')).toThrow(TokenNotFoundError);
  one.close();
  other.close();
  rmSync(folder, { recursive: true });
});

test('the file holds no secret, and only its owner may read it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-auth-'));
  const path = join(folder, 'tokens.sqlite3');
  const store = openTokenStore(path);
  const { token } = store.create({ user: 'ada', scopes: ['admin'] });
  store.close();
  const secret = token.split('.')[1] ?? '';
  expect(readFileSync(path).includes(secret)).toBe(false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  rmSync(folder, { recursive: true });
});

test.each([
  ['another secret', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
  ['another id', (token: string) => token.replace(/^alm-./, token[4] === 'A' ? 'alm-B' : 'alm-A')],
  ['a part', (token: string) => token.slice(0, -1)],
  ['SQL', () => "alm-' OR 1=1 --"],
  ['nothing', () => ''],
])('%s is no token', (_name, change) => {
  const store = openTokenStore(':memory:');
  const { token } = store.create({ user: 'ada', scopes: ['admin'] });
  expect(store.verify(change(token))).toBeUndefined();
  store.close();
});

test.each([
  [{ user: 'anonymous', scopes: ['admin'] }],
  [{ user: 'a b', scopes: ['admin'] }],
  [{ user: 'ada', scopes: [] }],
  [{ user: 'ada', scopes: ['root'] }],
  [{ user: 'ada', scopes: ['admin'], lifetimeSec: -1 }],
])('refuses to make %j', (request) => {
  const store = openTokenStore(':memory:');
  expect(() => store.create(request as never)).toThrow(TokenRequestError);
  store.close();
});

test('a file that is no database is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-auth-'));
  writeFileSync(join(folder, 'x'), 'not a database, but long enough to be looked at as if it were one');
  expect(() => openTokenStore(join(folder, 'x'))).toThrow(TokenStoreError);
  expect(() => openTokenStore(join(folder, 'no', 'where'))).toThrow(TokenStoreError);
  rmSync(folder, { recursive: true });
});
