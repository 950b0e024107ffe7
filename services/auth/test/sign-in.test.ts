/** Sign-in with a real OpenID Connect provider on loopback. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTokenStore, redactUrl, registerAccounts, registerSignIn, tokenAuthenticator, type TokenStore } from '../src/index.ts';
import { startProvider } from './identity-provider.ts';

const CLIENT = { clientId: 'almagest', clientSecret: 'client-secret-of-the-test' };
let provider: Server;
let app: FastifyInstance;
let base = '';
let tokens: TokenStore;
const lines: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  const { server, issuer } = await startProvider({ ...CLIENT, redirectUri: `${base}/auth/callback` });
  provider = server;
  tokens = openTokenStore(':memory:');
  app = Fastify({
    logger: {
      level: 'trace',
      redact: ['req.headers.authorization', 'req.headers.cookie'],
      serializers: { req: ({ method, url }) => ({ method, url: redactUrl(url) }) },
      stream: { write: (line: string) => void lines.push(line) },
    },
  });
  await registerSignIn(app, {
    ...CLIENT,
    issuer,
    publicUrl: base,
    tokens,
    account: ({ sub }) => (sub === 'eve' ? undefined : { user: String(sub), scopes: ['exec:query', 'read:catalog'], groups: ['dr1'] }),
  });
  await registerAccounts(app, { authenticate: tokenAuthenticator({ tokens }), tokens });
  await app.listen({ host: '127.0.0.1', port });
});
afterAll(async () => {
  await app.close();
  provider.closeAllConnections();
  await new Promise((done) => provider.close(done));
  tokens.close();
});

async function freePort(): Promise<number> {
  const server = createHttpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** A browser: follows redirects, keeps cookies by host, and fills in the provider's forms. */
async function signIn(
  user: string,
  from = '/auth/login?return=/alerts/17',
): Promise<{ url: URL; cookies: Map<string, string>; codes: string[]; status: number; body: string }> {
  const cookies = new Map<string, string>();
  const codes: string[] = [];
  let url = new URL(from, base);
  let form: URLSearchParams | undefined;
  for (let step = 0; step < 20; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form ? { method: 'POST', body: form } : {}),
    });
    form = undefined;
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === '' || /expires=thu, 01 jan 1970/i.test(text)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const location = response.headers.get('location');
    const code = new URL(location ?? '/', url).searchParams.get('code');
    if (code !== null) codes.push(code);
    if (location !== null) {
      url = new URL(location, url);
      if (url.pathname === '/alerts/17' || (url.origin === base && url.pathname === '/'))
        return { url, cookies, codes, status: response.status, body: '' };
      continue;
    }
    const body = await response.text();
    const action = /action="([^"]+)"/.exec(body)?.[1];
    if (response.status !== 200 || action === undefined) return { url, cookies, codes, status: response.status, body };
    url = new URL(action, url);
    form = new URLSearchParams(
      /name="prompt" value="login"/.test(body) ? { prompt: 'login', login: user, password: 'any' } : { prompt: 'consent' },
    );
  }
  throw new Error('the sign-in goes in circles');
}

test('somebody signs in, makes a token from the session, and signs out', async () => {
  const { url, cookies, codes } = await signIn('ada');
  expect(url.href).toBe(`${base}/alerts/17`);
  const cookie = `almagest-session=${cookies.get('almagest-session')}`;
  const me = await (await fetch(`${base}/auth/me`, { headers: { cookie } })).json();
  expect(me).toMatchObject({ user: 'ada', groups: ['dr1'] });
  const post = (headers: Record<string, string>, scopes: string[]) =>
    fetch(`${base}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ name: 'topcat', scopes }),
    });
  const made = (await (await post({ cookie }, ['exec:query'])).json()) as { token: string; record: { id: string } };
  const authorization = `Bearer ${made.token}`;
  expect(await (await fetch(`${base}/auth/me`, { headers: { authorization } })).json()).toMatchObject({
    user: 'ada',
    scopes: ['exec:query'],
  });
  expect((await post({ cookie }, ['admin'])).status).toBe(403);
  expect((await post({ authorization }, ['exec:query'])).status).toBe(403);
  expect((await post({ cookie }, ['nonsense'])).status).toBe(400);
  expect((await fetch(`${base}/auth/tokens/${made.record.id}`, { method: 'DELETE', headers: { cookie } })).status).toBe(200);
  expect((await fetch(`${base}/auth/me`, { headers: { authorization } })).status).toBe(401);
  expect((await fetch(`${base}/auth/logout`, { method: 'POST', headers: { cookie } })).status).toBe(204);
  expect(await (await fetch(`${base}/auth/me`, { headers: { cookie } })).json()).toMatchObject({ user: 'anonymous', scopes: [] });
  const log = lines.join('');
  expect(log).toContain('/auth/me');
  for (const secret of [...codes, made.token, cookies.get('almagest-session') ?? '?', CLIENT.clientSecret])
    expect(log).not.toContain(secret);
  expect(codes.length).toBe(1);
});

test('an account without access here is refused', async () => {
  const { status, body, cookies } = await signIn('eve');
  expect(status).toBe(400);
  expect(body).toContain('auth.sign-in');
  expect(cookies.has('almagest-session')).toBe(false);
});

test.each(['//evil.example/x', String.raw`/\evil.example`, 'https://evil.example', '/.//evil.example', 'javascript:alert(1)'])(
  'after signing in nobody is sent to %s',
  async (target) => {
    const { url } = await signIn('ada', `/auth/login?return=${encodeURIComponent(target)}`);
    expect(url.href).toBe(`${base}/`);
  },
);

test('an answer that this browser did not ask for is refused', async () => {
  const answer = await fetch(`${base}/auth/callback?code=stolen-code&state=x`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).not.toContain('stolen-code');
  expect(lines.join('')).not.toContain('stolen-code');
});

test('secrets in addresses do not reach a log', () => {
  expect(redactUrl('/auth/callback?code=abc&State=x&iss=y')).toBe('/auth/callback?code=[removed]&State=[removed]&iss=y');
  expect(redactUrl('/tap/sync')).toBe('/tap/sync');
});
