import { DaliParameters, errorDocument } from '@almagest/dali';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AlmagestError } from '@almagest/errors';
import { authHeaders, authStatus, type Authenticator, type Identity } from '@almagest/auth';
import { UploadError } from '../errors.ts';

/** Most bytes of all files of one request. */
const MAX_FILES_BYTES = 256 * 1024 * 1024;

export interface TapRequest {
  readonly parameters: DaliParameters;
  /** Files of a multipart request by field name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly identity: Identity;
}

/** Parameters of the query string and of the body together, with the files that came along. */
export async function readRequest(request: FastifyRequest, authenticate: Authenticator): Promise<TapRequest> {
  const { headers } = request;
  const identity = await authenticate({ authorization: headers.authorization, cookie: headers.cookie });
  const pairs: [string, string][] = [...new URL(request.url, 'http://localhost').searchParams];
  const files = new Map<string, Uint8Array>();
  if (request.isMultipart()) {
    let bytes = 0;
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        const content = await part.toBuffer();
        bytes += content.length;
        if (bytes > MAX_FILES_BYTES)
          throw new UploadError(`the tables of a request have at most ${MAX_FILES_BYTES} bytes together`, {
            details: { table: part.fieldname },
          });
        files.set(part.fieldname, content);
      } else pairs.push([part.fieldname, String(part.value)]);
    }
  } else if (typeof request.body === 'string') pairs.push(...new URLSearchParams(request.body));
  return { parameters: new DaliParameters(pairs), files, identity };
}

/** The address of this service as the client sees it. */
export function baseUrl(request: FastifyRequest, prefix: string): string {
  return `${request.protocol}://${request.host}${prefix}`;
}

const STATUS: Readonly<Record<string, number>> = {
  'tap.job-not-found': 404,
  'tap.user-table-not-found': 404,
  'adql.permission': 403,
  'tap.quota': 429,
};

/** HTTP status of a failure. */
export function statusOf(error: unknown): number {
  if (!(error instanceof AlmagestError)) return (error as { statusCode?: number }).statusCode ?? 500;
  return STATUS[error.code] ?? authStatus(error) ?? { caller: 400, data: 400, environment: 503, internal: 500 }[error.fault];
}

/** What a client may know of a failure: our own errors in full, anything else only that it happened. */
export function publicMessage(error: unknown): string {
  if (error instanceof AlmagestError && error.fault !== 'internal') return `${error.message} [${error.code}]`;
  const status = statusOf(error);
  return status < 500 && error instanceof Error ? error.message : 'the service failed; its log has the reason';
}

export async function sendError(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  const status = statusOf(error);
  if (status >= 500) request.log.error(error);
  if (status === 429) reply.header('retry-after', '5');
  void reply.headers(authHeaders(error));
  await reply
    .code(status)
    .type('application/x-votable+xml')
    .send(errorDocument(publicMessage(error)));
}
