import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dataPath, haveData } from '@almagest/test-data';
import { parse } from 'yaml';
import { Butler, checkRepository, DimensionUniverse, migrateRepository, openPgPool } from '../../src/index.ts';
import { describeRepository, sorted } from '../describe-repository.ts';
import { goAfterRequests } from '../faults/gone-client.ts';
import { makeServed } from '../served-repository.ts';
import { exposureBegin, makeTestRepository } from '../test-repository.ts';
import { registryConformance } from './registry-conformance.ts';

const SCRIPT = join(import.meta.dirname, '../../../../scripts/services/postgres.sh');
const outer = mkdtempSync(join(tmpdir(), 'almagest-pg-'));
chmodSync(outer, 0o755);
const folder = join(outer, 'cluster');

function start(): string | undefined {
  try {
    return execFileSync(SCRIPT, ['start', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  } catch {
    console.log('skipped: PostgreSQL is not installed (apt-get install postgresql)');
    return undefined;
  }
}

const address = start();
let count = 0;

describe.skipIf(address === undefined)('on a PostgreSQL server', () => {
  afterAll(() => execFileSync(SCRIPT, ['stop', folder], { stdio: 'ignore' }));
  registryConformance(
    async (defaults = {}) => await makeTestRepository({ ...defaults, database: address!, namespace: `test_${(count += 1)}` }),
  );

  describe('through an HTTP server', () =>
    registryConformance(
      async (defaults = {}) => await makeServed({ ...defaults, database: address!, namespace: `served_${(count += 1)}` }),
      { only: ['undoes everything of a failed transaction', 'finds the calibration that is valid at an exposure'] },
    ));

  test('clients that are gone in a transaction leave nothing or everything', { timeout: 120_000 }, async () => {
    const { left, requests } = await goAfterRequests({ step: 4, repository: { database: address!, namespace: 'gone' } });
    expect([left, requests > 12]).toEqual([['all', 'nothing'], true]);
  });

  test('a connection lost in the middle of a transaction undoes it, and the next one works', async () => {
    await using repository = await makeTestRepository({ database: address!, namespace: 'lost', run: 'u/me' });
    const { butler } = repository;
    await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    const admin = await openPgPool(address!);
    const session = await admin.acquire();
    const put = async (): Promise<unknown> => await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 2 });
    await expect(
      butler.transaction(async () => {
        await put();
        await session.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%' AND application_name = ''",
          [],
        );
        await butler.registry.registerCollection('more', 'RUN');
      }),
    ).rejects.toMatchObject({ code: 'butler.database-unreachable', retryable: true });
    session.release(false);
    await admin.close();
    expect(await butler.registry.findCollection('more')).toBeUndefined();
    await put();
    expect(await butler.get('metric', { instrument: 'Cam', visit: 2 })).toEqual({ rms: 1 });
    expect((await checkRepository(butler)).problems).toEqual([]);
  });

  test.skipIf(!haveData)('migrates into a schema of its own, and the old one stays', async () => {
    const universe = new DimensionUniverse(parse(readFileSync(dataPath('butler', 'universe', 'universe7.yaml'), 'utf8')));
    await using repository = await makeTestRepository({ database: address!, namespace: 'old', universe });
    const { butler, folder: root } = repository;
    await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
    const bias = await butler.put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/1' });
    await butler.registry.registerCollection('calib', 'CALIBRATION');
    await butler.registry.certify('calib', [bias], { begin: undefined, end: exposureBegin(3) });
    const describe = async (): Promise<unknown> => {
      await using open = await Butler.open(root);
      const {
        universe: version,
        types,
        datasets,
        values,
        validity,
        collections,
      } = sorted(await describeRepository(open)) as Record<string, unknown>;
      return [version, { types, datasets, values, validity, collections }];
    };
    const [before, held] = (await describe()) as [number, unknown];
    expect(await migrateRepository(root)).toMatchObject({ copied: { datasets: 1, associations: 1 }, universe: { from: 7, to: 8 } });
    expect([before, await describe()]).toEqual([7, [8, held]]);
    expect(readFileSync(join(root, 'butler.yaml'), 'utf8')).toContain('namespace: old_u8');
    expect(await butler.get(bias)).toEqual({ n: 1 });
  });
});
