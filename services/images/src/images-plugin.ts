import type { Authenticator, UsageLimits } from '@almagest/auth';
import type { Butler } from '@almagest/butler';
import { type LoadingEngine, registerUws, type UwsLimits } from '@almagest/tap';
import type { FastifyInstance } from 'fastify';
import type { ImagesContext } from './handlers/context.ts';
import { registerImageRoutes } from './handlers/image-routes.ts';
import { registerIvoaRoutes } from './handlers/ivoa-routes.ts';
import { OBSCORE_ENGINE_TABLE, obsCoreRows, type Publisher } from './models/obscore.ts';
import { createSodaRunner } from './services/soda-runner.ts';
import { createPreviewService } from './services/preview.ts';
import { createImageCatalog, type ImageCatalog, type ImageCatalogOptions } from './storage/image-catalog.ts';

export interface ImagesOptions extends ImageCatalogOptions {
  readonly butler: Butler;
  readonly authenticate: Authenticator;
  /** The images, where something else reads them too. */
  readonly catalog?: ImageCatalog;
  /** Folder that keeps jobs of cutouts over restarts; without it there are no asynchronous cutouts. */
  readonly jobFolder?: string;
  /** Limits of use; a request takes one point of the service `images`. */
  readonly usage?: UsageLimits;
  /** Where the services are mounted; `''` for the root. */
  readonly prefix?: string;
  /** Authority of identifiers and name of the collection. */
  readonly publisher?: Omit<Publisher, 'baseUrl'>;
}

const JOB_LIMITS: UwsLimits = {
  maxJobsPerUser: 100,
  maxResultBytesPerUser: 50_000_000_000,
  executionDuration: { default: 600, hard: 14_400 },
  retention: { default: 604_800, hard: 2_592_000 },
  lanes: { fast: 4, slow: 2 },
};

/** Mounts `/api/images`, `/soda/sync`, `/soda/async`, `/datalink/links` and `/sia/query` over the images of a repository. */
export async function registerImages(app: FastifyInstance, options: ImagesOptions): Promise<ImageCatalog> {
  const { prefix = '' } = options;
  const catalog = options.catalog ?? createImageCatalog(options.butler, options);
  const context: ImagesContext = {
    catalog,
    previews: createPreviewService(catalog),
    authenticate: options.authenticate,
    publisher: options.publisher ?? { authority: 'almagest.local', collection: 'almagest' },
    prefix,
    startedAt: new Date(),
    ...(options.usage ? { usage: options.usage } : {}),
  };
  await app.register(
    (scope, _options, done) => {
      registerImageRoutes(scope, context);
      done();
    },
    { prefix: `${prefix}/api/images` },
  );
  await app.register(
    (scope, _options, done) => {
      registerIvoaRoutes(scope, context);
      done();
    },
    { prefix: prefix === '' ? '/' : prefix },
  );
  if (options.jobFolder !== undefined)
    await registerUws(app, {
      prefix: `${prefix}/soda`,
      authenticate: options.authenticate,
      scope: 'read:image',
      service: 'images',
      jobFolder: options.jobFolder,
      limits: JOB_LIMITS,
      runner: createSodaRunner(catalog, context.publisher),
      ...(options.usage ? { usage: options.usage } : {}),
    });
  return catalog;
}

/**
 * Puts the ObsCore rows of a catalogue into an engine, as the table that `OBSCORE_TABLE` reads; again to follow the repository.
 *
 * @returns Count of images.
 */
export async function loadObsCore(engine: LoadingEngine, catalog: ImageCatalog, publisher: Publisher): Promise<number> {
  const images = await catalog.list();
  await engine.loadTable(OBSCORE_ENGINE_TABLE, obsCoreRows(images, publisher));
  return images.length;
}
