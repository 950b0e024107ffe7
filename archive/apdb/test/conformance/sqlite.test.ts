import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createApdb } from '../../src/index.ts';
import { apdbConformance } from './apdb-conformance.ts';

const folder = await mkdtemp(join(tmpdir(), 'apdb-'));
let count = 0;
afterAll(async () => await rm(folder, { recursive: true }));

apdbConformance('SQLite in memory', async () => await createApdb({ address: ':memory:' }));
apdbConformance('SQLite in a file', async () => await createApdb({ address: join(folder, `${(count += 1)}.sqlite3`) }));
