import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASSOCIATION_COLUMNS, createApdb } from '@almagest/apdb';
import { circleDeg } from '@almagest/sphere';
import { sampleVisit } from '../archive/apdb/test/sample-visit.ts';

/**
 * The alert database on SQLite as a survey grows: one detector's field of 15,000 objects, seen 27 times a year.
 * Each line gives the reading of the twelve months before (15,000 objects and 400,000 sources in full years) and the writing of a visit.
 */
const OBJECTS = Number(process.env['OBJECTS'] ?? 15_000);
const YEARS = Number(process.env['YEARS'] ?? 3);
const VISITS_A_YEAR = 27;
const FIELD = circleDeg(150, 2, 0.15);

const folder = mkdtempSync(join(tmpdir(), 'apdb-growth-'));
try {
  const path = join(folder, 'apdb.sqlite3');
  const apdb = await createApdb({ address: path });
  for (let year = 1; year <= YEARS; year += 1) {
    let write = Infinity;
    for (let k = 0; k < VISITS_A_YEAR; k += 1) {
      const visitMjdTai = 60_000 + 365 * (year - 1) + (365 * k) / VISITS_A_YEAR;
      const batch = sampleVisit({ seed: 1, visit: BigInt(Math.round(visitMjdTai * 1000)), detector: 94, visitMjdTai, objects: OBJECTS });
      const start = performance.now();
      await apdb.store(batch);
      if (k > VISITS_A_YEAR - 4) write = Math.min(write, performance.now() - start);
    }
    const untilMjdTai = 60_000 + 365 * year;
    const times = { objects: Infinity, sources: Infinity, all: Infinity };
    let found = [0, 0];
    for (let repeat = 0; repeat < 3; repeat += 1) {
      let start = performance.now();
      const objects = await apdb.getDiaObjects(FIELD);
      times.objects = Math.min(times.objects, performance.now() - start);
      start = performance.now();
      const sources = await apdb.getDiaSources({ region: FIELD, untilMjdTai, columns: ASSOCIATION_COLUMNS });
      times.sources = Math.min(times.sources, performance.now() - start);
      found = [objects.nrows, sources.nrows];
    }
    const start = performance.now();
    await apdb.getDiaSources({ region: FIELD, untilMjdTai });
    times.all = performance.now() - start;
    const more = { year, objects: found[0], sources: found[1], fileMb: Math.round(statSync(path).size / 2 ** 20) };
    report('apdb: read objects and their history, columns of association', (times.objects + times.sources) / 1000, '2 s', more);
    report('apdb: read history, all 103 columns', times.all / 1000, null, more);
    report('apdb: write a visit where every object is seen', write / 1000, '2 s', more);
  }
  await apdb.close();
} finally {
  rmSync(folder, { recursive: true });
}

function report(bench: string, ours: number, target: string | null, more: object): void {
  console.log(JSON.stringify({ bench, ours_s: Number(ours.toFixed(3)), peer: null, peer_s: null, ratio: null, target, ...more }));
}
