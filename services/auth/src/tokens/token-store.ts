import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { TokenNotFoundError, TokenRequestError, TokenStoreError } from '../errors.ts';
import { ANONYMOUS, type Identity, type Scope, SCOPES } from '../identity.ts';
import { formatToken, hashSecret, isSecret, makeToken, parseToken } from './token-text.ts';

/** What is known of a token without its secret. */
export interface TokenRecord {
  readonly id: string;
  readonly user: string;
  /** A session belongs to a browser and came from a sign-in; a user token was made for a program. */
  readonly kind: 'user' | 'session';
  /** What the owner calls it. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly groups: readonly string[];
  /** ISO 8601 in UTC, as all times here. */
  readonly created: string;
  readonly expires: string | undefined;
  readonly revoked: string | undefined;
  /** To the minute. */
  readonly lastUsed: string | undefined;
}

export interface TokenRequest {
  readonly user: string;
  readonly kind?: TokenRecord['kind'];
  readonly name?: string;
  readonly scopes: readonly Scope[];
  readonly groups?: readonly string[];
  /** Lifetime [s]; without it the token lives until it is revoked. */
  readonly lifetimeSec?: number;
}

export interface TokenStore {
  /** Makes a token. Its text is in the answer and nowhere else: it cannot be shown again. @throws {TokenRequestError} */
  create(request: TokenRequest): { readonly token: string; readonly record: TokenRecord };
  /** The identity behind a token that is known, not expired and not revoked; else undefined. */
  verify(token: string): Identity | undefined;
  /** Newest first; of all users where none is named. */
  list(user?: string): TokenRecord[];
  /** Ends a token at once. @throws {TokenNotFoundError} if it does not exist, or is not of this user where one is named. */
  revoke(id: string, user?: string): TokenRecord;
  close(): void;
}

const TABLE = `CREATE TABLE IF NOT EXISTS token (
  id TEXT PRIMARY KEY, hash BLOB NOT NULL, user TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
  groups TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, last_used INTEGER) STRICT`;

interface Row {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly user: string;
  readonly kind: TokenRecord['kind'];
  readonly name: string;
  readonly scopes: string;
  readonly groups: string;
  readonly created: number;
  readonly expires: number | null;
  readonly revoked: number | null;
  readonly last_used: number | null;
}

const USER = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const USE_STEP_MS = 60_000;

/**
 * Opens the file of tokens, or makes it, readable by its owner alone. Several processes may have it open: a token that one
 * revokes is refused by the others from then on.
 *
 * @param path A file, or `:memory:`.
 * @param now The clock [ms since 1970].
 * @throws {TokenStoreError} if the file cannot be opened.
 */
export function openTokenStore(path: string, now: () => number = Date.now): TokenStore {
  const database = openDatabase(path);
  const insert = database.prepare(
    'INSERT INTO token (id, hash, user, kind, name, scopes, groups, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const find = database.prepare('SELECT * FROM token WHERE id = ?');
  const use = database.prepare('UPDATE token SET last_used = ? WHERE id = ?');
  const get = (id: string): Row | undefined => find.get(id) as unknown as Row | undefined;
  return {
    create: (request) => {
      checkRequest(request);
      const parts = makeToken();
      const { user, kind = 'user', name = '', scopes, groups = [], lifetimeSec } = request;
      const created = now();
      const expires = lifetimeSec === undefined ? null : created + Math.round(lifetimeSec * 1000);
      const [scopeText, groupText] = [JSON.stringify([...new Set(scopes)]), JSON.stringify([...new Set(groups)])];
      insert.run(parts.id, hashSecret(parts.secret), user, kind, name, scopeText, groupText, created, expires);
      return { token: formatToken(parts), record: toRecord(get(parts.id) as Row) };
    },
    verify: (token) => {
      const parts = parseToken(token);
      const row = parts && get(parts.id);
      if (!row || !isSecret(parts.secret, row.hash)) return undefined;
      const time = now();
      if (row.revoked !== null || (row.expires !== null && row.expires <= time)) return undefined;
      if (row.last_used === null || time - row.last_used >= USE_STEP_MS) use.run(time, row.id);
      return { user: row.user, scopes: new Set(parseList(row.scopes) as Scope[]), groups: new Set(parseList(row.groups)) };
    },
    list: (user) => {
      const rows =
        user === undefined
          ? database.prepare('SELECT * FROM token ORDER BY created DESC, id').all()
          : database.prepare('SELECT * FROM token WHERE user = ? ORDER BY created DESC, id').all(user);
      return (rows as unknown as Row[]).map(toRecord);
    },
    revoke: (id, user) => {
      const row = get(id);
      if (!row || (user !== undefined && row.user !== user)) throw new TokenNotFoundError(`there is no token ${id}`, { details: { id } });
      if (row.revoked === null) database.prepare('UPDATE token SET revoked = ? WHERE id = ?').run(now(), id);
      return toRecord(get(id) as Row);
    },
    close: () => database.close(),
  };
}

function openDatabase(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: 5000 });
    if (path !== ':memory:') chmodSync(path, 0o600);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(TABLE);
    return database;
  } catch (error) {
    throw new TokenStoreError(`cannot open the file of tokens ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function checkRequest({ user, name = '', scopes, lifetimeSec }: TokenRequest): void {
  if (!USER.test(user) || user === ANONYMOUS)
    throw new TokenRequestError(
      `a user name has up to 64 letters, digits and . _ @ -, and is not ${ANONYMOUS}; found ${JSON.stringify(user.slice(0, 80))}`,
    );
  if (name.length > 200) throw new TokenRequestError(`a name has at most 200 characters; found ${name.length}`);
  const wrong = scopes.find((scope) => !SCOPES.includes(scope));
  if (wrong !== undefined) throw new TokenRequestError(`a scope must be one of ${SCOPES.join(', ')}; found ${JSON.stringify(wrong)}`);
  if (scopes.length === 0) throw new TokenRequestError('a token needs at least one scope');
  if (lifetimeSec !== undefined && !(lifetimeSec > 0 && lifetimeSec < 1e10))
    throw new TokenRequestError(`a lifetime must be positive; found ${lifetimeSec} s`);
}

function toRecord(row: Row): TokenRecord {
  const time = (ms: number | null): string | undefined => (ms === null ? undefined : new Date(ms).toISOString());
  return {
    id: row.id,
    user: row.user,
    kind: row.kind,
    name: row.name,
    scopes: parseList(row.scopes) as Scope[],
    groups: parseList(row.groups),
    created: new Date(row.created).toISOString(),
    expires: time(row.expires),
    revoked: time(row.revoked),
    lastUsed: time(row.last_used),
  };
}

function parseList(text: string): string[] {
  return JSON.parse(text) as string[];
}
