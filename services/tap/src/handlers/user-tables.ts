import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireScope } from '@almagest/auth';
import type { TapContext } from './context.ts';
import type { UserTable } from '../storage/user-table-store.ts';
import { schemaOf, type UserTables } from '../services/user-tables.ts';

/** Formats that a body may have; the content itself tells which. */
const TYPES = /^(?:text\/(?:csv|xml|tab-separated-values)|application\/(?:fits|octet-stream|x-votable\+xml.*|.*parquet.*|.*arrow.*))$/;
const MAX_BODY_BYTES = 256 * 1024 * 1024;

type Named = { Params: { readonly name: string } };

/**
 * Tables that stay: `GET /user-tables`, `PUT /tables/NAME` with rows, `POST /load/NAME` for more rows, `DELETE /tables/NAME`.
 * NAME is `user_ACCOUNT.TABLE` or the table alone; `?group=` shares it, `?description=` says what it is.
 */
export function registerUserTables(app: FastifyInstance, context: TapContext, tables: UserTables): void {
  app.addContentTypeParser(TYPES, { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => done(null, body));
  const identify = async (request: FastifyRequest) => {
    const { headers } = request;
    const identity = await context.authenticate({ authorization: headers.authorization, cookie: headers.cookie });
    await context.usage?.spend({ identity, address: request.ip }, 'tap');
    return identity;
  };
  app.get('/user-tables', async (request) => {
    const identity = await identify(request);
    requireScope(identity, 'exec:query');
    return { tables: tables.describe(identity).map(shown) };
  });
  app.put<Named>('/tables/:name', async (request, reply) => {
    const identity = await identify(request);
    const { searchParams } = new URL(request.url, 'http://localhost');
    const made = await tables.put(identity, request.params.name, {
      bytes: bytesOf(request.body),
      description: (searchParams.get('description') ?? '').slice(0, 1000),
      groups: searchParams.getAll('group').slice(0, 20),
    });
    return await reply.code(201).send(shown(made));
  });
  app.post<Named>('/load/:name', async (request) =>
    shown(await tables.append(await identify(request), request.params.name, bytesOf(request.body))),
  );
  app.delete<Named>('/tables/:name', async (request, reply) => {
    await tables.remove(await identify(request), request.params.name);
    return await reply.code(204).send();
  });
}

function shown(table: Omit<UserTable, 'file'>): object {
  const { user, name, description, rows, bytes, groups, created } = table;
  return { table: `${schemaOf(user)}.${name}`, description, rows, bytes, groups, created };
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : '');
}
