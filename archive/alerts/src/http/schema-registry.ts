import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { parseAvroSchema } from '../avro/avro-node.ts';
import { BrokerUnavailableError, UnknownSchemaError } from '../errors.ts';
import type { SchemaStore } from '../packet/wire-format.ts';

/** Schemas that a registry serves: under a subject, with ids of their own. */
export interface RegistryContents {
  readonly subjects: ReadonlyMap<string, readonly { readonly id: number; readonly schema: unknown }[]>;
}

const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Serves schemas by the protocol of Confluent's registry, reading only: what its clients need to decode packets. */
export function schemaRegistryPlugin(app: FastifyInstance, contents: RegistryContents): void {
  const all = [...contents.subjects].flatMap(([subject, versions]) => versions.map((entry, i) => ({ subject, version: i + 1, ...entry })));
  const notFound = (what: string, code: number): never => {
    throw Object.assign(new Error(`${what} not found`), { statusCode: 404, error_code: code });
  };
  app.addHook('onSend', async (_request, reply) => {
    reply.header('content-type', MEDIA_TYPE);
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number; error_code?: number }, _request, reply) => {
    await reply.status(error.statusCode ?? 500).send({ error_code: error.error_code ?? 50001, message: error.message });
  });
  app.get('/schemas/types', async () => ['AVRO']);
  app.get<{ Params: { id: string } }>('/schemas/ids/:id', async ({ params }) => {
    const found = all.find((entry) => entry.id === Number(params.id)) ?? notFound(`schema ${params.id}`, 40403);
    return { schema: JSON.stringify(found.schema) };
  });
  app.get('/subjects', async () => [...contents.subjects.keys()]);
  app.get<{ Params: { subject: string } }>('/subjects/:subject/versions', async ({ params }) =>
    (contents.subjects.get(params.subject) ?? notFound(`subject ${params.subject}`, 40401)).map((_, i) => i + 1),
  );
  app.get<{ Params: { subject: string; version: string } }>('/subjects/:subject/versions/:version', async ({ params }) => {
    const versions = contents.subjects.get(params.subject) ?? notFound(`subject ${params.subject}`, 40401);
    const version = params.version === 'latest' ? versions.length : Number(params.version);
    const found = versions[version - 1] ?? notFound(`version ${params.version}`, 40402);
    return { subject: params.subject, version, id: found.id, schema: JSON.stringify(found.schema) };
  });
  app.post<{ Params: { subject: string }; Body: { schema: string } }>('/subjects/:subject', async ({ params, body }) => {
    const wanted = fingerprint(JSON.parse(body.schema) as unknown);
    const found =
      all.find((entry) => entry.subject === params.subject && fingerprint(entry.schema) === wanted) ?? notFound('schema', 40403);
    return { subject: found.subject, version: found.version, id: found.id, schema: JSON.stringify(found.schema) };
  });
}

function fingerprint(schema: unknown): string {
  return createHash('sha256').update(JSON.stringify(schema)).digest('hex');
}

/** Longest wait for a registry [ms]. */
const TIMEOUT_MS = 10_000;

/**
 * Schemas from a registry; each is asked for once.
 *
 * @param url - Address of the registry, as `http://127.0.0.1:8081`.
 */
export function registrySchemaStore(url: string): SchemaStore {
  const known = new Map<number, Promise<unknown>>();
  const load = async (schemaId: number): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(new URL(`schemas/ids/${schemaId}`, url.endsWith('/') ? url : `${url}/`), {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new BrokerUnavailableError(`the schema registry at ${url} cannot be reached`, { cause, details: { address: url } });
    }
    if (response.status === 404)
      throw new UnknownSchemaError(`the registry at ${url} has no schema ${schemaId}`, { details: { schemaId } });
    if (!response.ok)
      throw new BrokerUnavailableError(`the schema registry at ${url} answered ${response.status}`, { details: { address: url } });
    const schema = JSON.parse(((await response.json()) as { schema: string }).schema) as unknown;
    parseAvroSchema(schema);
    return schema;
  };
  return {
    get: async (schemaId) => {
      const pending = known.get(schemaId) ?? load(schemaId);
      known.set(schemaId, pending);
      pending.catch(() => known.delete(schemaId));
      return await pending;
    },
  };
}
