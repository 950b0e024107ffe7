import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { registerAsync, type UwsContext } from './handlers/async.ts';
import { sendError } from './handlers/request.ts';
import { createJobService, type JobRunner, type UwsLimits } from './services/job-service.ts';
import { openJobStore } from './storage/job-store.ts';

export interface UwsOptions extends Pick<UwsContext, 'authenticate' | 'usage' | 'scope' | 'service' | 'prefix'> {
  readonly runner: JobRunner;
  /** Folder that keeps jobs and results over restarts. */
  readonly jobFolder: string;
  readonly limits: UwsLimits;
}

/** Mounts jobs of another service under `PREFIX/async`: those of TAP with other work. @see UWS 1.1 */
export async function registerUws(app: FastifyInstance, options: UwsOptions): Promise<void> {
  const jobs = createJobService(await openJobStore(options.jobFolder), options.runner, options.limits);
  await app.register(
    async (scope) => {
      await scope.register(multipart, { limits: { fileSize: 1_000_000, files: 1, fields: 5000 } });
      if (!scope.hasContentTypeParser('application/x-www-form-urlencoded'))
        scope.addContentTypeParser(
          'application/x-www-form-urlencoded',
          { parseAs: 'string', bodyLimit: 1_000_000 },
          (_request, body, end) => end(null, body),
        );
      scope.setErrorHandler((error, request, reply) => sendError(request, reply, error));
      scope.addHook('onClose', () => jobs.close());
      registerAsync(scope, { ...options, jobs });
    },
    { prefix: options.prefix },
  );
}
