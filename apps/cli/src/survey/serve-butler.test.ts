import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenStore } from '@almagest/auth';
import { Butler, checkRepository, connectButler, ingestFiles, pruneDatasets, registerInstrument } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { listen } from '@almagest/server';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { register } from '../commands/butler.ts';
import { createSurveyServer } from './server.ts';
import { surveyFolder } from './survey-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'almagest-served-'));
let app: Awaited<ReturnType<typeof createSurveyServer>>;
let address = '';
let token = '';
const NOTE = { name: 'note', dimensions: ['detector'], storageClass: 'StructuredDataDict' };
const dataId = { instrument: 'SimCam-tiny', detector: 0 };

beforeAll(async () => {
  const survey = surveyFolder(root);
  await using butler = await Butler.create(survey.repository);
  await registerInstrument(butler, loadCamera('simcam-tiny'));
  writeFileSync(survey.settings, 'repository: { leaseSec: 0.5, ingestRoots: [] }\n');
  const tokens = openTokenStore(survey.tokens);
  ({ token } = tokens.create({ user: 'ada', name: 'notes', scopes: ['read:image', 'write:butler'], lifetimeSec: 3600 }));
  tokens.close();
  app = await createSurveyServer(survey, { butlerRequests: { points: 400, perSec: 3600 } });
  address = `${await listen(app, { port: 0 })}/api/butler`;
});
afterAll(async () => {
  await app?.close();
  rmSync(root, { recursive: true, force: true });
});

test('a token with the scope writes, reads and removes; others read, and what they must not do is refused', async () => {
  const butler = await connectButler(address, { token, run: 'u/ada' });
  await butler.registerDatasetType(NOTE);
  const ref = await butler.put({ seeing: 0.7 }, 'note', dataId);
  const reader = await connectButler(address, { collections: ['u/ada'] });
  expect([butler.isWriteable, reader.isWriteable]).toEqual([true, false]);
  expect(await reader.get('note', dataId)).toEqual({ seeing: 0.7 });
  await expect(reader.registry.registerCollection('u/nobody', 'RUN')).rejects.toMatchObject({ code: 'butler.read-only' });
  await expect(connectButler(address, { token: 'alm-wrong.token' })).rejects.toMatchObject({ code: 'auth.unauthenticated' });

  const [signed] = await reader.getSignedUris(ref, 60);
  expect(await (await fetch(signed!)).text()).toContain('seeing: 0.7');
  expect((await fetch((await reader.getUris(ref))[0]!)).status).toBe(200);

  expect(await pruneDatasets(butler, [ref], { purge: true })).toEqual({ datasets: 1, artifacts: 1, bytes: 12 });
  expect(await butler.queryDatasets('note')).toEqual([]);
  await expect(pruneDatasets(reader, [ref], { purge: true })).rejects.toMatchObject({ code: 'butler.read-only' });
});

test('the command line takes the address of a server for a repository', async () => {
  const run = async (...args: readonly string[]): Promise<unknown[]> => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    try {
      const program = new Command().exitOverride();
      register(program);
      await program.parseAsync(['butler', ...args, '--json'], { from: 'user' });
    } finally {
      spy.mockRestore();
    }
    return lines.map((line) => JSON.parse(line) as unknown);
  };
  await expect(run('register-dataset-type', address, 'memo', 'StructuredDataDict', 'detector')).rejects.toMatchObject({
    code: 'butler.read-only',
  });
  vi.stubEnv('ALMAGEST_TOKEN', token);
  try {
    expect(await run('register-dataset-type', address, 'memo', 'StructuredDataDict', 'detector')).toEqual([{ name: 'memo', new: true }]);
    const butler = await connectButler(address, { token, run: 'u/memo' });
    await butler.put({ n: 7 }, 'memo', dataId);
    expect(await run('query-datasets', address, 'memo')).toMatchObject([{ run: 'u/memo', detector: 0 }]);
    const [{ file }] = (await run('retrieve-artifacts', address, join(root, 'out'), '-d', 'memo', '--collections', 'u/memo')) as [
      { file: string },
    ];
    expect(readFileSync(file, 'utf8')).toBe('n: 7\n');
    const copy = join(root, 'copy');
    await run('create', copy);
    expect(await run('transfer-datasets', address, copy, '-d', 'memo', '--collections', 'u/memo')).toEqual([{ transferred: 1 }]);
    await using local = await Butler.open(copy, { collections: ['u/memo'] });
    expect(await local.get('memo', dataId)).toEqual({ n: 7 });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('a client process that is killed in a transaction leaves nothing, and the next writer goes on', async () => {
  const butler = await connectButler(address, { token, run: 'u/killed' });
  await butler.registerDatasetType(NOTE);
  const client = spawn(process.execPath, [join(import.meta.dirname, '../../test/butler-client.ts'), address, token], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await Promise.race([once(client.stdout, 'data'), once(client, 'exit')])) as [unknown];
  expect(String(said)).toBe('stored\n');
  client.kill('SIGKILL');
  await butler.put({ seeing: 0.9 }, 'note', dataId);
  expect((await butler.registry.queryCollections(['u/k*'])).map(({ name }) => name)).toEqual(['u/killed']);
  expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
  expect(await butler.get('note', dataId)).toEqual({ seeing: 0.9 });
});

test('files of any size go to the server, and the check of it comes back', async () => {
  const butler = await connectButler(address, { token, run: 'u/large' });
  await butler.registerDatasetType({ name: 'blob', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
  const folder = join(root, 'large');
  mkdirSync(folder);
  // More than goes in one request, and no multiple of a piece.
  const text = `text: ${'abcdefghij'.repeat(900_001)}\n`;
  writeFileSync(join(folder, 'large.yaml'), text);
  const ref = await butler.makeRef('blob', dataId);
  const sizes: number[] = [];
  await ingestFiles(butler, [{ path: join(folder, 'large.yaml'), refs: [ref] }], { mode: 'move' });
  const put = await butler.put({ text: 'x'.repeat(9_000_000) }, 'blob', dataId, { run: 'u/large/put' });
  expect([((await butler.get(ref)) as { text: string }).text.length, readdirSync(folder)]).toEqual([9_000_010, []]);
  expect(((await butler.get(put)) as { text: string }).text).toHaveLength(9_000_000);
  const report = await checkRepository(butler, { checksums: true, repair: true, onProgress: (checked) => void sizes.push(checked) });
  expect([report.problems, report.artifacts > 1, sizes.at(-1)]).toEqual([[], true, report.artifacts]);
  await expect(checkRepository(await connectButler(address), { repair: true })).rejects.toMatchObject({ code: 'butler.read-only' });
});

test('requests of one user are limited, and the refusal says when to come back', async () => {
  let answer: Response;
  let asked = 0;
  do answer = await fetch(`${address}/info`, { headers: { authorization: `Bearer ${token}` } });
  while (answer.ok && (asked += 1) < 500);
  expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
  expect(await answer.json()).toMatchObject({ error: { code: 'auth.usage-limit' } });
});
