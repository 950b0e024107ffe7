/**
 * Ingest of a million rows as a HATS collection with margin and id index, against DuckDB sorting and writing the same rows as one
 * Parquet file; and a cone search on it, with files pruned, against DuckDB over that one file. Prints one JSON line each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckdbEngine, ingestCatalog, openCollection, regionRelation, registerHealpix } from '@almagest/catalogs';
import { circleDeg } from '@almagest/sphere';

const ROWS = 1_000_000;
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const engine = await createDuckdbEngine({ prepare: registerHealpix, temporaryFolder: join(folder, 'spill') });

async function run(sql: string): Promise<number> {
  const start = performance.now();
  const { batches } = await engine.run(sql);
  for await (const _batch of batches);
  return (performance.now() - start) / 1000;
}

try {
  const input = join(folder, 'in.parquet');
  await run(
    `COPY (SELECT range AS id, random() * 360 AS ra, degrees(asin(2 * random() - 1)) AS "dec", random()::FLOAT AS mag, (random() * 1e4)::FLOAT AS flux FROM range(${ROWS})) TO '${input}' (FORMAT parquet)`,
  );
  const plain = join(folder, 'plain.parquet');
  const sorted = await run(
    `COPY (SELECT almagest_healpix29(ra, "dec") AS _healpix_29, * FROM read_parquet('${input}') ORDER BY 1) TO '${plain}' (FORMAT parquet, CODEC 'zstd')`,
  );
  const start = performance.now();
  const { path } = await ingestCatalog({
    archive: join(folder, 'archive'),
    name: 'a',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    maxRows: 100_000,
    marginArcsec: 10,
    indexColumn: 'id',
    now: new Date(),
  });
  const ours = (performance.now() - start) / 1000;
  console.log(
    JSON.stringify({
      bench: 'catalogs-ingest',
      rows: ROWS,
      ours_s: ours,
      peer: 'duckdb sort and write',
      peer_s: sorted,
      ratio: ours / sorted,
      target: null,
    }),
  );

  const { primary } = await openCollection(path);
  const times: number[] = [];
  const peers: number[] = [];
  for (let i = 0; i < 21; i++) {
    const ra = (i * 137.508) % 360;
    const dec = -60 + 6 * i;
    const exact = `2 * asin(sqrt(pow(sin(radians("dec" - ${dec}) / 2), 2) + cos(radians("dec")) * cos(radians(${dec})) * pow(sin(radians(ra - ${ra}) / 2), 2))) <= radians(0.1)`;
    const begin = performance.now();
    const relation = await regionRelation(primary, circleDeg(ra, dec, 0.1));
    await run(`SELECT * FROM ${relation} WHERE ${exact}`);
    times.push((performance.now() - begin) / 1000);
    peers.push(await run(`SELECT * FROM read_parquet('${plain}') WHERE ${exact}`));
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  console.log(
    JSON.stringify({
      bench: 'catalogs-cone',
      ours_s: median(times),
      peer: 'duckdb full scan',
      peer_s: median(peers),
      ratio: median(times) / median(peers),
      target: 1,
    }),
  );
} finally {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
}
