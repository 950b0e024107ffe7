/** Who makes a request and what for. */
export interface Identity {
  /** Account name; `anonymous` when nobody signed in. */
  readonly user: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Groups whose data the account may read. */
  readonly groups?: ReadonlySet<string>;
}

export const SCOPES = ['read:catalog', 'read:image', 'read:alert', 'exec:query', 'write:table', 'write:butler', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Name of everybody who did not sign in; no account has it. */
export const ANONYMOUS = 'anonymous';

/** The part of a request that tells who makes it. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

/** Finds out who makes a request. @throws {UnauthenticatedError} if credentials are given and are not good. */
export type Authenticator = (credentials: Credentials) => Promise<Identity>;

/** Everyone is anonymous and may do what these scopes allow. */
export function anonymousAuthenticator(scopes: readonly Scope[]): Authenticator {
  const identity: Identity = { user: ANONYMOUS, scopes: new Set(scopes) };
  return () => Promise.resolve(identity);
}
