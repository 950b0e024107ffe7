/**
 * Cone searches and long answers of TAP over HATS against PostgreSQL with q3c holding the same million rows, asked by its own
 * protocol: the peer has neither HTTP nor VOTable nor ADQL to do, so that the ratio flatters it. Prints JSON lines.
 *
 * With DACHS_TAP, the address of a GAVO DaCHS that holds the rows of the recipe below as `bench.objects` (a table with the mixin
 * `//scs#q3cindex`, clustered by it), its TAP is asked the same queries in the same run.
 *
 * Skips where PostgreSQL or q3c is absent. ROWS in the environment makes it smaller.
 */
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { createDuckdbEngine, describeCatalog, ingestCatalog } from '@almagest/catalogs';
import { createServer, listen } from '@almagest/server';
import { DEFAULT_LIMITS, publishCatalog, registerTap } from '@almagest/tap';
import pg from 'pg';

const ROWS = Number(process.env['ROWS'] ?? 1_000_000);
const CLIENTS = 10;
const CONES = 300;
const SCRIPT = join(import.meta.dirname, '../scripts/services/postgres.sh');
if (!existsSync('/usr/lib/postgresql') || !existsSync('/usr/share/postgresql/15/extension/q3c.control')) {
  console.log(JSON.stringify({ bench: 'tap-peers', skipped: 'no PostgreSQL 15 with q3c' }));
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'almagest-peers-'));
execFileSync('chmod', ['755', folder]);
const server = join(folder, 'server');
const engine = await createDuckdbEngine({ temporaryFolder: join(folder, 'spill'), niceness: 5, memoryLimit: '300MB' });
const quickEngine = await createDuckdbEngine({ threads: 1, memoryLimit: '200MB', plansQuickly: true });

async function run(sql: string): Promise<void> {
  for await (const _batch of (await engine.run(sql)).batches);
}
function report(bench: string, ours: number, peer: number, target: string, more: object = {}): void {
  console.log(
    JSON.stringify({
      bench,
      rows: ROWS,
      ours_s: round(ours),
      peer: 'PostgreSQL 15 and q3c by its own protocol',
      peer_s: round(peer),
      ratio: round(ours / peer),
      target,
      ...more,
    }),
  );
}
const round = (value: number): number => Number(value.toPrecision(4));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Seconds until `total` pieces of work are done by so many at a time. */
async function load(clients: number, total: number, work: (i: number, client: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (next < total) await work(next++, client);
    }),
  );
  return (performance.now() - start) / 1000;
}

interface Contest {
  readonly base: string;
  readonly cone: (i: number, table: string) => string;
  readonly ask: (query: string, service: string) => Promise<number>;
}

/** The same queries to both services, in turn. */
async function compareWithDachs(dachs: string, { base, cone, ask }: Contest): Promise<void> {
  const peer = 'GAVO DaCHS over PostgreSQL and q3c';
  const cones = [];
  const long = [];
  await load(CLIENTS, 20, (i) => ask(cone(i, 'bench.objects'), dachs));
  for (let i = 0; i < 3; i++) {
    cones.push([
      await load(CLIENTS, CONES, (n) => ask(cone(n, 'survey.objects'), base)),
      await load(CLIENTS, CONES, (n) => ask(cone(n, 'bench.objects'), dachs)),
    ] as const);
    long.push([
      await load(1, 1, () => ask('SELECT TOP 100000 * FROM survey.objects', base)),
      await load(1, 1, () => ask('SELECT TOP 100000 * FROM bench.objects', `${dachs}?MAXREC=200000`)),
    ] as const);
  }
  const [mine, theirs] = [median(cones.map(([a]) => a)), median(cones.map(([, b]) => b))];
  report('tap-dachs-cones-10-clients', mine, theirs, 'ratio 0.5', {
    peer,
    ours_per_s: round(CONES / mine),
    peer_per_s: round(CONES / theirs),
  });
  report('tap-dachs-100000-rows', median(long.map(([a]) => a)), median(long.map(([, b]) => b)), 'ratio 0.33', { peer });
}

try {
  const input = join(folder, 'in.parquet');
  const csv = join(folder, 'in.csv');
  await run(
    `COPY (SELECT range AS id, (hash(range) % 360000000) / 1e6 AS ra, degrees(asin(2 * ((hash(range + 7) % 100000007) / 100000007.0) - 1)) AS "dec", (14 + (hash(range * 3) % 10000) / 1000.0)::FLOAT AS mag, (hash(range * 5) % 100000)::FLOAT AS flux, (hash(range * 11) % 1000)::INTEGER AS visits, ((hash(range * 13) % 100000) / 1e5)::DOUBLE AS score FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
  );
  await run(`COPY (SELECT * FROM read_parquet('${input}')) TO '${csv}' (FORMAT csv, HEADER false)`);
  const { path } = await ingestCatalog({
    archive: join(folder, 'archive'),
    name: 'objects',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    indexColumn: 'id',
    maxRows: 250_000,
    now: new Date(0),
  });

  const url = execFileSync('sh', [SCRIPT, 'start', server], { encoding: 'utf8' }).trim();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const [first] = clients as [pg.Client];
  await first.query('CREATE EXTENSION q3c');
  await first.query(
    'CREATE TABLE objects (id BIGINT, ra DOUBLE PRECISION, "dec" DOUBLE PRECISION, mag REAL, flux REAL, visits INTEGER, score DOUBLE PRECISION)',
  );
  execFileSync('psql', ['-q', url, '-c', `\\copy objects FROM '${csv}' CSV`]);
  await first.query('CREATE INDEX ON objects (q3c_ang2ipix(ra, "dec"))');
  await first.query('CREATE INDEX ON objects (id)');
  await first.query('CLUSTER objects USING objects_q3c_ang2ipix_idx');
  await first.query('ANALYZE objects');

  const app = await createServer({
    version: 'bench',
    parts: [
      async (scope) =>
        registerTap(scope, {
          prefix: '/tap',
          engine,
          quickEngine,
          content: {
            schemas: [{ name: 'survey' }],
            tables: [publishCatalog(await describeCatalog(path), quickEngine, 'survey')],
            keys: [],
          },
          functions: [],
          authenticate: anonymousAuthenticator(['exec:query']),
          jobFolder: join(folder, 'jobs'),
          limits: { defaultMaxRows: DEFAULT_LIMITS.hardMaxRows },
        }),
    ],
  });
  const base = `${await listen(app, { port: 0 })}/tap/sync`;
  const ask = async (QUERY: string, service = base): Promise<number> => {
    const answer = await fetch(service, { method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', QUERY }) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.arrayBuffer()).byteLength;
  };
  const place = (i: number): readonly [number, number] => [(i * 137.508) % 360, Math.asin(((i * 0.618) % 1) * 2 - 1) * 57.29];
  const cone = (i: number, table: string): string => {
    const [ra, dec] = place(i);
    return `SELECT id, ra, dec, mag FROM ${table} WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', ${ra}, ${dec}, ${1 / 60}))`;
  };
  const ours = (i: number): Promise<number> => ask(cone(i, 'survey.objects'));
  const theirs = (i: number, client: number): Promise<unknown> => {
    const [ra, dec] = place(i);
    return clients[client]!.query(`SELECT id, ra, "dec", mag FROM objects WHERE q3c_radial_query(ra, "dec", ${ra}, ${dec}, ${1 / 60})`);
  };
  await load(CLIENTS, 40, ours);
  await load(CLIENTS, 40, theirs);
  const pairs = [];
  for (let i = 0; i < 3; i++) pairs.push([await load(CLIENTS, CONES, ours), await load(CLIENTS, CONES, theirs)] as const);
  const [mine, peer] = [median(pairs.map(([a]) => a)), median(pairs.map(([, b]) => b))];
  report('tap-peers-cones-10-clients', mine, peer, 'half of DaCHS over the same, which does more than this peer', {
    ours_per_s: round(CONES / mine),
    peer_per_s: round(CONES / peer),
  });

  const long: (readonly [number, number])[] = [];
  const copy = join(folder, 'out.csv');
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await ask('SELECT TOP 100000 * FROM survey.objects');
    const middle = performance.now();
    execFileSync('psql', ['-q', url, '-c', `\\copy (SELECT * FROM objects LIMIT 100000) TO '${copy}' CSV`]);
    for await (const _part of createReadStream(copy));
    long.push([(middle - start) / 1000, (performance.now() - middle) / 1000]);
  }
  report(
    'tap-peers-100000-rows',
    median(long.map(([a]) => a)),
    median(long.map(([, b]) => b)),
    'a third of DaCHS over the same, which does more than this peer',
    {
      peer: 'psql copying the rows as CSV',
    },
  );
  const dachs = process.env['DACHS_TAP'];
  if (dachs !== undefined) await compareWithDachs(`${dachs}/sync`, { base, cone, ask });
  await app.close();
  for (const client of clients) await client.end();
} finally {
  if (existsSync(server)) execFileSync('sh', [SCRIPT, 'stop', server]);
  await Promise.all([engine.close(), quickEngine.close()]);
  rmSync(folder, { recursive: true, force: true });
}
