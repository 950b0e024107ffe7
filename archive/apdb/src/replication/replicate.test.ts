import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getColumn, rowsOf } from '@almagest/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FIRST_OBJECT, sampleVisit } from '../../test/sample-visit.ts';
import { createApdb } from '../sql/open-apdb.ts';
import type { SqlApdb } from '../sql/sql-apdb.ts';
import { readReplica, REPLICATED_TABLES, replicatedChunks, replicateToParquet } from './replicate.ts';

let folder: string;
let apdb: SqlApdb;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'replica-'));
  apdb = await createApdb({ address: ':memory:' });
});
afterEach(async () => {
  await apdb.close();
  rmSync(folder, { recursive: true });
});

const visits = [0, 1, 2].map((day) =>
  sampleVisit({ seed: 1, visit: BigInt(100 + day), detector: 3, visitMjdTai: 61_000 + day, objects: 6 }),
);

test('a replica has the same rows as the database, updates and validity included, chunk by chunk', async () => {
  const [first] = getColumn(visits[0]!.sources, 'diaSourceId').data as BigInt64Array;
  // The late visit comes last: the replica must still end each version where the next begins.
  for (const [i, visit] of [visits[0]!, visits[2]!, visits[1]!].entries()) await apdb.store({ ...visit, processedMjdTai: 61_010 + i });
  await apdb.applyUpdates(
    [
      { kind: 'withdraw-source', diaSourceId: first!, timeMjdTai: 61_013 },
      { kind: 'close-validity', diaObjectId: FIRST_OBJECT, timeMjdTai: 61_013 },
      { kind: 'reassign-to-object', diaSourceId: first! + 1n, diaObjectId: FIRST_OBJECT + 4n },
    ],
    61_013,
  );
  const chunks = (await apdb.getReplicaChunks()).map((chunk) => chunk.id);
  const expected = new Map<string, unknown>();
  for (const table of REPLICATED_TABLES) expected.set(table, sorted([...rowsOf(await apdb.getChunkRows(table, chunks))]));
  expect(await replicateToParquet(apdb, folder, 61_011.0001)).toHaveLength(1);
  expect(await replicateToParquet(apdb, folder, 61_020)).toHaveLength(3);
  expect(await replicateToParquet(apdb, folder, 61_020)).toHaveLength(0);
  expect(await replicatedChunks(folder)).toEqual(chunks);
  for (const table of REPLICATED_TABLES) expect(sorted([...rowsOf(await readReplica(folder, table))])).toEqual(expected.get(table));
});

test('the chunk that visits may still add to stays in the database', async () => {
  await apdb.store({ ...visits[0]!, processedMjdTai: 61_010 });
  expect(await replicateToParquet(apdb, folder, 61_010.001)).toEqual([]);
  expect(await apdb.getReplicaChunks()).toHaveLength(1);
});

function sorted(rows: readonly Record<string, unknown>[]): unknown {
  const key = (row: Record<string, unknown>): string =>
    ['diaSourceId', 'diaObjectId', 'visit', 'validityStartMjdTai'].map((name) => String(row[name])).join('|');
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
