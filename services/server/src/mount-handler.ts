import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface MountOptions {
  /** Path below which the handler gets every request. */
  readonly prefix: string;
  /** Largest body that is taken [byte]. */
  readonly bodyLimit?: number;
}

/** Where a request comes from. */
export interface HandlerClient {
  /** Address of the network. */
  readonly address: string;
}

/** Bodies that fit one request unless told [byte]. */
const BODY_LIMIT = 256 * 2 ** 20;

/**
 * Mounts a service that is a function from request to answer, as the web platform has them.
 *
 * Bodies of requests come whole, answers leave as they are made; who goes away cancels the answer's stream.
 */
export async function mountHandler(
  app: FastifyInstance,
  handler: (request: Request, client: HandlerClient) => Promise<Response>,
  { prefix, bodyLimit = BODY_LIMIT }: MountOptions,
): Promise<void> {
  await app.register(
    (scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => parsed(null, body));
      scope.route({
        method: ['GET', 'POST'],
        url: '/*',
        bodyLimit,
        schema: { hide: true },
        handler: async (request, reply) => await send(await handler(toRequest(request), { address: request.ip }), reply),
      });
      done();
    },
    { prefix },
  );
}

function toRequest(request: FastifyRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value));
  const body = Buffer.isBuffer(request.body) && request.method !== 'GET' ? new Uint8Array(request.body) : undefined;
  return new Request(new URL(request.url, `${request.protocol}://${request.headers.host ?? 'localhost'}`), {
    method: request.method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
}

async function send(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  reply.code(answer.status);
  answer.headers.forEach((value, name) => void reply.header(name, value));
  return await reply.send(answer.body === null ? '' : Readable.fromWeb(answer.body as ReadableStream));
}
