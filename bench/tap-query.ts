/**
 * TAP over a catalogue of ten million rows: cone searches and identifiers alone and with 20 clients, a scan and the start of a
 * long answer against the same SQL given to DuckDB, and small queries while scans run. Prints one JSON line each.
 *
 * The rows come from a fixed recipe; ROWS in the environment makes it smaller. Skips with less than 8 GB of disk.
 */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { catalogRelation, createDuckdbEngine, describeCatalog, ingestCatalog } from '@almagest/catalogs';
import { createServer, listen } from '@almagest/server';
import { DEFAULT_LIMITS, publishCatalog, registerTap } from '@almagest/tap';

const ROWS = Number(process.env['ROWS'] ?? 10_000_000);
const NEEDED_BYTES = 8e9;
const { bavail, bsize } = statfsSync(tmpdir());
if (bavail * bsize < NEEDED_BYTES) {
  console.log(JSON.stringify({ bench: 'tap-query', skipped: 'less than 8 GB of disk' }));
  process.exit(0);
}

// Queries each hold a thread of the pool while the engine works, as in `almagest serve`.
process.env['UV_THREADPOOL_SIZE'] ??= '16';
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const engine = await createDuckdbEngine({ temporaryFolder: join(folder, 'spill') });

const median = (values: readonly number[]): number => quantile(values, 0.5);
function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function report(bench: string, numbers: Readonly<Record<string, number | string | null>>): void {
  const rounded = Object.entries(numbers).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toPrecision(4)) : value]);
  console.log(JSON.stringify({ bench, rows: ROWS, ...Object.fromEntries(rounded) }));
}

/** Seconds that the engine takes for SQL, rows read and dropped; and until the first batch. */
async function direct(sql: string): Promise<{ all: number; first: number }> {
  const start = performance.now();
  const { batches } = await engine.run(sql);
  let first = 0;
  for await (const _batch of batches) first ||= performance.now() - start;
  return { all: (performance.now() - start) / 1000, first: first / 1000 };
}

try {
  const input = join(folder, 'in.parquet');
  await direct(
    `COPY (SELECT range AS id, (hash(range) % 360000000) / 1e6 AS ra, degrees(asin(2 * ((hash(range + 7) % 100000007) / 100000007.0) - 1)) AS "dec", (14 + (hash(range * 3) % 10000) / 1000.0)::FLOAT AS mag, (hash(range * 5) % 100000)::FLOAT AS flux, (hash(range * 11) % 1000)::INTEGER AS visits, ((hash(range * 13) % 100000) / 1e5)::DOUBLE AS score FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
  );
  const begin = performance.now();
  const archive = join(folder, 'archive');
  const { path } = await ingestCatalog({
    archive,
    name: 'objects',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    indexColumn: 'id',
    maxRows: 250_000,
    now: new Date(0),
  });
  report('tap-ingest', { ours_s: (performance.now() - begin) / 1000 });
  const record = await describeCatalog(path);
  const relation = await catalogRelation(record.collection.primary);
  const app = await createServer({
    version: 'bench',
    parts: [
      (server) =>
        registerTap(server, {
          prefix: '/tap',
          engine,
          content: { schemas: [{ name: 'survey' }], tables: [publishCatalog(record, engine, 'survey')], keys: [] },
          functions: [],
          authenticate: anonymousAuthenticator(['exec:query']),
          jobFolder: join(folder, 'jobs'),
          limits: { defaultMaxRows: DEFAULT_LIMITS.hardMaxRows },
        }),
    ],
  });
  const base = `${await listen(app, { port: 0 })}/tap/sync`;

  /** Seconds of one query through HTTP: all of it, and until the first byte. */
  const ask = async (query: string, format = 'votable'): Promise<{ all: number; first: number; bytes: number }> => {
    const start = performance.now();
    const response = await fetch(base, { method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', FORMAT: format, QUERY: query }) });
    if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
    let first = 0;
    let bytes = 0;
    for await (const part of response.body) {
      first ||= performance.now() - start;
      bytes += (part as Uint8Array).length;
    }
    return { all: (performance.now() - start) / 1000, first: first / 1000, bytes };
  };
  const cone = (i: number): string =>
    `SELECT id, ra, dec, mag FROM survey.objects WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', ${(i * 137.508) % 360}, ${Math.asin(((i * 0.618) % 1) * 2 - 1) * 57.29}, ${1 / 60}))`;
  const lookUp = (i: number): string => `SELECT * FROM survey.objects WHERE id = ${(i * 7_919_317) % ROWS}`;

  /** `clients` ask one query after another, `total` in all. */
  const load = async (make: (i: number) => string, clients: number, total: number): Promise<{ times: number[]; perSec: number }> => {
    const times: number[] = [];
    let next = 0;
    const start = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (next < total) times.push((await ask(make(next++))).all);
      }),
    );
    return { times, perSec: total / ((performance.now() - start) / 1000) };
  };
  const summary = ({ times, perSec }: { times: number[]; perSec: number }) => ({
    p50_ms: 1000 * median(times),
    p95_ms: 1000 * quantile(times, 0.95),
    p99_ms: 1000 * quantile(times, 0.99),
    per_s: perSec,
  });

  await load(cone, 1, 20);
  report('tap-cone-1', { ...summary(await load(cone, 1, 60)), target: 'p50 30 ms' });
  report('tap-cone-10', { ...summary(await load(cone, 10, 200)), target: null });
  report('tap-cone-20', { ...summary(await load(cone, 20, 200)), target: 'p99 150 ms' });
  report('tap-id-1', { ...summary(await load(lookUp, 1, 60)), target: 'p50 15 ms' });

  const compare = async (bench: string, adql: string, sql: string, target: string | null, format = 'votable'): Promise<void> => {
    const ours: { all: number; first: number; bytes: number }[] = [];
    const peers: number[] = [];
    for (let i = 0; i < 3; i++) {
      ours.push(await ask(adql, format));
      peers.push((await direct(sql)).all);
    }
    const [ours_s, peer_s] = [median(ours.map(({ all }) => all)), median(peers)];
    report(bench, {
      ours_s,
      first_ms: 1000 * median(ours.map(({ first }) => first)),
      bytes: ours[0]?.bytes ?? 0,
      peer: 'the same SQL in DuckDB, rows read and dropped',
      peer_s,
      ratio: ours_s / peer_s,
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
  const cpu = process.cpuUsage();
  await ask(
    `SELECT COUNT(*) AS n FROM (SELECT id, ra, dec FROM survey.objects WHERE id < ${matched}) AS a JOIN survey.objects AS b ON 1 = CONTAINS(POINT('ICRS', b.ra, b.dec), CIRCLE('ICRS', a.ra, a.dec, 1/3600.))`,
  );
  const used = process.cpuUsage(cpu);
  report('tap-cross-match-1-arcsec', {
    matched,
    ours_s: (performance.now() - begun) / 1000,
    cpu_s: (used.user + used.system) / 1e6,
    target: '60 s',
  });

  const abort = new AbortController();
  const heavy = encodeURIComponent(`SELECT SUM(score * mag + flux / (1 + visits)) AS s, COUNT(DISTINCT id) AS n FROM survey.objects`);
  const scans = Array.from({ length: 5 }, async () => {
    while (!abort.signal.aborted)
      await fetch(`${base}?LANG=ADQL&QUERY=${heavy}`, { signal: abort.signal }).then(
        (r) => r.text(),
        () => '',
      );
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  report('tap-cone-100-beside-5-scans', { ...summary(await load(cone, 100, 300)), target: 'p95 1 s' });
  abort.abort();
  await Promise.all(scans);
  report('tap-memory', { rss_mb: process.memoryUsage().rss / 1e6, peak_mb: process.resourceUsage().maxRSS / 1e3, target: null });
  await app.close();
} finally {
  await engine.close();
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
