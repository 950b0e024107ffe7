import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { columnFromCells, makeTable, writeParquet } from '@almagest/table';
import { createDuckdbEngine } from '../engine/duckdb-engine.ts';
import { openCollection } from '../hats/hats-catalog.ts';
import { verifyCollection } from '../hats/verify-catalog.ts';
import { registerHealpix } from './healpix-function.ts';
import { ingestCatalog } from './ingest-catalog.ts';
import { recoverArchive } from './transaction.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KILLS = 40;
const ROWS = 3000;

test(`an ingest killed at any of ${KILLS} moments leaves nothing or everything, and goes on when begun again`, async () => {
  const input = join(folder, 'in.parquet');
  const numbers = Array.from({ length: ROWS }, (_, i) => i);
  const table = makeTable([
    columnFromCells({ name: 'id', datatype: 'int64' }, numbers.map(BigInt)),
    columnFromCells(
      { name: 'ra', datatype: 'float64' },
      numbers.map((i) => (i * 137.508) % 360),
    ),
    columnFromCells(
      { name: 'dec', datatype: 'float64' },
      numbers.map((i) => (Math.asin((2 * i + 1) / ROWS - 1) * 180) / Math.PI),
    ),
  ]);
  writeFileSync(input, await writeParquet(table));
  const archive = join(folder, 'archive');
  const options = {
    archive,
    name: 'a',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    maxRows: 100,
    marginArcsec: 3600,
    indexColumn: 'id',
    now: new Date(0),
    threads: 1,
  };
  const program = join(folder, 'ingest.ts');
  writeFileSync(
    program,
    `import { ingestCatalog } from ${JSON.stringify(join(import.meta.dirname, 'ingest-catalog.ts'))};\nconst o = ${JSON.stringify(options)};\nconsole.log('begin');\nawait ingestCatalog({ ...o, now: new Date(0) });\nconsole.log('end');\n`,
  );
  const engine = await createDuckdbEngine({ threads: 1, prepare: registerHealpix });
  let complete = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await killAfter(program, 40 + kill * 60);
    await recoverArchive(archive);
    const left = readdirSync(archive);
    expect(left.filter((name) => name !== 'a')).toEqual([]);
    if (!existsSync(join(archive, 'a'))) continue;
    expect(await verifyCollection(await openCollection(join(archive, 'a')), engine)).toMatchObject({ rows: ROWS, issues: [] });
    complete++;
    rmSync(join(archive, 'a'), { recursive: true });
  }
  expect(complete).toBeLessThan(KILLS);
  // Killed and taken up again without recovery in between.
  await killAfter(program, 900);
  if (!existsSync(join(archive, 'a'))) await ingestCatalog(options);
  expect(await verifyCollection(await openCollection(join(archive, 'a')), engine)).toMatchObject({ rows: ROWS, issues: [] });
  await engine.close();
});

/** Kills the program so many milliseconds after it says that it begins. */
function killAfter(program: string, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), milliseconds));
    child.once('exit', () => resolve());
  });
}
