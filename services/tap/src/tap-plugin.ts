import { availabilityXml, DaliParameterError } from '@almagest/dali';
import { availableParallelism } from 'node:os';
import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { UserFunction } from '@almagest/adql';
import type { Authenticator, UsageLimits } from '@almagest/auth';
import type { QueryEngine } from '@almagest/catalogs';
import { registerAsync } from './handlers/async.ts';
import { registerConeSearch } from './handlers/cone-search.ts';
import { capabilitiesXml } from './handlers/capabilities.ts';
import type { TapContext, TapExample } from './handlers/context.ts';
import { baseUrl, sendError } from './handlers/request.ts';
import { estimate } from './handlers/estimate.ts';
import { handleSync } from './handlers/sync.ts';
import { readUploads } from './handlers/upload-sources.ts';
import { examplesHtml, tablesXml, tableXml } from './handlers/vosi.ts';
import { qualifiedName, type TapContent } from './models/tap-table.ts';
import { createJobService, type JobLimits } from './services/job-service.ts';
import { registerUserTables } from './handlers/user-tables.ts';
import { createUserTables } from './services/user-tables.ts';
import { openUserTables, type UserTableLimits } from './storage/user-table-store.ts';
import { createQueryRunner } from './services/query-runner.ts';
import { createQueryService, type LoadingEngine } from './services/query-service.ts';
import { openJobStore } from './storage/job-store.ts';

export interface TapOptions {
  /** Where the service is mounted, such as `/tap`. */
  readonly prefix: string;
  readonly engine: LoadingEngine;
  /** Another engine over the same files for quick queries; the first one unless given. One thread suits it, since each query has its own. */
  readonly quickEngine?: QueryEngine;
  readonly content: TapContent;
  readonly functions: readonly UserFunction[];
  readonly authenticate: Authenticator;
  /** Folder that keeps jobs and results over restarts. */
  readonly jobFolder: string;
  readonly limits?: Partial<JobLimits>;
  /** Longest time of a synchronous query [s]. */
  readonly syncSeconds?: number;
  readonly examples?: readonly TapExample[];
  /** Hosts from which tables may be fetched for a query; none by default. */
  readonly uploadHosts?: readonly string[];
  /** Folder of tables that people keep; without it none are kept. */
  readonly userTableFolder?: string;
  readonly userTableLimits?: UserTableLimits;
  /** Limits of use; a query takes one point of the service `tap`. */
  readonly usage?: UsageLimits;
}

const CORES = availableParallelism();

/**
 * A scan takes all cores by itself, so that a second one beside it ends neither sooner, and small queries pay for both. A quick query
 * takes one core as long as it runs: more of them at a time than cores would keep the server itself from running.
 */
const LANES: JobLimits['lanes'] = { quick: Math.max(2, CORES), fast: Math.max(8, 4 * CORES), slow: Math.max(1, Math.floor(CORES / 2)) };

export const DEFAULT_LIMITS: JobLimits = {
  maxJobsPerUser: 100,
  maxSyncPerUser: 150,
  maxResultBytesPerUser: 50_000_000_000,
  defaultMaxRows: 100_000,
  hardMaxRows: 20_000_000,
  executionDuration: { default: 600, hard: 14_400 },
  retention: { default: 604_800, hard: 2_592_000 },
  uploads: { maxRows: 1_000_000, maxColumns: 2000, maxBytes: 512 * 1024 * 1024 },
  lanes: LANES,
};

/** What one user may keep: a gigabyte of Parquet in a hundred tables. */
export const DEFAULT_USER_TABLES: UserTableLimits = { maxTables: 100, maxBytes: 1e9 };

/** Largest request body [byte]. */
const MAX_UPLOAD_BYTES = 256 * 1024 * 1024;

/** Mounts a TAP 1.1 service. @see TAP 1.1; UWS 1.1; DALI 1.1; VOSI 1.1 */
export async function registerTap(app: FastifyInstance, options: TapOptions): Promise<void> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const folder = options.userTableFolder;
  const userTables =
    folder === undefined
      ? undefined
      : createUserTables(await openUserTables(folder, options.userTableLimits ?? DEFAULT_USER_TABLES), limits.uploads);
  const queries = await createQueryService(
    options.engine,
    options.content,
    options.functions,
    (identity) => userTables?.visibleTo(identity) ?? [],
    options.quickEngine,
  );
  const jobs = createJobService(await openJobStore(options.jobFolder), createQueryRunner(queries, limits), limits);
  const context: TapContext = {
    prefix: options.prefix,
    authenticate: options.authenticate,
    queries,
    jobs,
    limits,
    syncSeconds: options.syncSeconds ?? 60,
    examples: options.examples ?? [],
    uploadHosts: options.uploadHosts ?? [],
    startedAt: new Date(),
    openSyncs: new Map(),
    ...(options.usage ? { usage: options.usage } : {}),
  };
  await app.register(
    async (scope) => {
      await scope.register(multipart, { limits: { fileSize: MAX_UPLOAD_BYTES, files: 16, fields: 64 } });
      scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 4_000_000 }, (_request, body, done) =>
        done(null, body),
      );
      scope.setErrorHandler((error, request, reply) => sendError(request, reply, error));
      scope.addHook('onClose', () => jobs.close());
      scope.addHook('onSend', async (_request, reply) => void reply.header('server', 'Almagest'));
      scope.get('/sync', (request, reply) => handleSync(context, request, reply));
      scope.post('/sync', (request, reply) => handleSync(context, request, reply));
      scope.get('/estimate', (request) => estimate(context, request));
      scope.post('/estimate', (request) => estimate(context, request));
      if (userTables) registerUserTables(scope, context, userTables);
      registerConeSearch(scope, context);
      registerAsync(scope, {
        ...context,
        scope: 'exec:query',
        service: 'tap',
        readUploads: (parameters, files) => readUploads(parameters, files, context),
      });
      scope.get('/capabilities', (request, reply) =>
        reply.type('text/xml').send(capabilitiesXml(context, baseUrl(request, context.prefix))),
      );
      scope.get('/availability', (_request, reply) => reply.type('text/xml').send(availabilityXml(context.startedAt)));
      scope.get<{ Querystring: { detail?: string } }>('/tables', (request, reply) =>
        reply.type('text/xml').send(tablesXml(queries.content, { withColumns: request.query.detail !== 'min' })),
      );
      scope.get<{ Params: { name: string } }>('/tables/:name', (request, reply) => {
        const table = queries.content.tables.find((each) => qualifiedName(each) === request.params.name);
        if (!table) throw new DaliParameterError(`there is no table ${request.params.name}`, { details: { parameter: 'name' } });
        return reply.type('text/xml').send(tableXml(queries.content, table));
      });
      scope.get('/examples', (_request, reply) => reply.type('application/xhtml+xml').send(examplesHtml(context)));
    },
    { prefix: options.prefix },
  );
}
