import { UnauthenticatedError } from './errors.ts';
import { ANONYMOUS, type Authenticator, type Credentials, type Identity, type Scope } from './identity.ts';
import type { TokenStore } from './tokens/token-store.ts';

export interface TokenAuthenticatorOptions {
  readonly tokens: TokenStore;
  /** What somebody without credentials may do; nothing by default. */
  readonly anonymousScopes?: readonly Scope[];
}

/** Cookie that holds the session of a browser. */
export const SESSION_COOKIE = 'almagest-session';

/**
 * Knows people by their tokens: `Authorization: Bearer TOKEN`; `Authorization: Basic` with the token as password (as TOPCAT
 * and `curl -u` send it; the user name is not looked at) or as user name; or the session cookie of a browser.
 *
 * A wrong token is refused rather than taken for nobody, so that an expired one does not look like missing data. The cookie of a
 * session that has ended counts as none: a browser sends it without being asked.
 */
export function tokenAuthenticator({ tokens, anonymousScopes = [] }: TokenAuthenticatorOptions): Authenticator {
  const anonymous: Identity = { user: ANONYMOUS, scopes: new Set(anonymousScopes), groups: new Set() };
  return async (credentials) => {
    const candidates = authorizationTokens(credentials);
    if (candidates) {
      for (const token of candidates) {
        const identity = tokens.verify(token);
        if (identity) return identity;
      }
      throw new UnauthenticatedError('the token is unknown, expired or revoked: make a new one');
    }
    const session = sessionToken(credentials);
    return (session === undefined ? undefined : tokens.verify(session)) ?? anonymous;
  };
}

/** Tokens that the Authorization header may hold; undefined without the header. @throws {UnauthenticatedError} */
function authorizationTokens({ authorization }: Credentials): readonly string[] | undefined {
  if (authorization === undefined) return undefined;
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) return [rest];
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(rest, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon >= 0) return [text.slice(colon + 1), text.slice(0, colon)];
  }
  throw new UnauthenticatedError('the Authorization header must be "Bearer TOKEN", or "Basic" with the token as password');
}

/** The session that a Cookie header holds. */
export function sessionToken({ cookie }: Credentials): string | undefined {
  return findCookie(cookie, SESSION_COOKIE);
}

export function findCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
