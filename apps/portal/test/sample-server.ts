import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { createDuckdbEngine } from '@almagest/catalogs';
import { loadObsCore, OBSCORE_SCHEMA, OBSCORE_TABLE, registerImages } from '@almagest/images';
import { registerNights } from '@almagest/prompt';
import { createServer, listen } from '@almagest/server';
import { dataPath, haveData } from '@almagest/test-data';
import { registerTap, type TapColumn, type TapTable } from '@almagest/tap';
import { makeSampleRepository } from '../../../services/images/test/sample-repository.ts';
import { buildPage } from './build-page.ts';
import { sampleAlerts } from './sample-alerts.ts';

/** Period of the sample's variable star [day]. */
export const PERIOD = 0.6137;

export interface SampleServer extends AsyncDisposable {
  readonly url: string;
}

export interface SampleParts {
  readonly images?: boolean;
  readonly alerts?: boolean;
  readonly tap?: boolean;
  /** Any that is free where absent. */
  readonly port?: number;
}

const column = (name: string, type: TapColumn['type'], unit: string, ucd: string, description: string): TapColumn => ({
  name,
  type,
  ...(unit === '' ? {} : { unit }),
  ucd,
  description,
  principal: true,
});
const POSITION = [
  column('ra', 'DOUBLE', 'deg', 'pos.eq.ra;meta.main', 'Right ascension (ICRS)'),
  column('dec', 'DOUBLE', 'deg', 'pos.eq.dec;meta.main', 'Declination (ICRS)'),
];
const TABLES: readonly TapTable[] = [
  {
    schema: 'dp',
    name: 'Object',
    description: 'A million made-up objects.',
    sky: { ra: 'ra', dec: 'dec' },
    columns: [
      column('objectId', 'BIGINT', '', 'meta.id;meta.main', 'Identifier'),
      ...POSITION,
      column('gMag', 'DOUBLE', 'mag', 'phot.mag;em.opt.B', 'Magnitude in g'),
      column('color', 'DOUBLE', 'mag', 'phot.color', 'g - r'),
    ],
    sql: () => '"sample_objects"',
  },
  {
    schema: 'dp',
    name: 'DiaSource',
    description: 'Measurements of one variable star in two bands.',
    sky: { ra: 'ra', dec: 'dec' },
    columns: [
      column('diaSourceId', 'BIGINT', '', 'meta.id;meta.main', 'Identifier'),
      ...POSITION,
      column('midpointMjdTai', 'DOUBLE', 'd', 'time.epoch', 'Middle of the exposure'),
      column('psfFlux', 'DOUBLE', 'nJy', 'phot.flux', 'Flux'),
      column('psfFluxErr', 'DOUBLE', 'nJy', 'stat.error;phot.flux', 'Its error'),
      column('band', 'VARCHAR', '', 'instr.bandpass', 'Band'),
    ],
    sql: () => '"sample_sources"',
  },
  {
    schema: 'dp',
    name: 'RrLyrae',
    description: 'The RR Lyrae star LINEAR 11375941, as it was measured.',
    columns: [
      column('mjd', 'DOUBLE', 'd', 'time.epoch', 'Time'),
      column('mag', 'DOUBLE', 'mag', 'phot.mag', 'Magnitude'),
      column('magErr', 'DOUBLE', 'mag', 'stat.error;phot.mag', 'Its error'),
    ],
    sql: () => '"linear"',
  },
];

/** A small server with everything that the page asks for, or with the parts that a test wants. */
export async function startSampleServer(parts: SampleParts = { images: true, alerts: true, tap: true }): Promise<SampleServer> {
  const repository = await makeSampleRepository();
  const jobFolder = mkdtempSync(join(tmpdir(), 'almagest-portal-jobs-'));
  const engine = await createDuckdbEngine({ threads: 2 });
  const make = async (sql: string): Promise<void> => {
    for await (const _batch of (await engine.run(sql)).batches);
  };
  await make(
    `CREATE TABLE sample_objects AS SELECT 1000000 + i AS "objectId", 150.1 + 0.4 * (hash(i) / 1.8446744e19 - 0.5) AS ra, 2.2 + 0.4 * (hash(i + 7000000) / 1.8446744e19 - 0.5) AS "dec", 26 + 1.7 * ln(hash(i + 9000000) / 1.8446744e19 + 1e-4) / ln(10) * 2 AS "gMag", 0.3 + 0.9 * (hash(i + 11000000) / 1.8446744e19) * (hash(i + 13000000) / 1.8446744e19) + CASE WHEN i % 3 = 0 THEN 0.8 ELSE 0 END AS color FROM range(1000000) t(i)`,
  );
  await make(
    `CREATE TABLE sample_sources AS SELECT i AS "diaSourceId", 150.1 AS ra, 2.2 AS "dec", 61300 + i * 0.217 + 0.05 * (hash(i) / 1.8446744e19) AS "midpointMjdTai", 0.0::DOUBLE AS "psfFlux", 60.0::DOUBLE AS "psfFluxErr", CASE WHEN i % 2 = 0 THEN 'g' ELSE 'r' END AS band FROM range(240) t(i)`,
  );
  await make(
    `UPDATE sample_sources SET "psfFlux" = CASE WHEN band = 'g' THEN 9000 ELSE 12000 END + 2500 * sin(2 * pi() * "midpointMjdTai" / ${PERIOD}) + 60 * (hash("diaSourceId") / 9.223372e18 - 1)`,
  );
  await make(
    haveData
      ? `CREATE TABLE linear AS SELECT t AS mjd, mag, magerr AS "magErr" FROM read_csv('${dataPath('lightcurves', 'LINEAR_11375941.csv')}')`
      : 'CREATE TABLE linear (mjd DOUBLE, mag DOUBLE, "magErr" DOUBLE)',
  );
  const authenticate = anonymousAuthenticator(['read:image', 'read:catalog', 'read:alert', 'exec:query']);
  const app = await createServer({
    version: '0.1.0',
    pageFolder: await buildPage(),
    parts: [
      async (scope) => {
        if (parts.images) {
          const catalog = await registerImages(scope, { butler: repository.butler, authenticate });
          await loadObsCore(engine, catalog, { authority: 'almagest.local', collection: 'almagest', baseUrl: '' });
          registerNights(scope, { butler: repository.butler, authenticate });
        }
      },
      async (scope) => {
        if (!parts.tap) return;
        const obsCore = parts.images ? [OBSCORE_TABLE] : [];
        await registerTap(scope, {
          prefix: '/tap',
          engine,
          content: {
            schemas: [{ name: 'dp', description: 'Data products of the sample' }, ...(parts.images ? [OBSCORE_SCHEMA] : [])],
            tables: [...TABLES, ...obsCore],
            keys: [],
          },
          functions: [],
          authenticate,
          jobFolder,
        });
      },
      async (scope) => {
        if (parts.alerts) await sampleAlerts(scope);
      },
    ],
  });
  const url = await listen(app, { port: parts.port ?? 0 });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await engine.close();
      await repository[Symbol.asyncDispose]();
      rmSync(jobFolder, { recursive: true, force: true });
    },
  };
}
