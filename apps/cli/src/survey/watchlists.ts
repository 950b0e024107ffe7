import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANONYMOUS, type Authenticator, authHeaders, authStatus } from '@almagest/auth';
import { AlmagestError } from '@almagest/errors';
import { writeFileAtomic } from '@almagest/resources';
import type { ServicePart } from '@almagest/server';
import { z } from 'zod';

/** Most bytes of the lists of one account: about ten thousand positions. */
const MOST_BYTES = 512 * 1024;

/** Positions that somebody watches, as they were typed. */
const lists = z
  .array(z.strictObject({ name: z.string().regex(/^[\w -]{1,80}$/), text: z.string().max(MOST_BYTES) }))
  .max(100)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two lists have one name');

export interface WatchlistsOptions {
  /** One file an account. */
  readonly folder: string;
  readonly authenticate: Authenticator;
}

/**
 * Mounts `GET` and `PUT /api/watchlists`: the lists of whoever signed in, whole. Nobody's lists are kept here: `user` is then null, and the
 * browser keeps them itself.
 */
export function watchlistsPart({ folder, authenticate }: WatchlistsOptions): ServicePart {
  return (app) => {
    const userOf = async (headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined }) => {
      const { user } = await authenticate({ authorization: headers.authorization, cookie: headers.cookie });
      return user === ANONYMOUS ? null : user;
    };
    // Names of accounts come from elsewhere and are no names of files.
    const fileOf = (user: string): string => join(folder, `${createHash('sha256').update(user).digest('hex')}.json`);
    void app.register((scope, _options, done) => {
      scope.setErrorHandler(async (error, _request, reply) => {
        if (!(error instanceof AlmagestError)) throw error;
        return reply
          .code(authStatus(error) ?? 500)
          .headers(authHeaders(error))
          .send({ error: error.toJSON() });
      });
      scope.get('/api/watchlists', async (request, reply) => {
        const user = await userOf(request.headers);
        void reply.header('cache-control', 'no-store');
        return {
          user,
          lists: user === null || !existsSync(fileOf(user)) ? [] : lists.parse(JSON.parse(readFileSync(fileOf(user), 'utf8'))),
        };
      });
      scope.put('/api/watchlists', { bodyLimit: 2 * MOST_BYTES }, async (request, reply) => {
        const user = await userOf(request.headers);
        if (user === null)
          return reply.code(401).send({ error: { code: 'auth.unauthenticated', message: 'lists are kept for those who signed in' } });
        const parsed = z.object({ lists }).safeParse(request.body);
        if (!parsed.success) return reply.code(400).send({ error: { code: 'cli.bad-watchlists', message: z.prettifyError(parsed.error) } });
        mkdirSync(folder, { recursive: true });
        await writeFileAtomic(fileOf(user), `${JSON.stringify(parsed.data.lists)}\n`);
        return { user, lists: parsed.data.lists };
      });
      done();
    });
  };
}
