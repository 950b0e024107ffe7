/**
 * Rows of one catalogue joined with those near them in another: by tiles and their margins, against the same query by a band in
 * declination. A tenth of the rows with all of them, all over the sky, from a fixed recipe; prints one JSON line for each radius.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { duckdbDialect, planAdql, printSql, type SqlSource } from '@almagest/adql';
import { createDuckdbEngine, describeCatalog, ingestCatalog } from '@almagest/catalogs';
import { publishCatalog, type TapTable } from '@almagest/tap';

const ROWS = Number(process.env['ROWS'] ?? 2_000_000);
const folder = mkdtempSync(join(tmpdir(), 'almagest-near-'));
const engine = await createDuckdbEngine({ threads: 2, temporaryFolder: join(folder, 'engine') });

async function run(sql: string): Promise<{ rows: number; wall: number; cpu: number }> {
  const start = performance.now();
  const before = process.cpuUsage();
  const { batches } = await engine.run(sql);
  let rows = 0;
  for await (const batch of batches) rows = Number(batch.columns[0]?.data[0]);
  const { user, system } = process.cpuUsage(before);
  return { rows, wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

async function sqlOf(adql: string, table: TapTable): Promise<string> {
  const { statement } = planAdql(adql, { tables: [table], userFunctions: [], defaultSchemas: ['survey'] });
  const relations = new Map<SqlSource, string>();
  const print = (): string =>
    printSql(
      statement,
      duckdbDialect((source) => {
        const known = relations.get(source) ?? '';
        relations.set(source, known);
        return known;
      }),
    );
  print();
  for (const source of relations.keys()) relations.set(source, await (source.table as TapTable).sql(source));
  return print();
}

try {
  const input = join(folder, 'in.parquet');
  await run(
    `COPY (SELECT range AS id, (hash(range) % 360000000) / 1e6 AS ra, degrees(asin(2 * ((hash(range + 7) % 100000007) / 100000007.0) - 1)) AS "dec" FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
  );
  const position = { raColumn: 'ra', decColumn: 'dec' };
  await ingestCatalog({
    archive: folder,
    name: 'objects',
    inputs: [input],
    ...position,
    maxRows: 100_000,
    marginArcsec: 60,
    now: new Date(0),
  });
  const table = publishCatalog(await describeCatalog(join(folder, 'objects')), engine, 'survey');
  for (const arcsec of [1, 10, 60]) {
    const adql = `SELECT COUNT(*) AS n FROM (SELECT id, ra, dec FROM survey.objects WHERE id < ${ROWS / 10}) AS a JOIN survey.objects AS b ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.ra, a.dec, ${arcsec}/3600.))`;
    const ours = await run(await sqlOf(adql, table));
    const band = await run(await sqlOf(adql, { ...table, joinsNear: () => false }));
    const round = (value: number): number => Number(value.toPrecision(3));
    console.log(
      JSON.stringify({
        bench: `adql-near-join-${arcsec}-arcsec`,
        rows: ROWS,
        pairs: ours.rows,
        same: ours.rows === band.rows,
        ours_s: round(ours.wall),
        peer: 'a band in declination',
        peer_s: round(band.wall),
        ratio: round(ours.wall / band.wall),
        cpu_s: round(ours.cpu),
        peer_cpu_s: round(band.cpu),
        target: 'ratio 1',
        load: round(loadavg()[0] ?? 0),
      }),
    );
  }
} finally {
  await engine.close();
  rmSync(folder, { recursive: true });
}
