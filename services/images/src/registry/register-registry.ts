import type { LoadingEngine, TapContent } from '@almagest/tap';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { oaiXml } from './oai-pmh.ts';
import { makeRecords, type RegistryOwner, type RegistryParts } from './records.ts';
import { loadRegTap } from './reg-tap.ts';

export interface RegistryOptions {
  readonly owner: RegistryOwner;
  readonly parts: () => Promise<RegistryParts>;
  /** Address of the server as clients see it; that of the request where it is empty. */
  readonly baseUrl: () => string;
  /** Where the tables of RegTAP go; without it there is OAI-PMH alone. */
  readonly engine?: LoadingEngine;
  readonly prefix?: string;
}

/** Content for TAP that describes itself would have no end: the registry tells of the others. */
export function publishedContent(content: TapContent): TapContent {
  return { ...content, tables: content.tables.filter(({ schema }) => schema !== 'rr') };
}

/** Mounts `/oai`, a publishing registry of the records of this server, and loads them for RegTAP. @see Registry Interfaces 1.1; OAI-PMH 2.0 */
export async function registerRegistry(app: FastifyInstance, options: RegistryOptions): Promise<void> {
  const { owner, engine, prefix = '' } = options;
  const updated = new Date();
  const baseOf = (request: FastifyRequest): string => options.baseUrl() || `${request.protocol}://${request.host}${prefix}`;
  if (engine) {
    await loadRegTap(engine, makeRecords(owner, await options.parts(), options.baseUrl()), owner, updated);
    // The address is known once the server listens.
    app.addHook('onListen', async () => loadRegTap(engine, makeRecords(owner, await options.parts(), options.baseUrl()), owner, updated));
  }
  await app.register(
    (scope, _options, done) => {
      scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 100_000 }, (_request, body, end) =>
        end(null, body),
      );
      const answer = async (request: FastifyRequest): Promise<string> => {
        const parameters = [...new URL(request.url, 'http://localhost').searchParams];
        if (typeof request.body === 'string') parameters.push(...new URLSearchParams(request.body));
        const base = baseOf(request);
        const records = makeRecords(owner, await options.parts(), base);
        return oaiXml({ parameters, baseUrl: `${base}/oai`, records, owner, updated, now: new Date() });
      };
      scope.get('/oai', async (request, reply) => reply.type('text/xml').send(await answer(request)));
      scope.post('/oai', async (request, reply) => reply.type('text/xml').send(await answer(request)));
      done();
    },
    { prefix: prefix === '' ? '/' : prefix },
  );
}
