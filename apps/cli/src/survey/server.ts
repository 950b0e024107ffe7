import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AlertLog, alertStreamPlugin } from '@almagest/alerts';
import { type Allowance, createUsageLimits, openTokenStore, registerAccounts, registerSignIn, tokenAuthenticator } from '@almagest/auth';
import { Butler } from '@almagest/butler';
import { type CatalogRecord, createDuckdbEngine, listCatalogs } from '@almagest/catalogs';
import {
  createImageCatalog,
  listHips,
  liveObsCore,
  OBSCORE_SCHEMA,
  publishedContent,
  registerHips,
  registerImages,
  registerRegistry,
  REGTAP_FUNCTIONS,
  REGTAP_SCHEMA,
  REGTAP_TABLES,
} from '@almagest/images';
import { registerNights, UnitStore } from '@almagest/prompt';
import { createServer, type ServerOptions, type ServicePart } from '@almagest/server';
import { publishCatalog, registerTap, type TapContent, type TapExample } from '@almagest/tap';
import { VERSION } from '../version.ts';
import { recordsPart } from './records.ts';
import { BUTLER_SERVICE, openForService, serveButler } from './serve-butler.ts';
import { handlerOptionsOf, readServiceSettings, signInOf, usageOf } from './service-settings.ts';
import type { SurveyFolder } from './survey-folder.ts';
import { watchlistsPart } from './watchlists.ts';

/** Schema that the tables of a survey are published in. */
export const SCHEMA = 'survey';

/** Where `connectButler` finds the repository. */
export const BUTLER_PATH = '/api/butler';

export interface SurveyServerOptions {
  readonly logger?: ServerOptions['logger'];
  /** Folder of the built page. */
  readonly pageFolder?: string;
  /** Requests to the repository that one user may make. */
  readonly butlerRequests?: Allowance;
}

/** The page as it is built beside the services. */
export const PAGE_FOLDER: string = join(import.meta.dirname, '../../../portal/dist');

/** How far scans stand back behind answers to everybody else. */
const SCAN_NICENESS = 5;
/** Memory for quick queries, which have no use for more. */
const QUICK_MEMORY = '200MB';

/**
 * Puts the services of a survey together: TAP over its catalogues, its repository and the images in it, the page.
 *
 * Everybody may read; what needs more takes a token (`almagest auth token create`).
 */
export async function createSurveyServer(survey: SurveyFolder, options: SurveyServerOptions = {}): ReturnType<typeof createServer> {
  const settings = readServiceSettings(survey.settings);
  const { authority, collection, anonymous } = settings;
  const limits = usageOf(settings);
  const usage = createUsageLimits(
    options.butlerRequests ? { ...limits, services: { ...limits.services, [BUTLER_SERVICE]: options.butlerRequests } } : limits,
  );
  const signIn = signInOf(settings, process.env);
  const tokens = openTokenStore(survey.tokens);
  const authenticate = tokenAuthenticator({ tokens, anonymousScopes: anonymous });
  const records = existsSync(survey.archive) ? await listCatalogs(survey.archive) : [];
  const [engine, quickEngine] = await Promise.all([
    createDuckdbEngine({ niceness: SCAN_NICENESS, memoryLimit: settings.engineMemory, temporaryFolder: survey.spill }),
    createDuckdbEngine({ threads: 1, memoryLimit: QUICK_MEMORY, plansQuickly: true }),
  ]);
  const butler = existsSync(survey.repository) ? await Butler.open(survey.repository) : undefined;
  const images = butler && createImageCatalog(butler);
  let address = settings.publicUrl ?? '';
  const publisher = { authority, collection };
  const content: TapContent = {
    schemas: [{ name: SCHEMA, description: 'Catalogues of the survey' }, ...(images ? [OBSCORE_SCHEMA] : []), REGTAP_SCHEMA],
    tables: [
      ...records.map((record) => publishCatalog(record, quickEngine, SCHEMA)),
      ...(images ? liveObsCore({ engine, catalog: images, publisher: () => ({ ...publisher, baseUrl: address }) }) : []),
      ...REGTAP_TABLES,
    ],
    keys: [],
  };
  const parts: ServicePart[] = [
    (app) => void app.addHook('onClose', () => engine.close()),
    (app) => void app.addHook('onClose', () => quickEngine.close()),
    (app) => void app.addHook('onClose', () => tokens.close()),
    (app) => registerAccounts(app, { authenticate, tokens, usage }),
    (app) => {
      app.addHook('onListen', (done) => {
        address ||= addressOf(app);
        done();
      });
    },
    (app) =>
      registerTap(app, {
        prefix: '/tap',
        engine,
        quickEngine,
        content,
        functions: REGTAP_FUNCTIONS,
        authenticate,
        jobFolder: survey.jobs,
        userTableFolder: survey.userTables,
        examples: examplesOf(records),
        usage,
      }),
  ];
  parts.push((app) =>
    registerRegistry(app, {
      owner: {
        authority,
        title: settings.title,
        publisher: settings.title,
        contactName: settings.contactName,
        contactEmail: settings.contactEmail,
      },
      parts: async () => ({ content: publishedContent(content), hasImages: images !== undefined, hips: await listHips(survey.hips) }),
      baseUrl: () => address,
      engine,
    }),
  );
  if (signIn) parts.push((app) => registerSignIn(app, { ...signIn, publicUrl: settings.publicUrl ?? 'http://127.0.0.1:8080', tokens }));
  parts.push(recordsPart({ survey, authenticate }));
  parts.push(watchlistsPart({ folder: survey.watchlists, authenticate }));
  parts.push((app) => registerHips(app, { folder: survey.hips, authenticate, usage }));
  if (butler && images) {
    const served = await openForService(survey.repository);
    parts.push(
      (app) => void app.addHook('onClose', () => butler.close()),
      (app) => void app.addHook('onClose', () => served.close()),
      serveButler(served, { authenticate, usage, prefix: BUTLER_PATH, handler: handlerOptionsOf(settings) }),
      async (app) =>
        void (await registerImages(app, { butler, authenticate, catalog: images, publisher, usage, jobFolder: survey.imageJobs })),
      (app) => {
        // The daemon may begin after this server.
        let units: UnitStore | undefined;
        app.addHook('onClose', (_app, done) => {
          units?.close();
          done();
        });
        registerNights(app, {
          butler,
          authenticate,
          units: () => (units ??= existsSync(survey.prompt) ? new UnitStore(survey.prompt, { readOnly: true }) : undefined),
        });
      },
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

/** Where a server listens, as a client on the same machine writes it. */
function addressOf(app: Parameters<ServicePart>[0]): string {
  const [found] = app.addresses();
  if (!found || typeof found === 'string') return '';
  const host = found.family === 'IPv6' ? `[${found.address}]` : found.address;
  return `http://${host}:${found.port}`;
}

function examplesOf(records: readonly CatalogRecord[]): TapExample[] {
  return records.slice(0, 5).map(({ name, collection }) => ({
    id: name,
    title: `First rows of ${name}`,
    text: `${collection.primary.nrows} rows.`,
    query: `SELECT TOP 10 * FROM ${SCHEMA}.${name}`,
  }));
}
