import { AlmagestError } from '@almagest/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UsageLimitError } from '../errors.ts';

const STATUS: Readonly<Record<string, number>> = {
  'auth.unauthenticated': 401,
  'auth.forbidden': 403,
  'auth.token-not-found': 404,
  'auth.usage-limit': 429,
};

/** HTTP status of a failure of this room; undefined for those of others. */
export function authStatus(error: unknown): number | undefined {
  if (!(error instanceof AlmagestError)) return undefined;
  return STATUS[error.code] ?? (error.code.startsWith('auth.') ? (error.fault === 'environment' ? 503 : 400) : undefined);
}

/** Headers that go with a failure: how to sign in, or when to come back. */
export function authHeaders(error: unknown): Readonly<Record<string, string>> {
  if (error instanceof UsageLimitError) return { 'retry-after': String(error.details?.retryAfterSec ?? 1) };
  return authStatus(error) === 401 ? { 'www-authenticate': 'Bearer realm="almagest", Basic realm="almagest"' } : {};
}

/** A failure as `{"error": {"code", "message"}}`; of a fault of the server's own only that it happened. */
export async function sendAuthError(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  const known = authStatus(error) ?? (error as { statusCode?: number }).statusCode ?? 500;
  if (known >= 500) request.log.error({ code: error instanceof AlmagestError ? error.code : undefined }, 'a request about accounts failed');
  const isPublic = error instanceof AlmagestError || (known < 500 && error instanceof Error);
  await reply
    .code(known)
    .headers(authHeaders(error))
    .send({
      error: {
        code: error instanceof AlmagestError ? error.code : 'auth.request',
        message: isPublic ? error.message : 'the service failed',
      },
    });
}
