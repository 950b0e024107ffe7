import { createDuckdbEngine } from '@almagest/catalogs';
import { anonymousAuthenticator } from '@almagest/auth';
import { registerTap } from '@almagest/tap';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OBSCORE_SCHEMA, OBSCORE_TABLE, registerRegistry, REGTAP_FUNCTIONS, REGTAP_SCHEMA, REGTAP_TABLES } from '../src/index.ts';

let app: FastifyInstance;
beforeAll(async () => {
  const engine = await createDuckdbEngine({ threads: 1 });
  app = Fastify();
  app.addHook('onClose', () => engine.close());
  const content = { schemas: [OBSCORE_SCHEMA], tables: [OBSCORE_TABLE], keys: [] };
  await registerRegistry(app, {
    owner: { authority: 'org.example', title: 'Sample', publisher: 'Sample', contactName: 'Ada', contactEmail: 'ada@example.org' },
    parts: () => Promise.resolve({ content, hasImages: true, hips: ['g'] }),
    baseUrl: () => 'http://sample.example',
    engine,
  });
  await registerTap(app, {
    prefix: '/tap',
    engine,
    content: { schemas: [REGTAP_SCHEMA], tables: REGTAP_TABLES, keys: [] },
    functions: REGTAP_FUNCTIONS,
    authenticate: anonymousAuthenticator(['exec:query']),
    jobFolder: mkdtempSync(join(tmpdir(), 'almagest-registry-')),
  });
});
afterAll(() => app.close());

const oai = async (query: string): Promise<string> => (await app.inject(`/oai?${query}`)).body;
const rows = async (QUERY: string): Promise<string[]> =>
  (await app.inject({ url: '/tap/sync', query: { LANG: 'ADQL', FORMAT: 'csv', QUERY } })).body.trim().split('\r\n').slice(1);

test('a harvester finds the registry, its records in both formats, and each of them', async () => {
  expect(await oai('verb=Identify')).toContain('<oai:protocolVersion>2.0</oai:protocolVersion>');
  const list = await oai('verb=ListRecords&metadataPrefix=ivo_vor&set=ivo_managed');
  expect([...list.matchAll(/<identifier>([^<]+)</g)].map(([, id]) => id)).toEqual([
    'ivo://org.example',
    'ivo://org.example/registry',
    'ivo://org.example/tap',
    'ivo://org.example/sia',
    'ivo://org.example/soda',
    'ivo://org.example/datalink',
    'ivo://org.example/hips/g',
  ]);
  expect(list).toContain('<accessURL use="base">http://sample.example/tap</accessURL>');
  expect(await oai('verb=GetRecord&metadataPrefix=oai_dc&identifier=ivo://org.example/tap')).toContain(
    '<dc:title>Sample: tables</dc:title>',
  );
  expect(await oai('verb=ListIdentifiers&metadataPrefix=ivo_vor&from=2000-01-01')).toContain('<oai:header>');
});

test.each([
  ['verb=Nothing', 'badVerb'],
  ['', 'badVerb'],
  ['verb=Identify&verb=Identify', 'badVerb'],
  ['verb=ListRecords', 'badArgument'],
  ['verb=Identify&x=1', 'badArgument'],
  ['verb=ListRecords&metadataPrefix=ivo_vor&from=NaN', 'badArgument'],
  ['verb=ListRecords&metadataPrefix=ivo_vor&from=2000-01-01&until=2000-01-01T00:00:00Z', 'badArgument'],
  ['verb=ListRecords&metadataPrefix=constructor', 'cannotDisseminateFormat'],
  ['verb=GetRecord&metadataPrefix=ivo_vor&identifier=../../etc/passwd', 'idDoesNotExist'],
  ['verb=ListRecords&metadataPrefix=ivo_vor&from=2999-01-01', 'noRecordsMatch'],
  ['verb=ListRecords&resumptionToken=x', 'badResumptionToken'],
])('%s is answered with %s', async (query, code) => {
  expect(await oai(query)).toContain(`<oai:error code="${code}">`);
});

test('the records can be searched as RegTAP has them, with its functions', async () => {
  expect(await rows("SELECT access_url FROM rr.capability NATURAL JOIN rr.interface WHERE standard_id = 'ivo://ivoa.net/std/tap'")).toEqual(
    ['http://sample.example/tap'],
  );
  expect(
    await rows(
      "SELECT ivoid FROM rr.resource WHERE 1 = ivo_hasword(res_description, 'CUTOUTS') OR 1 = ivo_nocasematch(res_title, '%CUTOUTS')",
    ),
  ).toEqual(['ivo://org.example/soda']);
  expect(
    await rows(
      "SELECT ivoid, ivo_string_agg(res_subject, ';') AS s FROM rr.resource NATURAL JOIN rr.res_subject WHERE ivoid LIKE '%/tap' GROUP BY ivoid",
    ),
  ).toEqual(['ivo://org.example/tap,astronomical-catalogs;surveys']);
  expect(await rows("SELECT COUNT(*) AS n FROM rr.table_column WHERE name = 's_region' AND ucd = 'pos.outline;obs.field'")).toEqual(['1']);
});
