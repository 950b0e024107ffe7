import type { Pool as PgPool, PoolClient } from 'pg';
import { DatabaseConnectionError } from '../errors.ts';
import type { Row, SqlValue } from './database.ts';
import { quoteIdentifier } from './ddl.ts';
import type { PostgresPool, PostgresSession } from './postgres-database.ts';

/** Connections at once in one process. */
const MAX_CONNECTIONS = 10;
const INT8 = 20;

/** Integers beyond 2^53 stay exact. */
export function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/**
 * Connections through the `pg` package.
 *
 * @param address - `postgresql://user@host:port/database`; a driver name after `+` is ignored.
 * @param options.namespace - Schema that holds the tables; made if `create` is set.
 */
export async function openPgPool(
  address: string,
  options: { readonly namespace?: string; readonly create?: boolean } = {},
): Promise<PostgresPool> {
  const { default: pg } = await import('pg');
  const types = {
    getTypeParser: (type: number, format?: unknown) => (type === INT8 ? parseInt8 : pg.types.getTypeParser(type as never, format as never)),
  };
  const pool = new pg.Pool({
    connectionString: address.replace(/^postgres(ql)?\+[a-z0-9]+:/, 'postgresql:'),
    max: MAX_CONNECTIONS,
    types: types as never,
    connectionTimeoutMillis: 15_000,
    ...(options.namespace ? { options: `-c search_path=${options.namespace}` } : {}),
  });
  // A connection that the server closes while idle is replaced by the next one.
  pool.on('error', () => undefined);
  if (options.create) {
    const client = await connect(pool);
    // The field's software refuses databases without it; whoever may not make it can do without.
    await client.query('CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public').catch(() => undefined);
    if (options.namespace) await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(options.namespace)}`);
    client.release();
  }
  return { isSingle: false, acquire: async () => sessionOf(await connect(pool)), close: async () => await pool.end() };
}

async function connect(pool: PgPool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new DatabaseConnectionError(`the database server cannot be reached: ${(error as Error).message}`, { cause: error });
  }
}

function sessionOf(client: PoolClient): PostgresSession {
  const onError = (): void => undefined;
  client.on('error', onError);
  return {
    query: async (sql, parameters) => {
      const result = await client.query(sql, parameters as SqlValue[]);
      return { rows: result.rows as Row[], changed: result.rowCount ?? 0 };
    },
    release: (broken) => {
      client.off('error', onError);
      client.release(broken);
    },
  };
}
