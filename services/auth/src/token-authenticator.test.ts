import { afterAll, expect, test } from 'vitest';
import { openTokenStore, tokenAuthenticator, UnauthenticatedError } from './index.ts';

const tokens = openTokenStore(':memory:');
const { token } = tokens.create({ user: 'ada', scopes: ['exec:query'] });
const authenticate = tokenAuthenticator({ tokens, anonymousScopes: ['read:catalog'] });
afterAll(() => tokens.close());
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  ['bearer', { authorization: `Bearer ${token}` }],
  ['bearer in other letters', { authorization: `bearer  ${token}` }],
  ['basic with the token as password', { authorization: basic(`whoever:${token}`) }],
  ['basic with the token as user', { authorization: basic(`${token}:x-oauth-basic`) }],
  ['the session cookie', { cookie: `theme=dark; almagest-session=${token}` }],
])('%s is known', async (_name, credentials) => {
  expect(await authenticate(credentials)).toMatchObject({ user: 'ada' });
});

test('without credentials somebody may do what is configured, and nothing otherwise', async () => {
  expect(await authenticate({})).toEqual({ user: 'anonymous', scopes: new Set(['read:catalog']), groups: new Set() });
  expect((await tokenAuthenticator({ tokens })({})).scopes.size).toBe(0);
  expect((await authenticate({ cookie: 'almagest-session=ended' })).user).toBe('anonymous');
});

test.each(['Bearer nothing', 'Basic !!!', basic('ada:password'), 'Digest x', '', `Bearer ${token} ${token}`])(
  'refuses %j without repeating it',
  async (authorization) => {
    const error: unknown = await authenticate({ authorization }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnauthenticatedError);
    expect((error as Error).message).not.toContain('alm-');
  },
);
