import { PGlite } from '@electric-sql/pglite';
import { PostgresDatabase, type PostgresPool, type Row, type SqlValue } from '@almagest/butler';
import { afterAll, beforeAll } from 'vitest';
import { apdbIn, createTables } from '../../src/index.ts';
import { apdbConformance } from './apdb-conformance.ts';

let server: PGlite;
let count = 0;
beforeAll(async () => {
  server = await PGlite.create();
});
afterAll(async () => await server.close());

/** One connection to PostgreSQL in this process. */
function singlePool(namespace: string): PostgresPool {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    isSingle: true,
    acquire: async () => {
      const before = turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      await before;
      await server.exec(`SET search_path TO ${namespace}`);
      return {
        query: async (text: string, parameters: readonly SqlValue[]) => {
          const result = await server.query<Row>(text, [...parameters], { parsers: { 20: parseInt8 } });
          return { rows: result.rows, changed: result.affectedRows ?? 0 };
        },
        release: () => resolve(),
      };
    },
    close: async () => undefined,
  };
}

function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

// Tables are emptied instead of made anew each time, which takes this server much longer.
apdbConformance('PostgreSQL in this process', async () => {
  const database = new PostgresDatabase(singlePool('apdb'));
  if (count === 0) {
    await server.exec('CREATE SCHEMA apdb');
    await createTables(database);
  } else {
    const { rows } = await server.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'apdb' AND tablename <> 'ApdbMetadata'",
    );
    await server.exec(`TRUNCATE ${rows.map(({ name }) => `apdb."${name}"`).join(', ')}; DELETE FROM apdb."ApdbMetadata" WHERE name = 'x'`);
  }
  count += 1;
  return await apdbIn(database);
});
