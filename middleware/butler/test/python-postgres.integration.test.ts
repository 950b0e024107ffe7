import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Butler } from '../src/index.ts';
import { describeRepository, sorted } from './describe-repository.ts';
import { exposureBegin, insertCamera, insertSkymap } from './test-repository.ts';

const SERVICES = join(import.meta.dirname, '../../../scripts/services');
const outer = mkdtempSync(join(tmpdir(), 'almagest-peer-pg-'));
chmodSync(outer, 0o755);

function prepare(script: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(join(SERVICES, script), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    console.log(`skipped: scripts/services/${script} cannot run here`);
    return undefined;
  }
}

const python = prepare('python-butler.sh');
const address = python === undefined ? undefined : prepare('postgres.sh', 'start', join(outer, 'cluster'));

describe.skipIf(address === undefined)('with the Python Butler on one PostgreSQL server', () => {
  const root = join(outer, 'repo');
  const peer = (verb: string): string =>
    execFileSync(python!, [join(import.meta.dirname, 'python/butler_peer.py'), verb, root], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  afterAll(() => {
    execFileSync(join(SERVICES, 'postgres.sh'), ['stop', join(outer, 'cluster')], { stdio: 'ignore' });
    rmSync(outer, { recursive: true, force: true });
  });

  test('takes turns in writing', async () => {
    {
      await using butler = await Butler.create(root, { database: address!, namespace: 'ours' });
      await insertCamera(butler);
      await insertSkymap(butler);
      await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
      await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
      const bias = await butler.put({ n: 1 }, 'bias', { instrument: 'Cam', detector: 1 }, { run: 'calib/1' });
      await butler.registry.registerCollection('calib', 'CALIBRATION');
      await butler.registry.certify('calib', [bias], { begin: undefined, end: exposureBegin(3) });
      await butler.put({ rms: 1 }, 'metric', { instrument: 'Cam', visit: 3 }, { run: 'u/me' });
    }
    const ours = async (): Promise<unknown> => {
      await using butler = await Butler.open(root);
      return JSON.parse(JSON.stringify(sorted(await describeRepository(butler))));
    };
    expect(sorted(JSON.parse(peer('describe')))).toEqual(await ours());
    peer('extend');
    {
      await using butler = await Butler.open(root, { writeable: true, run: 'turns' });
      await butler.put({ by: 'us' }, 'metric', { instrument: 'Cam', visit: 3 });
    }
    expect(await ours()).toEqual(sorted(JSON.parse(peer('describe'))));
  });
});
