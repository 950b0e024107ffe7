import { AlmagestError } from '@almagest/errors';
import { authHeaders, type Authenticator, authStatus, type Identity, requireScope, type UsageLimits } from '@almagest/auth';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Publisher } from '../models/obscore.ts';
import type { PreviewService } from '../services/preview.ts';
import type { ImageCatalog } from '../storage/image-catalog.ts';

/** What every handler needs. */
export interface ImagesContext {
  readonly catalog: ImageCatalog;
  readonly previews: PreviewService;
  readonly authenticate: Authenticator;
  readonly publisher: Omit<Publisher, 'baseUrl'>;
  readonly prefix: string;
  readonly startedAt: Date;
  readonly usage?: UsageLimits;
}

/** @throws {UnauthenticatedError | ForbiddenError} unless the request may read images. @throws {UsageLimitError} */
export async function mayRead(context: ImagesContext, request: FastifyRequest): Promise<Identity> {
  const { headers } = request;
  const identity = await context.authenticate({ authorization: headers.authorization, cookie: headers.cookie });
  requireScope(identity, 'read:image');
  await context.usage?.spend({ identity, address: request.ip }, 'images');
  return identity;
}

/** Who publishes, with the address that the client used. */
export function publisherOf(context: ImagesContext, request: FastifyRequest): Publisher {
  return { ...context.publisher, baseUrl: `${request.protocol}://${request.host}${context.prefix}` };
}

const STATUS: Readonly<Record<string, number>> = {
  'images.not-found': 404,
  'images.hips-not-found': 404,
  'images.cutout-too-large': 413,
};

export function statusOf(error: unknown): number {
  if (!(error instanceof AlmagestError)) return (error as { statusCode?: number }).statusCode ?? 500;
  return STATUS[error.code] ?? authStatus(error) ?? { caller: 400, data: 422, environment: 503, internal: 500 }[error.fault];
}

/** What a client may know of a failure; paths and causes stay in the log. */
export function publicError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AlmagestError && (error.fault === 'caller' || error.fault === 'data'))
    return { code: error.code, message: error.message };
  if (statusOf(error) < 500 && error instanceof Error) return { code: 'images.request', message: error.message };
  return { code: 'images.failed', message: 'the service failed; its log has the reason' };
}

/** A failure as JSON, for the routes of the page. */
export async function sendJsonError(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  if (statusOf(error) >= 500) request.log.error(error);
  await reply
    .code(statusOf(error))
    .headers(authHeaders(error))
    .send({ error: publicError(error) });
}

/** A failure as text, as SODA and DataLink have it: the kind first. @see DALI 1.1, section 4.2; SODA 1.0, section 3.4 */
export async function sendTextError(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  const status = statusOf(error);
  if (status >= 500) request.log.error(error);
  const { code, message } = publicError(error);
  const kind =
    status === 404 ? 'NotFoundFault' : status === 401 || status === 403 ? 'AuthorizationFault' : status < 500 ? 'UsageFault' : 'Fault';
  await reply.code(status).headers(authHeaders(error)).type('text/plain; charset=utf-8').send(`${kind}: ${message} [${code}]\n`);
}
