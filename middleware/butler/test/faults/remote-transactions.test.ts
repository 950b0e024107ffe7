import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectButler, type CoreButler, ingestFiles } from '../../src/index.ts';
import { TRANSACTION_HEADER } from '../../src/remote/methods.ts';
import { ADDRESS, makeServed } from '../served-repository.ts';
import { goAfterRequests } from './gone-client.ts';

const METRIC = { name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' };
const LEASE_SEC = 0.15;
const at = (visit: number) => ({ instrument: 'Cam', visit });

test('a client that is gone leaves nothing or everything, and does not stop the next', async () => {
  const { left, requests } = await goAfterRequests({ step: 5 });
  expect([left, requests > 12]).toEqual([['all', 'nothing'], true]);
});

test('a commit whose answer is lost is kept once, and the client learns of it', async () => {
  await using served = await makeServed({}, { leaseSec: 5 });
  let lost = 0;
  const client = await connectButler(ADDRESS, {
    fetch: async (request) => {
      const answer = await served.handler(request);
      if (!request.url.endsWith('transaction/keep') || (lost += 1) > 1) return answer;
      throw new TypeError('the connection was reset');
    },
  });
  await client.transaction(async () => await client.registry.registerCollection('kept', 'RUN'));
  expect([lost, (await served.server.registry.findCollection('kept'))?.type]).toEqual([1, 'RUN']);
});

test('a transaction that nobody is heard of is undone, and its client is told', async () => {
  await using served = await makeServed({}, { leaseSec: LEASE_SEC, longestSec: 0.6 });
  const { butler, server } = served;
  const slow = async (sec: number): Promise<void> =>
    await butler.transaction(async () => {
      await butler.registry.registerCollection('slow', 'RUN');
      await sleep(sec * 1000);
      await butler.registry.registerCollection('later', 'RUN');
    });
  // Signs of life keep it for longer than the lease, but not for ever.
  await expect(slow(1.2)).rejects.toMatchObject({ code: 'butler.transaction-lost', retryable: true });
  expect(await server.registry.queryCollections()).toEqual([]);
  await slow(0.3);
  expect(await server.registry.queryCollections()).toHaveLength(2);
  const mute = await connectButler(ADDRESS, {
    fetch: async (request) => (request.url.endsWith('renew') ? Response.error() : await served.handler(request)),
  });
  await expect(
    mute.transaction(async () => {
      await mute.registry.registerCollection('mute', 'RUN');
      await sleep(3000 * LEASE_SEC);
      await mute.registry.registerCollection('more', 'RUN');
    }),
  ).rejects.toThrow('was not heard of for 0.15 s');
  expect(await server.registry.findCollection('mute')).toBeUndefined();
});

test('a server that ends undoes what is open', async () => {
  await using served = await makeServed();
  const { butler, server, handler } = served;
  const open = butler.transaction(async () => {
    await butler.registry.registerCollection('open', 'RUN');
    await handler.close();
    await butler.registry.registerCollection('more', 'RUN');
  });
  await expect(open).rejects.toMatchObject({ code: 'butler.transaction-lost' });
  expect(await server.registry.queryCollections()).toEqual([]);
});

test('nobody else sees what a transaction has not committed', async () => {
  await using served = await makeServed();
  const other = await served.reopen();
  const { butler } = served;
  await butler.transaction(async () => {
    await butler.registerDatasetType(METRIC);
    await butler.put({ n: 1 }, 'metric', at(2), { run: 'u/me' });
    expect(await butler.queryDatasets('metric', { collections: ['u/me'] })).toHaveLength(1);
    expect([await other.registry.findDatasetType('metric'), await other.registry.findCollection('u/me')]).toEqual([undefined, undefined]);
    await expect(other.queryDatasets('metric', { collections: ['u/me'] })).rejects.toMatchObject({ code: 'butler.unknown-dataset-type' });
  });
  expect(await other.queryDatasets('metric', { collections: ['u/me'] })).toHaveLength(1);
});

test('transactions of several clients and of one come after each other, each whole', async () => {
  await using served = await makeServed();
  const clients = [served.butler, await served.reopen(), await served.reopen()] as const;
  await served.butler.registry.registerCollection('chain', 'CHAINED');
  const add = async (butler: CoreButler, name: string): Promise<void> =>
    await butler.transaction(async () => {
      const { children } = await butler.registry.getCollection('chain');
      await butler.registry.registerCollection(name, 'RUN');
      await butler.registry.editChain('chain', 'redefine', [...children, name]);
    });
  await Promise.all(clients.flatMap((butler, i) => [0, 1, 2].map(async (n) => await add(butler, `run/${i}/${n}`))));
  expect((await served.server.registry.getCollection('chain')).children).toHaveLength(9);
});

test('only who opened a transaction is in it, and only writers open one', async () => {
  const users: Readonly<Record<string, { name: string; mayWrite: boolean }>> = {
    'Bearer me': { name: 'me', mayWrite: true },
    'Bearer you': { name: 'you', mayWrite: true },
    'Bearer reader': { name: 'reader', mayWrite: false },
  };
  await using served = await makeServed({}, { authorize: (request) => users[request.headers.get('authorization') ?? ''] });
  const ask = async (path: string, who: string, token?: string): Promise<{ status: number; body: unknown }> => {
    const headers = { authorization: `Bearer ${who}`, ...(token === undefined ? {} : { [TRANSACTION_HEADER]: token }) };
    const answer = await served.handler(new Request(`${ADDRESS}/${path}`, { method: 'POST', body: '[]', headers }));
    return { status: answer.status, body: await answer.json() };
  };
  expect(await ask('transaction/begin', 'reader')).toMatchObject({ status: 400, body: { error: { code: 'butler.read-only' } } });
  const { token } = ((await ask('transaction/begin', 'me')).body as { result: { token: string } }).result;
  expect(await ask('registry/queryCollections', 'you', token)).toMatchObject({ body: { error: { code: 'butler.transaction-lost' } } });
  expect(await ask('transaction/keep', 'you', token)).toMatchObject({ body: { error: { code: 'butler.transaction-lost' } } });
  expect(await ask('registry/queryCollections', 'me', token)).toMatchObject({ status: 200 });
  expect(await ask('transaction/undo', 'me', token)).toMatchObject({ status: 200 });
});

test('files of the server are taken in by name only below the folders that it names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-roots-'));
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')];
  for (const each of [inside, outside]) {
    mkdirSync(each);
    writeFileSync(join(each, 'n.yaml'), 'n: 7\n');
  }
  symlinkSync(join(outside, 'n.yaml'), join(inside, 'link.yaml'));
  await using served = await makeServed({ run: 'u/me' }, { ingestRoots: [inside] });
  const { butler } = served;
  await butler.registerDatasetType(METRIC);
  const ref = await butler.makeRef('metric', at(2));
  const ingest = async (path: string, more: { target?: string } = {}): Promise<unknown> =>
    await ingestFiles(butler, [{ path, refs: [ref], ...more }], { mode: 'direct' });
  for (const path of [
    join(outside, 'n.yaml'),
    join(inside, '../outside/n.yaml'),
    join(inside, 'link.yaml'),
    'inside/n.yaml',
    '/etc/hostname',
  ])
    await expect(ingest(path)).rejects.toMatchObject({ code: 'butler.bad-query' });
  for (const target of ['../out.yaml', '/tmp/out.yaml', '.almagest/out.yaml', 'a/../../out.yaml', 'a#b'])
    await expect(ingest(join(inside, 'n.yaml'), { target })).rejects.toMatchObject({ code: 'butler.bad-query' });
  expect(await ingest(join(inside, 'n.yaml'))).toHaveLength(1);
  expect(await butler.get(ref)).toEqual({ n: 7 });
  await using closed = await makeServed({ run: 'u/me' });
  await closed.butler.registerDatasetType(METRIC);
  const other = await closed.butler.makeRef('metric', at(2));
  await expect(ingestFiles(closed.butler, [{ path: join(inside, 'n.yaml'), refs: [other] }], { mode: 'hardlink' })).rejects.toThrow(
    'send them with the mode "copy"',
  );
  rmSync(folder, { recursive: true });
});
