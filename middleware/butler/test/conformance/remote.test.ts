import { describe, expect, test } from 'vitest';
import { Butler, type ButlerDefaults, butlerHandler, type ButlerHandlerOptions, connectButler } from '../../src/index.ts';
import { insertCamera, makeTestRepository, type TestRepository } from '../test-repository.ts';
import { registryConformance } from './registry-conformance.ts';

const ADDRESS = 'http://butler.test/repo/v1';

/** A repository behind the HTTP handler; requests stay in this process. */
async function makeServed(
  defaults: ButlerDefaults = {},
  options: ButlerHandlerOptions = {},
): Promise<TestRepository & { readonly handler: (request: Request) => Promise<Response> }> {
  const repository = await makeTestRepository();
  const handler = butlerHandler(repository.butler, options);
  const open = async (more: ButlerDefaults = {}): Promise<Butler> => await connectButler(ADDRESS, { ...more, fetch: handler, token: 'me' });
  return {
    butler: await open(defaults),
    folder: repository.folder,
    reopen: open,
    handler,
    [Symbol.asyncDispose]: async () => await repository[Symbol.asyncDispose](),
  };
}

describe('over HTTP', () => registryConformance(makeServed, { transactions: false }));

test('a browser can put and get through the server', async () => {
  await using served = await makeServed({ run: 'u/browser' });
  const { butler } = served;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const ref = await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
  expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 1 });
  await using local = await Butler.open(served.folder);
  expect(await local.get(ref)).toEqual({ rms: 1 });
});

test('refuses who is not known, writes of readers, and methods that are not for clients', async () => {
  const readers = { name: 'reader', mayWrite: false };
  await using served = await makeServed(
    {},
    { authorize: (request) => (request.headers.get('authorization') === 'Bearer me' ? readers : undefined) },
  );
  expect(served.butler.isWriteable).toBe(false);
  await expect(served.butler.registry.registerCollection('x', 'RUN')).rejects.toMatchObject({ code: 'butler.read-only' });
  await expect(connectButler(ADDRESS, { fetch: served.handler })).rejects.toMatchObject({ code: 'butler.remote-refused' });
  const post = async (path: string, body: string): Promise<number> =>
    (await served.handler(new Request(`${ADDRESS}/${path}`, { method: 'POST', body, headers: { authorization: 'Bearer me' } }))).status;
  expect(await post('registry/close', '[]')).toBe(400);
  expect(await post('registry/constructor', '[]')).toBe(400);
  expect(await post('query/dataIds', 'no json')).toBe(400);
  expect(await post('nothing/here', '{}')).toBe(404);
});

test('lets one user run two streams at once and asks the third to wait', async () => {
  await using served = await makeServed();
  await insertCamera(served.butler).catch(() => undefined);
  const ask = async (): Promise<Response> =>
    await served.handler(
      new Request(`${ADDRESS}/query/dataIds`, {
        method: 'POST',
        body: JSON.stringify({
          state: { dimensions: [], where: [], dataId: {}, datasets: [], uploads: [], orderBy: [] },
          dimensions: ['exposure', 'detector'],
        }),
      }),
    );
  const [first, second, third] = [await ask(), await ask(), await ask()];
  expect([first.status, second.status, third.status, third.headers.get('retry-after')]).toEqual([200, 200, 429, '5']);
  await first.text();
  await second.body?.cancel();
  const last = await ask();
  expect(last.status).toBe(200);
  const lines = (await last.text()).trim().split('\n');
  expect(lines.at(-1)).toBe('{"end":true}');
});
