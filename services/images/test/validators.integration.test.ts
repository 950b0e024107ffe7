import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { createDuckdbEngine } from '@almagest/catalogs';
import { registerTap } from '@almagest/tap';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImageCatalog, liveObsCore, OBSCORE_SCHEMA, registerImages } from '../src/index.ts';
import { CENTER, makeSampleRepository, type SampleRepository } from './sample-repository.ts';

/** STILTS and pyvo are independent of this room; where they are absent the tests say so and are skipped. */
const haveStilts = spawnSync('sh', ['-c', 'command -v stilts']).status === 0;
const havePyvo = spawnSync('/usr/bin/python3', ['-c', 'import pyvo']).status === 0;

let repository: SampleRepository;
let app: FastifyInstance;
let base: string;
let catalog: ImageCatalog;
beforeAll(async () => {
  repository = await makeSampleRepository();
  const engine = await createDuckdbEngine({ threads: 1 });
  app = Fastify();
  app.addHook('onClose', () => engine.close());
  const authenticate = anonymousAuthenticator(['read:image', 'read:catalog', 'exec:query']);
  catalog = await registerImages(app, { butler: repository.butler, authenticate });
  await registerTap(app, {
    prefix: '/tap',
    engine,
    content: {
      schemas: [OBSCORE_SCHEMA],
      tables: liveObsCore({ engine, catalog, publisher: () => ({ authority: 'almagest.local', collection: 'almagest', baseUrl: base }) }),
      keys: [],
    },
    examples: [{ id: 'images', title: 'Images', text: 'The newest images.', query: 'SELECT TOP 5 obs_id, s_region FROM ivoa.ObsCore' }],
    functions: [],
    authenticate,
    jobFolder: mkdtempSync(join(tmpdir(), 'almagest-images-jobs-')),
  });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await repository[Symbol.asyncDispose]();
});

/** Asynchronous, since the service that answers lives in this process. */
async function run(command: string, parameters: readonly string[]): Promise<{ readonly status: number; readonly output: string }> {
  const { spawn } = await import('node:child_process');
  return await new Promise((resolve) => {
    const child = spawn(command, parameters);
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output += text.toString()));
    child.on('close', (status) => resolve({ status: status ?? 1, output }));
  });
}

test.skipIf(!haveStilts)('stilts votlint finds nothing in what SIA and DataLink send', async () => {
  const [image] = await catalog.list();
  for (const path of [
    '/sia/query',
    '/sia/query?MAXREC=0',
    `/datalink/links?ID=${image!.id}&ID=none`,
    '/datalink/links',
    '/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+ivoa.ObsCore',
  ]) {
    const { output } = await run('stilts', ['votlint', `votable=${base}${path}`]);
    expect(`${path}\n${output}`).toBe(`${path}\n`);
  }
});

test.skipIf(!haveStilts)('stilts datalinklint finds neither errors nor warnings', async () => {
  const [image] = await catalog.list();
  const { output } = await run('stilts', ['datalinklint', `votable=${base}/datalink/links?ID=ivo://almagest.local/images?${image!.id}`]);
  expect(output).not.toMatch(/^(ERROR|WARNING|FAILURE)|-(E|W|F)-/m);
});

test.skipIf(!haveStilts)('stilts taplint finds no error, no warning and no failure, ObsCore and ObsLocTAP included', async () => {
  const { output } = await run('stilts', ['taplint', `tapurl=${base}/tap`, 'report=EWF']);
  expect(output).toContain('Totals: Errors: 0; Warnings: 0; Failures: 0');
});

test.skipIf(!havePyvo)('pyvo finds images by SIA2, follows DataLink and cuts out by SODA', async () => {
  const script = `
import pyvo, sys
from astropy.io import fits
from io import BytesIO
rows = (getattr(pyvo.dal.sia2, 'SIA2Service', None) or pyvo.dal.sia2.SIAService)('${base}/sia').search(pos=(${CENTER.ra}, ${CENTER.dec}, 0.001))
links = rows[0].getdatalink() if hasattr(rows[0], 'getdatalink') else pyvo.dal.adhoc.DatalinkResults.from_result_url(rows[0]['access_url'])
print(len(rows), sorted(link['semantics'] for link in links))
proc = links.get_first_proc()
data = proc.process(circle=(${CENTER.ra}, ${CENTER.dec}, 0.002))
hdus = fits.open(BytesIO(data.read()))
print([hdu.name for hdu in hdus], hdus[1].data.shape)
`;
  const { output } = await run('/usr/bin/python3', ['-W', 'ignore', '-c', script]);
  expect(output).toContain("6 ['#cutout', '#preview', '#this']");
  expect(output).toMatch(/\['PRIMARY', 'IMAGE', 'MASK', 'VARIANCE'\] \(4[89], 4[89]\)/);
});

/** Debian's pyvo, and a current one in an environment that is made once. */
const current = spawnSync(join(import.meta.dirname, '../../../scripts/services/python-archive.sh'), { encoding: 'utf8' });
if (current.status !== 0) console.log('a current pyvo cannot be installed here: its session is skipped');
const pythons = ['/usr/bin/python3', current.status === 0 ? current.stdout.trim() : ''].filter((python) => python !== '');

test.skipIf(!havePyvo).each(pythons)('a session of pyvo passes unchanged (%s)', async (python) => {
  const script = join(import.meta.dirname, 'pyvo-session.py');
  const { output } = await run(python, ['-W', 'ignore', script, base, String(CENTER.ra), String(CENTER.dec)]);
  expect(output.trim().split('\n')).toEqual([
    'sync 6',
    'async COMPLETED 3',
    'upload [(1, 6)]',
    'jobs True',
    'abort ABORTED',
    'error True',
    'cone 6',
    "links 6 ['#cutout', '#preview', '#this']",
    'preview image/png',
    "soda ['PRIMARY', 'IMAGE', 'MASK', 'VARIANCE']",
  ]);
});

test.skipIf(!haveStilts)('stilts asks the cone search and finds the same rows', async () => {
  const { output } = await run('stilts', [
    'cone',
    `serviceurl=${base}/tap/cone/ivoa.ObsCore?`,
    `lon=${CENTER.ra}`,
    `lat=${CENTER.dec}`,
    'radius=0.1',
    'ofmt=csv',
  ]);
  expect(output.trim().split('\n')).toHaveLength(7);
});
