import { existsSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe } from 'vitest';
import { parseInt8 } from '../../src/sql/pg-pool.ts';
import { PostgresDatabase, type PostgresPool } from '../../src/sql/postgres-database.ts';
import type { Row, SqlValue } from '../../src/sql/database.ts';
import { makeTestRepository } from '../test-repository.ts';
import { registryConformance } from './registry-conformance.ts';

let server: PGlite;
let count = 0;

/** With a server at hand all tests run on it (`npm run test:services`), which is faster than PostgreSQL in this process. */
const HAVE_SERVER = existsSync('/usr/lib/postgresql');
const SAMPLE: readonly string[] = [
  'returns what was put, from the same and from a new butler',
  'finds the calibration that is valid at an exposure',
  'undoes everything of a failed transaction',
  'joins by sky regions and by time',
];

/** One connection to PostgreSQL in this process, with a schema of its own. */
async function openSchema(): Promise<PostgresPool> {
  const schema = `test_${(count += 1)}`;
  await server.exec(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    isSingle: true,
    acquire: async () => {
      const before = turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      await before;
      return {
        query: async (sql: string, parameters: readonly SqlValue[]) => {
          const result = await server.query<Row>(sql, [...parameters], { parsers: { 20: parseInt8 } });
          return { rows: result.rows, changed: result.affectedRows ?? 0 };
        },
        release: () => resolve(),
      };
    },
    close: async () => undefined,
  };
}

describe('on PostgreSQL in this process', () => {
  beforeAll(async () => {
    server = await PGlite.create();
  });
  afterAll(async () => await server.close());
  registryConformance(
    async (defaults = {}) => await makeTestRepository({ ...defaults, connection: new PostgresDatabase(await openSchema()) }),
    HAVE_SERVER ? { only: SAMPLE } : {},
  );
});
