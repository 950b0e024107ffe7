import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AlertLog, alertStreamPlugin } from '@almagest/alerts';
import { type Allowance, createUsageLimits, openTokenStore, registerAccounts, tokenAuthenticator } from '@almagest/auth';
import { Butler } from '@almagest/butler';
import { type CatalogRecord, createDuckdbEngine, listCatalogs } from '@almagest/catalogs';
import { loadObsCore, OBSCORE_SCHEMA, OBSCORE_TABLE, registerHips, registerImages } from '@almagest/images';
import { registerNights } from '@almagest/prompt';
import { createServer, type ServerOptions, type ServicePart } from '@almagest/server';
import { publishCatalog, registerTap, type TapContent, type TapExample } from '@almagest/tap';
import { VERSION } from '../version.ts';
import { BUTLER_SERVICE, openForService, serveButler } from './serve-butler.ts';
import type { SurveyFolder } from './survey-folder.ts';

/** Schema that the tables of a survey are published in. */
export const SCHEMA = 'survey';

/** Where `connectButler` finds the repository. */
export const BUTLER_PATH = '/api/butler';

/** Requests of one user to the repository; a put takes about four. */
const BUTLER_REQUESTS: Allowance = { points: 12_000, perSec: 60 };

const PUBLISHER = { authority: 'almagest.local', collection: 'almagest' };

export interface SurveyServerOptions {
  readonly logger?: ServerOptions['logger'];
  /** Folder of the built page. */
  readonly pageFolder?: string;
  /** Requests to the repository that one user may make. */
  readonly butlerRequests?: Allowance;
}

/** The page as it is built beside the services. */
export const PAGE_FOLDER: string = join(import.meta.dirname, '../../../portal/dist');

/**
 * Puts the services of a survey together: TAP over its catalogues, its repository and the images in it, the page.
 *
 * Everybody may read; what needs more takes a token (`almagest auth token create`).
 */
export async function createSurveyServer(survey: SurveyFolder, options: SurveyServerOptions = {}): ReturnType<typeof createServer> {
  const tokens = openTokenStore(survey.tokens);
  const authenticate = tokenAuthenticator({ tokens, anonymousScopes: ['read:catalog', 'read:image', 'read:alert', 'exec:query'] });
  const records = existsSync(survey.archive) ? await listCatalogs(survey.archive) : [];
  const engine = await createDuckdbEngine();
  const hasImages = existsSync(survey.repository);
  const content: TapContent = {
    schemas: [{ name: SCHEMA, description: 'Catalogues of the survey' }, ...(hasImages ? [OBSCORE_SCHEMA] : [])],
    tables: [...records.map((record) => publishCatalog(record, engine, SCHEMA)), ...(hasImages ? [OBSCORE_TABLE] : [])],
    keys: [],
  };
  const parts: ServicePart[] = [
    (app) => void app.addHook('onClose', () => engine.close()),
    (app) => void app.addHook('onClose', () => tokens.close()),
    (app) => registerAccounts(app, { authenticate, tokens }),
    (app) =>
      registerTap(app, {
        prefix: '/tap',
        engine,
        content,
        functions: [],
        authenticate,
        jobFolder: survey.jobs,
        examples: examplesOf(records),
      }),
  ];
  if (existsSync(survey.hips)) parts.push((app) => registerHips(app, { folder: survey.hips, authenticate }));
  if (hasImages) {
    const butler = await Butler.open(survey.repository);
    const served = await openForService(survey.repository);
    const usage = createUsageLimits({ services: { [BUTLER_SERVICE]: options.butlerRequests ?? BUTLER_REQUESTS } });
    parts.push(
      (app) => void app.addHook('onClose', () => butler.close()),
      (app) => void app.addHook('onClose', () => served.close()),
      serveButler(served, { authenticate, usage, prefix: BUTLER_PATH }),
      async (app) => {
        const images = await registerImages(app, { butler, authenticate });
        await loadObsCore(engine, images, { ...PUBLISHER, baseUrl: '' });
      },
      (app) => registerNights(app, { butler, authenticate }),
    );
  }
  if (existsSync(survey.alerts)) {
    const log = await AlertLog.open(survey.alerts, { readOnly: true });
    parts.push(
      (app) => void app.addHook('onClose', () => log.close()),
      (app) =>
        void app.register(
          (scope, _options, done) => {
            alertStreamPlugin(scope, { log });
            done();
          },
          { prefix: '/api/alerts' },
        ),
    );
  }
  return createServer({
    parts,
    version: VERSION,
    pageFolder: options.pageFolder ?? PAGE_FOLDER,
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
}

function examplesOf(records: readonly CatalogRecord[]): TapExample[] {
  return records.slice(0, 5).map(({ name, collection }) => ({
    id: name,
    title: `First rows of ${name}`,
    text: `${collection.primary.nrows} rows.`,
    query: `SELECT TOP 10 * FROM ${SCHEMA}.${name}`,
  }));
}
