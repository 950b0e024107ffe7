import { circleDeg } from '@almagest/sphere';
import { getColumn } from '@almagest/table';
import { expect, test } from 'vitest';
import { FIRST_OBJECT, sampleVisit } from '../../test/sample-visit.ts';
import { createApdb } from '../sql/open-apdb.ts';
import { mergeDuplicates } from './merge-duplicates.ts';

test('objects made twice by visits processed at the same time become one, once', async () => {
  const apdb = await createApdb({ address: ':memory:' });
  const SECOND = FIRST_OBJECT + 1000n;
  // The same field, so the same positions; the second visit knew nothing of the first.
  await apdb.store(sampleVisit({ seed: 4, visit: 1n, detector: 1, visitMjdTai: 61_000, objects: 8 }));
  await apdb.store(sampleVisit({ seed: 4, visit: 2n, detector: 1, visitMjdTai: 61_000.01, objects: 8, firstObject: SECOND }));
  const merged = await mergeDuplicates(apdb, { processedMjdTai: 61_001 });
  expect(merged).toEqual(
    Array.from({ length: 8 }, (_, i) => ({ diaObjectId: SECOND + BigInt(i), into: FIRST_OBJECT + BigInt(i), sources: 1 })),
  );
  const left = await apdb.getDiaObjects(circleDeg(150, 2, 1));
  expect([...getColumn(left, 'nDiaSources').data]).toEqual(Array.from({ length: 8 }, () => 2));
  expect((await apdb.getDiaSources({ diaObjectIds: BigInt64Array.of(FIRST_OBJECT), untilMjdTai: 61_001 })).nrows).toBe(2);
  expect(await mergeDuplicates(apdb, { processedMjdTai: 61_002 })).toEqual([]);
  await apdb.close();
});
