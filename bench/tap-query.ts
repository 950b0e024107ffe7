/**
 * TAP over a catalogue of ten million rows: cone searches and identifiers alone and with 20 clients, a scan and the start of a
 * long answer against the same SQL given to DuckDB, a match of a million rows with all, and small queries while scans run.
 * The server is a process of its own. Prints one JSON line each.
 *
 * The rows come from a fixed recipe; ROWS in the environment makes it smaller, ARCHIVE keeps the catalogue in a folder for another run.
 * Skips with less than 8 GB of disk.
 */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogRelation, createDuckdbEngine, describeCatalog, ingestCatalog } from '@almagest/catalogs';
import { type Answer, startTapServer } from './tap/tap-client.ts';

const ROWS = Number(process.env['ROWS'] ?? 10_000_000);
const NEEDED_BYTES = 8e9;
const { bavail, bsize } = statfsSync(tmpdir());
if (bavail * bsize < NEEDED_BYTES) {
  console.log(JSON.stringify({ bench: 'tap-query', skipped: 'less than 8 GB of disk' }));
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const archive = process.env['ARCHIVE'] ?? join(folder, 'archive');
const peer = await createDuckdbEngine({ temporaryFolder: join(folder, 'peer') });

const median = (values: readonly number[]): number => quantile(values, 0.5);
function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

interface Load {
  readonly times: number[];
  readonly perSec: number;
  /** CPU of the server for one answer [ms]. */
  readonly cpuMs: number;
}

function report(bench: string, numbers: Readonly<Record<string, number | string | null>>): void {
  const rounded = Object.entries(numbers).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]);
  console.log(JSON.stringify({ bench, rows: ROWS, ...Object.fromEntries(rounded), load: Number(loadavg()[0]?.toFixed(1)) }));
}

/** Seconds that the engine takes for SQL, rows read and dropped; and until the first batch. */
async function direct(sql: string): Promise<{ all: number; first: number }> {
  const start = performance.now();
  const { batches } = await peer.run(sql);
  let first = 0;
  for await (const _batch of batches) first ||= performance.now() - start;
  return { all: (performance.now() - start) / 1000, first: first / 1000 };
}

const server = await (async () => {
  if (!existsSync(join(archive, 'objects'))) {
    const input = join(folder, 'in.parquet');
    await direct(
      `COPY (SELECT range AS id, (hash(range) % 360000000) / 1e6 AS ra, degrees(asin(2 * ((hash(range + 7) % 100000007) / 100000007.0) - 1)) AS "dec", (14 + (hash(range * 3) % 10000) / 1000.0)::FLOAT AS mag, (hash(range * 5) % 100000)::FLOAT AS flux, (hash(range * 11) % 1000)::INTEGER AS visits, ((hash(range * 13) % 100000) / 1e5)::DOUBLE AS score FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
    );
    const begin = performance.now();
    await ingestCatalog({
      archive,
      name: 'objects',
      inputs: [input],
      raColumn: 'ra',
      decColumn: 'dec',
      indexColumn: 'id',
      maxRows: 250_000,
      marginArcsec: 10,
      now: new Date(0),
    });
    report('tap-ingest', { ours_s: (performance.now() - begin) / 1000 });
  }
  return await startTapServer(archive, folder);
})();

try {
  const { primary } = (await describeCatalog(join(archive, 'objects'))).collection;
  const relation = await catalogRelation(primary);
  const ask: typeof server.ask = (...query) => server.ask(...query);
  const cone = (i: number): string =>
    `SELECT id, ra, dec, mag FROM survey.objects WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', ${(i * 137.508) % 360}, ${Math.asin(((i * 0.618) % 1) * 2 - 1) * 57.29}, ${1 / 60}))`;
  const lookUp = (i: number): string => `SELECT * FROM survey.objects WHERE id = ${(i * 7_919_317) % ROWS}`;

  /** `clients` ask one query after another, `total` in all. */
  const load = async (make: (i: number) => string, clients: number, total: number): Promise<Load> => {
    const times: number[] = [];
    const before = server.usage().cpuSec;
    let next = 0;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (next < total) times.push((await ask(make(next++))).all);
      }),
    );
    return { times, perSec: total / ((performance.now() - start) / 1000), cpuMs: (1000 * (server.usage().cpuSec - before)) / total };
  };
  const summary = ({ times, perSec, cpuMs }: Load) => ({
    p50_ms: 1000 * median(times),
    p95_ms: 1000 * quantile(times, 0.95),
    p99_ms: 1000 * quantile(times, 0.99),
    per_s: perSec,
    server_cpu_ms: cpuMs,
  });

  await load(cone, 4, 200);
  report('tap-cone-1', { ...summary(await load(cone, 1, 200)), target: 'p50 30 ms' });
  report('tap-cone-10', { ...summary(await load(cone, 10, 400)), target: null });
  report('tap-cone-20', { ...summary(await load(cone, 20, 600)), target: 'p50 30 ms, p99 150 ms' });
  report('tap-id-1', { ...summary(await load(lookUp, 1, 200)), target: 'p50 15 ms' });

  const compare = async (bench: string, adql: string, sql: string, target: string | null, format = 'votable'): Promise<void> => {
    const ours: (Answer & { readonly cpu: number })[] = [];
    const peers: { readonly all: number; readonly cpu: number }[] = [];
    for (let i = 0; i < 3; i++) {
      const before = server.usage().cpuSec;
      ours.push({ ...(await ask(adql, format)), cpu: 0 });
      ours[i] = { ...ours[i]!, cpu: server.usage().cpuSec - before };
      const own = process.cpuUsage();
      const { all } = await direct(sql);
      const { user, system } = process.cpuUsage(own);
      peers.push({ all, cpu: (user + system) / 1e6 });
    }
    const of = <T>(list: readonly T[], key: (each: T) => number): number => median(list.map(key));
    const [ours_s, peer_s] = [of(ours, ({ all }) => all), of(peers, ({ all }) => all)];
    report(bench, {
      ours_s,
      first_ms: 1000 * of(ours, ({ first }) => first),
      bytes: ours[0]?.bytes ?? 0,
      peer: 'the same SQL in DuckDB, rows read and dropped',
      peer_s,
      ratio: ours_s / peer_s,
      cpu_s: of(ours, ({ cpu }) => cpu),
      peer_cpu_s: of(peers, ({ cpu }) => cpu),
      target,
    });
  };
  const scan = 'SELECT COUNT(*) AS n, AVG(mag) AS m, MAX(flux) AS f, SUM(score) AS s FROM';
  await compare('tap-scan', `${scan} survey.objects WHERE visits > 10`, `${scan} ${relation} WHERE visits > 10`, 'ratio 1.2, 2 s');
  const group = (from: string): string => `SELECT visits, COUNT(*) AS n, AVG(mag) AS m FROM ${from} GROUP BY visits`;
  await compare('tap-group', group('survey.objects'), group(relation), 'ratio 1.2');
  const columns = 'id, ra, "dec", mag, flux, visits, score';
  for (const format of ['votable', 'votable/td', 'csv', 'json', 'parquet', 'arrow', 'fits'])
    await compare(
      `tap-rows-${format}`,
      `SELECT TOP 500000 ${columns.replaceAll('"', '')} FROM survey.objects`,
      `SELECT ${columns} FROM ${relation} LIMIT 500000`,
      format === 'votable' ? 'first byte 300 ms, ratio 2' : null,
      format,
    );

  const matched = Math.min(1_000_000, ROWS / 10);
  const begun = performance.now();
  const cpu = server.usage().cpuSec;
  await ask(
    `SELECT COUNT(*) AS n FROM (SELECT id, ra, dec FROM survey.objects WHERE id < ${matched}) AS a JOIN survey.objects AS b ON 1 = CONTAINS(POINT('ICRS', b.ra, b.dec), CIRCLE('ICRS', a.ra, a.dec, 1/3600.))`,
  );
  report('tap-cross-match-1-arcsec', {
    matched,
    ours_s: (performance.now() - begun) / 1000,
    cpu_s: server.usage().cpuSec - cpu,
    target: '60 s',
  });

  const abort = new AbortController();
  const heavy = 'SELECT SUM(score * mag + flux / (1 + visits)) AS s, COUNT(DISTINCT id) AS n FROM survey.objects';
  const scans = Array.from({ length: 5 }, async () => {
    while (!abort.signal.aborted) await ask(heavy, 'votable', abort.signal).catch(() => undefined);
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  report('tap-cone-100-beside-5-scans', { ...summary(await load(cone, 100, 600)), target: 'p95 1 s' });
  abort.abort();
  await Promise.all(scans);
  const { rssMb, peakMb } = server.usage();
  report('tap-memory', { rss_mb: rssMb, peak_mb: peakMb, target: 'peak 1000 MB', pass: peakMb < 1000 });
} finally {
  await server.close();
  await peer.close();
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
