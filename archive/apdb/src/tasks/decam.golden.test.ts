import { readFileSync } from 'node:fs';
import { associateVisit } from '@almagest/association';
import { bytesSource } from '@almagest/fits';
import { circleDeg } from '@almagest/sphere';
import { getColumn, readParquet, type Table, takeRows, withoutColumns } from '@almagest/table';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { createApdb } from '../sql/open-apdb.ts';
import { ASSOCIATION_COLUMNS } from './associate-detector.ts';

async function load(kind: string, visit: string, ccd: string): Promise<Table> {
  const path = dataPath(
    'dia-catalogs-decam-hits2015',
    `preloaded_dia_${kind}`,
    visit,
    `preloaded_dia_${kind}_DECam_${visit}_${ccd}_dia_catalogs_apdb.parq`,
  );
  return await readParquet(bytesSource(new Uint8Array(readFileSync(path))));
}

test.skipIf(!haveData).each([
  ['419802', 'S22'],
  ['419802', 'S26'],
  ['411420', 'S22'],
])('real DECam sources of visit %s, %s fall into the objects that the LSST pipelines made', async (visit, ccd) => {
  const sources = await load('source', visit, ccd);
  const visits = getColumn(sources, 'visit').data as BigInt64Array;
  const theirs = getColumn(sources, 'diaObjectId');
  const apdb = await createApdb({ address: ':memory:' });
  const field = circleDeg(getColumn(sources, 'ra').data[0] as number, getColumn(sources, 'dec').data[0] as number, 1);
  const ours = new Map<bigint, bigint>();
  for (const each of [...new Set(visits)].toSorted((a, b) => (a < b ? -1 : 1))) {
    const rows = Array.from(visits.keys()).filter((row) => visits[row] === each && !theirs.nulls?.[row]);
    const own = withoutColumns(takeRows(sources, rows), ['diaObjectId', 'ssObjectId', 'parentDiaSourceId']);
    const visitMjdTai = getColumn(own, 'midpointMjdTai').data[0] as number;
    const objects = await apdb.getDiaObjects(field);
    const window = { diaObjectIds: getColumn(objects, 'diaObjectId').data as BigInt64Array, untilMjdTai: visitMjdTai };
    const history = await apdb.getDiaSources({ ...window, columns: ASSOCIATION_COLUMNS });
    const detector = getColumn(own, 'detector').data[0] as number;
    const result = associateVisit(
      { visit: each, detector, visitMjdTai, sources: own, objects, history },
      { minReliability: 0, rejectFlags: [] },
    );
    await apdb.store({
      visit: each,
      detector,
      visitMjdTai,
      processedMjdTai: visitMjdTai + 1,
      objects: result.objects,
      sources: result.sources,
    });
    const ids = getColumn(result.sources, 'diaSourceId').data as BigInt64Array;
    ids.forEach((id, i) => ours.set(id, (getColumn(result.sources, 'diaObjectId').data as BigInt64Array)[i]!));
  }
  // Two sources are together in ours where they are together in theirs.
  const byTheirs = new Map<bigint, bigint[]>();
  const ids = getColumn(sources, 'diaSourceId').data as BigInt64Array;
  ids.forEach((id, row) => {
    if (theirs.nulls?.[row]) return;
    const object = (theirs.data as BigInt64Array)[row]!;
    byTheirs.set(object, [...(byTheirs.get(object) ?? []), ours.get(id)!]);
  });
  const groups = [...byTheirs.values()];
  const agreeing = groups.filter(
    (group) => new Set(group).size === 1 && group.length === [...ours.values()].filter((id) => id === group[0]).length,
  );
  expect(groups.length).toBeGreaterThan(100);
  expect(agreeing.length / groups.length).toBeGreaterThan(0.98);
  expect((await apdb.getDiaSources({ region: field, untilMjdTai: 1e6, fromMjdTai: 0 })).nrows).toBe(ours.size);
  await apdb.close();
});
