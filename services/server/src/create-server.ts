import staticFiles from '@fastify/static';
import swagger from '@fastify/swagger';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { redactUrl } from '@almagest/auth';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { AlmagestError } from '@almagest/errors';
import { PortInUseError } from './errors.ts';
import { registerMetrics } from './metrics.ts';

/** Mounts one service on the server. */
export type ServicePart = (app: FastifyInstance) => Promise<void> | void;

export interface ServerOptions {
  readonly parts: readonly ServicePart[];
  /** Folder of the built page; without it the server has services only. */
  readonly pageFolder?: string;
  /** `fastify`'s logger option; requests are logged without their credentials. */
  readonly logger?: FastifyServerOptions['logger'];
  readonly version: string;
  /** Longest time that closing waits for answers under way [s]; 10 by default. */
  readonly graceSec?: number;
}

/** Requests as logs show them: no headers, and no secrets in the address. */
const SERIALIZERS = {
  // A log line may hold a part of a request only.
  req: ({ method = '', url = '', ip = '' }: Partial<FastifyRequest>): { method: string; url: string; remoteAddress: string } => ({
    method,
    url: redactUrl(url),
    remoteAddress: ip,
  }),
};

/** Headers that never reach a log. */
const SECRET_HEADERS = ['req.headers.authorization', 'req.headers.cookie', 'req.headers["x-api-key"]'];

/**
 * Puts services together on one port: their routes, the page, health, metrics and an OpenAPI description.
 *
 * Closing it ends running work in order: listeners first, then each service's own `onClose`.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { parts, pageFolder, version } = options;
  const app = Fastify({
    logger: loggerOptions(options.logger),
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
  });
  await app.register(swagger, {
    openapi: { info: { title: 'Almagest', version, description: 'Services of a survey. IVOA services describe themselves by VOSI.' } },
  });
  registerMetrics(app);
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  closeInTime(app, options.graceSec ?? 10);
  app.get('/health', { schema: { description: 'Whether the server answers.', tags: ['operations'] } }, () => ({ status: 'ok', version }));
  for (const part of parts) await part(app);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  if (pageFolder !== undefined && existsSync(join(pageFolder, 'index.html'))) await registerPage(app, pageFolder);
  return app;
}

function loggerOptions(logger: ServerOptions['logger']): NonNullable<ServerOptions['logger']> {
  if (logger === undefined || logger === false) return false;
  const own = typeof logger === 'object' ? logger : {};
  return { redact: SECRET_HEADERS, ...own, serializers: { ...SERIALIZERS, ...own.serializers } };
}

/** Whoever does not take their answer does not keep the server from ending. */
function closeInTime(app: FastifyInstance, graceSec: number): void {
  app.addHook('preClose', (done) => {
    setTimeout(() => app.server.closeAllConnections(), graceSec * 1000).unref();
    done();
  });
}

/** A failure as JSON: our own in full when the caller or the data are at fault, anything else only that it happened. */
async function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const own = error instanceof AlmagestError ? error : undefined;
  const status = own
    ? own.code.endsWith('not-found')
      ? 404
      : { caller: 400, data: 422, environment: 503, internal: 500 }[own.fault]
    : ((error as { statusCode?: number }).statusCode ?? 500);
  if (status >= 500) request.log.error(error);
  const message = status < 500 && error instanceof Error ? error.message : 'the service failed; its log has the reason';
  return await reply.code(status).send({ error: { code: own && status < 500 ? own.code : 'server.failed', message } });
}

/** The page's files, and the page itself for every address that it makes up. */
async function registerPage(app: FastifyInstance, root: string): Promise<void> {
  // The page itself goes out below, at `/` too: it alone must not be kept, and needs the headers for shared memory.
  await app.register(staticFiles, { root, wildcard: false, index: false, globIgnore: ['index.html'], immutable: true, maxAge: '30d' });
  app.setNotFoundHandler(async (request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (!wantsPage)
      return reply.code(404).send({ error: { code: 'server.not-found', message: `there is nothing at ${request.url.split('?')[0]}` } });
    return reply
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cross-origin-embedder-policy', 'credentialless')
      .header('cache-control', 'no-cache')
      .sendFile('index.html', { cacheControl: false });
  });
}

/**
 * Listens on loopback unless told otherwise.
 *
 * @throws {PortInUseError} if the port is taken.
 */
export async function listen(
  app: FastifyInstance,
  { host = '127.0.0.1', port }: { readonly host?: string; readonly port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new PortInUseError(`port ${port} of ${host} is taken by another program: give another, or 0 for any that is free`, {
      details: { port },
      cause: error,
    });
  }
}
