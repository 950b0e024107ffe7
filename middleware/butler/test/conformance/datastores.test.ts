import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ChainedDatastore,
  checkRepository,
  type DatastoreParts,
  FileDatastore,
  MemoryObjects,
  ObjectDatastore,
  S3Objects,
} from '../../src/index.ts';
import { makeTestRepository } from '../test-repository.ts';
import { datastoreConformance } from './datastore-conformance.ts';

const memory = (parts: DatastoreParts): ObjectDatastore =>
  new ObjectDatastore({ ...parts, objects: new MemoryObjects(), isEphemeral: true });

describe('files', () => datastoreConformance(makeTestRepository));
describe('memory', () => datastoreConformance(async (options) => await makeTestRepository({ ...options, makeDatastore: memory })));
describe('memory before files', () =>
  datastoreConformance(
    async (options) =>
      await makeTestRepository({ ...options, makeDatastore: (parts) => new ChainedDatastore([memory(parts), new FileDatastore(parts)]) }),
  ));

describe('an S3-compatible store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-s3-'));
  let server: InstanceType<typeof S3rver>;
  let port = 0;
  let count = 0;
  beforeAll(async () => {
    port = await freePort();
    server = new S3rver({
      port,
      address: '127.0.0.1',
      silent: true,
      directory: folder,
      configureBuckets: [{ name: 'almagest', configs: [] }],
    });
    await server.run();
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  datastoreConformance(async (options) => {
    const config = {
      endpoint: `http://127.0.0.1:${port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    };
    const root = `s3://almagest/test-${(count += 1)}`;
    return await makeTestRepository({
      ...options,
      makeDatastore: (parts) => new ObjectDatastore({ ...parts, objects: new S3Objects(root, config) }),
    });
  });
});

test('an object store that cannot be reached is a coded error, and nothing is registered', async () => {
  const config = {
    endpoint: `http://127.0.0.1:${await freePort()}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  };
  await using repository = await makeTestRepository({
    run: 'u/me',
    makeDatastore: (parts) => new ObjectDatastore({ ...parts, objects: new S3Objects('s3://nowhere/x', config) }),
  });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
  const refused = { code: 'butler.artifact-not-written', fault: 'environment' };
  await expect(butler.put({}, 'metric', { instrument: 'Cam', visit: 2 })).rejects.toMatchObject(refused);
  expect(await butler.queryDatasets('metric').catch(() => [])).toEqual([]);
  await expect(checkRepository(butler)).rejects.toMatchObject({ code: 'butler.store-unreachable', retryable: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
