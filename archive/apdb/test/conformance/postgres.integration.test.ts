import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { createApdb } from '../../src/index.ts';
import { apdbConformance } from './apdb-conformance.ts';

const SCRIPT = new URL('../../../../scripts/services/postgres.sh', import.meta.url).pathname;

describe.skipIf(!existsSync('/usr/lib/postgresql'))('on a PostgreSQL server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'apdb-pg-'));
  let address = '';
  let count = 0;
  beforeAll(() => {
    address = execFileSync(SCRIPT, ['start', folder], { encoding: 'utf8' }).trim();
  });
  afterAll(() => {
    execFileSync(SCRIPT, ['stop', folder]);
  });
  apdbConformance('PostgreSQL', async () => await createApdb({ address, namespace: `apdb_${(count += 1)}` }));
});
