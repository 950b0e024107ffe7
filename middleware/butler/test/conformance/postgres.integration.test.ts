import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { makeTestRepository } from '../test-repository.ts';
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
});
