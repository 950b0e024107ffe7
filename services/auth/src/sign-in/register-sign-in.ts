import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as oidc from 'openid-client';
import { ProviderError, SignInError } from '../errors.ts';
import { about } from '../http/about.ts';
import { sendAuthError } from '../http/send-auth-error.ts';
import type { Scope } from '../identity.ts';
import { findCookie, SESSION_COOKIE, sessionToken } from '../token-authenticator.ts';
import { parseToken } from '../tokens/token-text.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import { openPending, type PendingSignIn, sealPending, SIGN_IN_SEC } from './pending-sign-in.ts';

/** What an account may do, from what the identity provider says of it; undefined refuses it. */
export interface Account {
  readonly user: string;
  readonly scopes: readonly Scope[];
  readonly groups?: readonly string[];
}

export type Claims = Readonly<Record<string, unknown>>;

export interface SignInOptions {
  /** Address of the OpenID Connect provider. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Address of this server as browsers see it, such as `https://survey.example`. */
  readonly publicUrl: string;
  readonly tokens: TokenStore;
  readonly account: (claims: Claims) => Account | undefined;
  /** Lifetime of a session [s]; 12 hours by default. */
  readonly sessionSec?: number;
  /** Scopes asked of the provider. */
  readonly providerScopes?: string;
}

const PENDING_COOKIE = 'almagest-sign-in';
const DEFAULT_SESSION_SEC = 43_200;

/**
 * Mounts sign-in with an OpenID Connect provider: `/auth/login?return=/page`, `/auth/callback` and `/auth/logout`.
 *
 * Authorization code with PKCE, state and nonce. A provider without TLS is taken on loopback only. The provider is asked when
 * somebody signs in, so that the server starts without it. Addresses with codes in them are not logged.
 *
 * @see OpenID Connect Core 1.0, section 3.1; RFC 7636; RFC 9700
 */
export async function registerSignIn(app: FastifyInstance, options: SignInOptions): Promise<void> {
  const key = randomBytes(32);
  const callback = new URL('/auth/callback', options.publicUrl);
  const cookie = (name: string, value: string, maxAgeSec: number): string =>
    `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSec}${callback.protocol === 'https:' ? '; Secure' : ''}`;
  const provider = createProvider(options);
  const logOut = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const session = sessionToken({ cookie: request.headers.cookie });
    const id = session === undefined ? undefined : parseToken(session)?.id;
    if (session !== undefined && id !== undefined && options.tokens.verify(session)) options.tokens.revoke(id);
    await reply
      .header('set-cookie', cookie(SESSION_COOKIE, '', 0))
      .code(204)
      .send();
  };
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendAuthError(request, reply, error));
    scope.get(
      '/auth/login',
      about('Begins a sign-in with the identity provider; comes back to the page in `return`.'),
      async (request, reply) => {
        const config = await provider();
        const codeVerifier = oidc.randomPKCECodeVerifier();
        const pending: PendingSignIn = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          codeVerifier,
          returnTo: safeReturn((request.query as { return?: string }).return),
        };
        const target = oidc.buildAuthorizationUrl(config, {
          redirect_uri: callback.href,
          scope: options.providerScopes ?? 'openid profile email',
          code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          state: pending.state,
          nonce: pending.nonce,
        });
        return reply.header('set-cookie', cookie(PENDING_COOKIE, await sealPending(pending, key), SIGN_IN_SEC)).redirect(target.href);
      },
    );
    scope.get('/auth/callback', { logLevel: 'silent', ...about() }, async (request, reply) => {
      const sealed = findCookie(request.headers.cookie, PENDING_COOKIE);
      const pending = sealed === undefined ? undefined : await openPending(sealed, key);
      if (!pending) throw new SignInError('the sign-in was begun elsewhere or too long ago: begin it again');
      const claims = await redeem(await provider(), new URL(request.url, callback), pending);
      const account = options.account(claims);
      if (!account) throw new SignInError('this account has no access here: ask the owner of the service');
      const lifetimeSec = options.sessionSec ?? DEFAULT_SESSION_SEC;
      const { token } = options.tokens.create({ ...account, kind: 'session', name: 'sign-in', lifetimeSec });
      return reply
        .header('set-cookie', [cookie(SESSION_COOKIE, token, lifetimeSec), cookie(PENDING_COOKIE, '', 0)])
        .redirect(pending.returnTo);
    });
    scope.post('/auth/logout', about('Ends the session.'), logOut);
  });
}

/** Learns about the provider once it is needed, and again after a failure. */
function createProvider({ issuer, clientId, clientSecret }: SignInOptions): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined;
  const url = new URL(issuer);
  const isLoopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  const discover = async (): Promise<oidc.Configuration> => {
    const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret);
    // The insecure mode is for a provider on this very machine, whose traffic does not leave it.
    // oxlint-disable-next-line typescript/no-deprecated -- the library marks it so that it is seen
    const execute = isLoopback ? [oidc.allowInsecureRequests] : [];
    try {
      return await oidc.discovery(url, clientId, {}, authentication, { execute, timeout: 10 });
    } catch (error) {
      known = undefined;
      throw new ProviderError(`the identity provider at ${url.origin} does not answer as one: ${(error as Error).message}`, {
        cause: error,
      });
    }
  };
  return () => (known ??= discover());
}

/** Exchanges the code for the claims. The message leaves out what the provider sent: it may hold the code. */
async function redeem(config: oidc.Configuration, url: URL, pending: PendingSignIn): Promise<Claims> {
  try {
    const answer = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: pending.codeVerifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    });
    const claims = answer.claims();
    if (!claims) throw new SignInError('the identity provider did not say who signed in');
    if (config.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...claims, ...(await oidc.fetchUserInfo(config, answer.access_token, claims.sub)) };
  } catch (error) {
    if (error instanceof SignInError) throw error;
    const code = (error as { code?: unknown }).code;
    throw new SignInError(`the identity provider's answer is refused${typeof code === 'string' ? ` (${code})` : ''}: begin again`);
  }
}

/** A page of this server and no other. */
function safeReturn(wanted: string | undefined): string {
  if (wanted === undefined || !URL.canParse(wanted, 'http://here.invalid')) return '/';
  const url = new URL(wanted, 'http://here.invalid');
  const isHere = url.origin === 'http://here.invalid' && wanted.startsWith('/') && !url.pathname.startsWith('//');
  return isHere ? `${url.pathname}${url.search}${url.hash}` : '/';
}
