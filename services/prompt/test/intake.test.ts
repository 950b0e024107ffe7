import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { S3Objects } from '@almagest/butler';
import { createServer as createHttpServer } from '@almagest/server';
import S3rver from 's3rver';
import { afterAll, expect, test } from 'vitest';
import { pollBucket, PromptDaemon, registerPrompt, UnitStore, watchAnnouncements, watchRaws } from '../src/index.ts';
import { fakeProcessor } from './fake-processor.ts';

const scratch = mkdtempSync(join(tmpdir(), 'prompt-intake-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

function setUp() {
  const root = mkdtempSync(join(scratch, `${++count}-`));
  const units = new UnitStore(join(root, 'p.sqlite3'));
  const processor = fakeProcessor({ log: join(root, 'log') });
  const daemon = new PromptDaemon({ units, processor, workers: 2, backlogEverySec: 0 });
  const problems: string[] = [];
  const ending = new AbortController();
  const onProblem = (where: string, error: unknown): void =>
    void problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
  const source = { units, receiver: daemon, signal: ending.signal, pollMs: 30, settleMs: 60, onProblem };
  return { root, units, processor, daemon, problems, ending, source };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('waited for half a minute');
}

const VISIT = { instrument: 'Cam', groupId: 'g7', ra: 10, dec: -5, physicalFilter: 'r', exposureSec: 30 };

test('a folder gives each raw once, when it is whole; what is no raw is noted and left', async () => {
  const { root, units, processor, daemon, problems, ending, source } = setUp();
  const folder = join(root, 'raws');
  // Longer than any pause of a busy machine between two writes.
  const watching = watchRaws(folder, { ...source, settleMs: 1000 });
  await until(() => existsSync(folder));
  const growing = join(folder, 'raw-1001-0.fits');
  for (let k = 0; k < 4; k++) {
    writeFileSync(growing, 'x'.repeat(10 * (k + 1)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(processor.seen).toEqual([]);
  }
  writeFileSync(join(folder, '.raw-1002-0.fits'), 'written under another name');
  writeFileSync(join(folder, 'noise.fits'), 'no raw');
  writeFileSync(join(folder, 'notes.txt'), 'no FITS');
  await until(() => processor.seen.length === 1 && problems.length === 1);
  expect(problems[0]).toContain('is no raw');
  expect(units.rejectedFiles()).toMatchObject([{ code: 'prompt.raw-rejected' }]);
  renameSync(join(folder, '.raw-1002-0.fits'), join(folder, 'raw-1002-0.fits'));
  await until(() => processor.seen.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([processor.seen, problems.length]).toEqual([['1001/0', '1002/0'], 1]);
  ending.abort();
  await watching;
  await daemon.stop(0);
  // After a new start nothing is taken again.
  const again = fakeProcessor({ log: join(root, 'log') });
  const next = new PromptDaemon({ units, processor: again, workers: 1, backlogEverySec: 0 });
  const brief = new AbortController();
  const looking = watchRaws(folder, { ...source, receiver: next, signal: brief.signal });
  await new Promise((resolve) => setTimeout(resolve, 250));
  brief.abort();
  await looking;
  expect(again.seen).toEqual([]);
  await next.stop(0);
});

test('announcements dropped as files are accepted, or refused with the reason beside them', async () => {
  const { root, processor, daemon, ending, source } = setUp();
  const folder = join(root, 'next');
  const watching = watchAnnouncements(folder, source);
  await until(() => existsSync(folder));
  writeFileSync(join(folder, 'good.json'), JSON.stringify(VISIT));
  writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...VISIT, dec: 200, color: 'red' }));
  writeFileSync(join(folder, 'broken.json'), '{');
  await until(
    () => existsSync(join(folder, 'refused')) && readdirSync(join(folder, 'refused')).length === 4 && processor.preloaded.length === 2,
  );
  expect(readdirSync(join(folder, 'accepted'))).toEqual(['good.json']);
  const reason = readFileSync(join(folder, 'refused/bad.json.reason.txt'), 'utf8');
  expect(reason).toMatch(/dec: .*90/);
  expect(reason).toContain('color');
  ending.abort();
  await watching;
  await daemon.stop(0);
});

test('HTTP: announcements, uploads, status; bad ones are refused with their code, and not without a scope', async () => {
  const { root, processor, daemon } = setUp();
  const app = await createHttpServer({ parts: [], version: '0' });
  registerPrompt(app, {
    daemon,
    authenticate: anonymousAuthenticator(['write:butler', 'read:image']),
    incoming: join(root, 'incoming'),
    maxBytes: 200_000,
  });
  const post = async (payload: object) => await app.inject({ method: 'POST', url: '/api/prompt/next-visit', payload });
  expect((await post(VISIT)).json()).toEqual({ accepted: true, detectors: [0, 1] });
  expect((await post(VISIT)).statusCode).toBe(200);
  const refused = await post({ ...VISIT, ra: 'north' });
  expect([refused.statusCode, refused.json()]).toMatchObject([400, { error: { code: 'prompt.bad-announcement' } }]);
  const put = async (name: string) =>
    await app.inject({
      method: 'PUT',
      url: `/api/prompt/raws/${name}`,
      payload: Buffer.alloc(100_000, 7),
      headers: { 'content-type': 'application/fits' },
    });
  const taken = await put('raw-7001-0.fits');
  expect([taken.statusCode, taken.json()]).toMatchObject([202, { units: [{ exposure: 7001, detector: 0 }] }]);
  const [kept = ''] = readdirSync(join(root, 'incoming'));
  expect([kept, readFileSync(join(root, 'incoming', kept)).length]).toEqual([
    expect.stringMatching(/^[0-9a-f]{12}-raw-7001-0\.fits$/),
    100_000,
  ]);
  expect((await put('raw-7001-0.fits')).statusCode).toBe(202);
  expect(readdirSync(join(root, 'incoming'))).toEqual([kept]);
  const large = await app.inject({
    method: 'PUT',
    url: '/api/prompt/raws/raw-7009-0.fits',
    payload: Buffer.alloc(300_000),
    headers: { 'content-type': 'application/fits' },
  });
  expect(large.json()).toMatchObject({
    error: { code: 'prompt.raw-rejected', message: 'raw-7009-0.fits: at most 200000 bytes are taken' },
  });
  for (const name of ['..%2Fraw-1-0.fits', 'raw.exe', '.raw-1-0.fits']) expect((await put(name)).statusCode).toBeGreaterThanOrEqual(400);
  expect((await put('other.fits')).json()).toMatchObject({ error: { code: 'prompt.raw-rejected' } });
  await daemon.idle();
  expect(processor.seen).toEqual(['7001/0']);
  expect((await app.inject('/api/prompt/status')).json()).toMatchObject({
    units: { done: 1 },
    budgetSec: 60,
    waiting: { live: 0, backlog: 0 },
  });
  expect((await app.inject('/api/prompt/units?day=20260101')).json()).toMatchObject({
    units: [{ source: 'announced', outcome: { alerts: 2 }, latency: { from: 'arrival' } }],
  });
  expect((await app.inject('/api/prompt/units?day=x')).statusCode).toBe(400);
  const guarded = await createHttpServer({ parts: [], version: '0' });
  registerPrompt(guarded, { daemon, authenticate: anonymousAuthenticator(['read:image']), incoming: root });
  expect((await guarded.inject({ method: 'POST', url: '/api/prompt/next-visit', payload: VISIT })).json()).toMatchObject({
    error: { code: 'auth.forbidden' },
  });
  await Promise.all([app.close(), guarded.close()]);
  await daemon.stop(0);
});

test('an S3 store gives each raw once, by looking and by its events', async () => {
  const { root, processor, daemon, ending, source } = setUp();
  const port = await freePort();
  const server = new S3rver({
    port,
    address: '127.0.0.1',
    silent: true,
    directory: join(root, 's3'),
    configureBuckets: [{ name: 'raws', configs: [] }],
  });
  await server.run();
  const objects = new S3Objects('s3://raws/tonight', {
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  });
  const incoming = join(root, 'incoming');
  const app = await createHttpServer({ parts: [], version: '0' });
  registerPrompt(app, { daemon, authenticate: anonymousAuthenticator(['write:butler']), incoming, objects });
  await objects.put('a b/raw-7001-0.fits', new Uint8Array(1000));
  const eventOf = (key: string): object => ({
    Records: [{ eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'raws' }, object: { key, size: 1000 } } }],
  });
  const tell = async (key = 'tonight/a+b/raw-7001-0.fits') =>
    await app.inject({ method: 'POST', url: '/api/prompt/s3-events', payload: eventOf(key) });
  expect((await tell()).json()).toEqual({ taken: 1 });
  expect((await tell()).json()).toEqual({ taken: 0 });
  expect((await tell('elsewhere/raw-7003-0.fits')).json()).toEqual({ taken: 0 });
  const polling = pollBucket({ ...source, objects, incoming });
  await objects.put('raw-7002-1.fits', new Uint8Array(500));
  await objects.put('log.txt', new Uint8Array(5));
  await until(() => processor.seen.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(processor.seen).toEqual(['7001/0', '7002/1']);
  expect(readdirSync(incoming).every((name) => /^[0-9a-f]{12}-raw-/.test(name))).toBe(true);
  ending.abort();
  await polling;
  await app.close();
  await daemon.stop(0);
  await objects.close();
  await server.close();
}, 60_000);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
