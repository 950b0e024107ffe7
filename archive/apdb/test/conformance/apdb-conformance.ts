import { circleDeg } from '@almagest/sphere';
import { columnFromCells, getColumn, rowsOf, takeRows, type Table } from '@almagest/table';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Apdb, type ReplicatedTable, VisitDetectorConflictError } from '../../src/index.ts';
import { FIRST_OBJECT, floatColumn, idColumn, sampleVisit } from '../sample-visit.ts';

const FIELD = circleDeg(150, 2, 1);
const T0 = 61_000;

/** All rows that replicate, as plain data: what "the same database" means. */
export async function contents(apdb: Apdb): Promise<unknown> {
  const chunks = (await apdb.getReplicaChunks()).map((chunk) => chunk.id);
  const tables: ReplicatedTable[] = ['DiaObject', 'DiaSource', 'DiaForcedSource', 'SSSource'];
  const rows = [];
  for (const table of tables) rows.push([table, [...rowsOf(await apdb.getChunkRows(table, chunks))]]);
  return { chunks, rows, updates: await apdb.getUpdateRecords(chunks) };
}

/** What every implementation of the alert database must do. `make` gives an empty one each time. */
export function apdbConformance(name: string, make: () => Promise<Apdb>): void {
  describe(`alert database on ${name}`, () => {
    let apdb: Apdb;
    beforeEach(async () => {
      apdb = await make();
    });
    afterEach(async () => await apdb.close());

    const first = sampleVisit({ seed: 1, visit: 2026_11_20_000_01n, detector: 3, visitMjdTai: T0, objects: 20 });
    const second = sampleVisit({ seed: 1, visit: 2026_11_20_000_09n, detector: 3, visitMjdTai: T0 + 1, objects: 20 });
    const third = sampleVisit({ seed: 1, visit: 2026_11_20_000_17n, detector: 3, visitMjdTai: T0 + 2, objects: 12 });

    test('gives back exactly the rows that were stored, 64-bit ids included', async () => {
      expect(await apdb.store(first)).toMatchObject({ stored: true });
      const sources = await apdb.getDiaSources({ region: FIELD, untilMjdTai: T0 + 1 });
      expect(sources.nrows).toBe(20);
      const given = [...rowsOf(first.sources)];
      const back = [...rowsOf(sources)];
      expect(new Set(back.map((row) => row['diaSourceId']))).toEqual(new Set(given.map((row) => row['diaSourceId'])));
      for (const row of given) {
        const same = back.find((candidate) => candidate['diaSourceId'] === row['diaSourceId']);
        for (const [key, value] of Object.entries(row)) expect([key, same?.[key]]).toEqual([key, value]);
        expect(same).toMatchObject({ visit: first.visit, detector: 3, psfNdata: 0, ssObjectId: null, timeProcessedMjdTai: T0 + 0.001 });
      }
      const forced = await apdb.getDiaForcedSources({ region: FIELD, untilMjdTai: T0 + 1 });
      expect(forced.nrows).toBe(20);
      expect(getColumn(forced, 'diaObjectId').data).toEqual(BigInt64Array.from({ length: 20 }, (_, i) => FIRST_OBJECT + BigInt(i)));
    });

    test('trims objects to the region and takes histories by pixel or by id', async () => {
      await apdb.store(first);
      const ra = getColumn(first.objects, 'ra').data[4] as number;
      const dec = getColumn(first.objects, 'dec').data[4] as number;
      const one = await apdb.getDiaObjects(circleDeg(ra, dec, 1 / 3600));
      expect([...getColumn(one, 'diaObjectId').data]).toEqual([FIRST_OBJECT + 4n]);
      expect((await apdb.getDiaObjects(circleDeg(10, 2, 1))).nrows).toBe(0);
      const ids = BigInt64Array.of(FIRST_OBJECT + 4n, FIRST_OBJECT + 9n, 5n);
      const sources = await apdb.getDiaSources({ diaObjectIds: ids, untilMjdTai: T0 + 1, columns: ['diaObjectId', 'psfFlux'] });
      expect(sources.columns.map((column) => column.name)).toEqual(['diaObjectId', 'psfFlux']);
      expect([...getColumn(sources, 'diaObjectId').data]).toEqual([FIRST_OBJECT + 4n, FIRST_OBJECT + 9n]);
      const near = await apdb.getDiaSources({ region: circleDeg(ra, dec, 1 / 3600), untilMjdTai: T0 + 1 });
      expect([...getColumn(near, 'diaObjectId').data]).toContain(FIRST_OBJECT + 4n);
    });

    test('keeps to the window of time: twelve months by default, end excluded', async () => {
      await apdb.store(first);
      await apdb.store(second);
      const count = async (until: number, from?: number): Promise<number> =>
        (await apdb.getDiaSources({ region: FIELD, untilMjdTai: until, ...(from === undefined ? {} : { fromMjdTai: from }) })).nrows;
      expect(await count(T0)).toBe(0);
      expect(await count(T0 + 1)).toBe(20);
      expect(await count(T0 + 2)).toBe(40);
      expect(await count(T0 + 365)).toBe(40);
      expect(await count(T0 + 366)).toBe(20);
      expect(await count(T0 + 2, T0 + 0.5)).toBe(20);
    });

    test('knows which visits and detectors it holds', async () => {
      expect(await apdb.containsVisitDetector(first.visit, 3)).toBe(false);
      await apdb.store(first);
      expect(await apdb.containsVisitDetector(first.visit, 3)).toBe(true);
      expect(await apdb.containsVisitDetector(first.visit, 4)).toBe(false);
      expect(await apdb.getVisitDetector(first.visit, 3)).toMatchObject({ visit: first.visit, sources: 20, visitMjdTai: T0 });
    });

    test('storing a visit again does nothing; storing other rows for it is refused and changes nothing', async () => {
      await apdb.store(first);
      const before = await contents(apdb);
      expect(await apdb.store({ ...first, processedMjdTai: T0 + 3 })).toMatchObject({ stored: false });
      const other = { ...first, sources: takeRows(first.sources, [0, 1, 2]) };
      await expect(apdb.store(other)).rejects.toThrow(VisitDetectorConflictError);
      expect(await contents(apdb)).toEqual(before);
    });

    test('holds the same rows whatever the order in which visits arrive', async () => {
      const orders = [
        [first, second, third],
        [third, second, first],
        [second, first, third, second],
        [first, third, second, first],
      ];
      const found: unknown[] = [];
      for (const order of orders) {
        const fresh = await make();
        for (const batch of order) await fresh.store(batch);
        found.push(await contents(fresh));
        await fresh.close();
      }
      for (const other of found.slice(1)) expect(other).toEqual(found[0]);
    });

    test('each version of an object ends where the next begins', async () => {
      for (const batch of [third, first, second]) await apdb.store(batch);
      const chunks = (await apdb.getReplicaChunks()).map((chunk) => chunk.id);
      const rows = [...rowsOf(await apdb.getChunkRows('DiaObject', chunks))].filter((row) => row['diaObjectId'] === FIRST_OBJECT);
      expect(rows.map((row) => [row['validityStartMjdTai'], row['validityEndMjdTai']])).toEqual([
        [T0, T0 + 1],
        [T0 + 1, T0 + 2],
        [T0 + 2, null],
      ]);
      const latest = await apdb.getDiaObjects(FIELD);
      expect(latest.nrows).toBe(20);
      expect((await apdb.getDiaObjectsById(BigInt64Array.of(FIRST_OBJECT))).nrows).toBe(1);
    });

    test('changes single rows once, in order, and records them', async () => {
      await apdb.store(first);
      const [a, b, c] = getColumn(first.sources, 'diaSourceId').data as BigInt64Array;
      const updates = [
        { kind: 'reassign-to-object', diaSourceId: a!, diaObjectId: FIRST_OBJECT + 7n },
        { kind: 'reassign-to-ss-object', diaSourceId: b!, ssObjectId: 77n, timeMjdTai: T0 + 3 },
        { kind: 'withdraw-source', diaSourceId: c!, timeMjdTai: T0 + 3 },
        { kind: 'withdraw-forced-source', diaObjectId: FIRST_OBJECT, visit: first.visit, detector: 3, timeMjdTai: T0 + 3 },
        { kind: 'close-validity', diaObjectId: FIRST_OBJECT, timeMjdTai: T0 + 3 },
        { kind: 'set-source-count', diaObjectId: FIRST_OBJECT + 7n, nDiaSources: 2 },
      ] as const;
      await apdb.applyUpdates(updates, T0 + 3);
      await apdb.applyUpdates(updates, T0 + 3);
      const ids = BigInt64Array.of(FIRST_OBJECT + 7n);
      const moved = await apdb.getDiaSources({ diaObjectIds: ids, untilMjdTai: T0 + 1 });
      expect(moved.nrows).toBe(2);
      const all = await apdb.getVisitSources(first.visit, 3);
      const of = (id: bigint): unknown => [...rowsOf(all)].find((row) => row['diaSourceId'] === id);
      expect(of(b!)).toMatchObject({ diaObjectId: null, ssObjectId: 77n, ssObjectReassocTimeMjdTai: T0 + 3 });
      expect(of(c!)).toMatchObject({ timeWithdrawnMjdTai: T0 + 3 });
      expect((await apdb.getDiaSources({ region: FIELD, untilMjdTai: T0 + 1 })).nrows).toBe(19);
      expect((await apdb.getDiaSources({ region: FIELD, untilMjdTai: T0 + 1, withdrawn: true })).nrows).toBe(20);
      expect((await apdb.getDiaForcedSources({ region: FIELD, untilMjdTai: T0 + 1 })).nrows).toBe(19);
      expect((await apdb.getDiaObjects(FIELD)).nrows).toBe(19);
      const chunks = (await apdb.getReplicaChunks()).map((chunk) => chunk.id);
      expect((await apdb.getUpdateRecords(chunks)).map((record) => record.update)).toEqual(updates);
    });

    test('adds forced photometry of an earlier visit once, keeps what is there, and replicates it', async () => {
      await apdb.store(first);
      await apdb.store(third);
      const ids = getColumn(first.forcedSources!, 'diaObjectId').data as BigInt64Array;
      const late = takeRows(first.forcedSources!, [0, 1, 2]);
      const moved = {
        ...late,
        columns: late.columns.map((c) => (c.name === 'diaObjectId' ? { ...c, data: BigInt64Array.of(ids[0]!, 7n, 8n) } : c)),
      };
      expect(await apdb.storeForcedSources(first.visit, 3, moved, T0 + 5)).toBe(2);
      expect(await apdb.storeForcedSources(first.visit, 3, moved, T0 + 6)).toBe(0);
      expect(await apdb.getVisitDetector(first.visit, 3)).toMatchObject({ forcedSources: 22 });
      const found = await apdb.getDiaForcedSources({ diaObjectIds: BigInt64Array.of(ids[0]!, 7n), untilMjdTai: T0 + 1 });
      expect([...rowsOf(found)].map((row) => [row['diaObjectId'], row['visit'], row['timeProcessedMjdTai']])).toEqual([
        [7n, first.visit, T0 + 5],
        [ids[0], first.visit, T0 + 0.001],
      ]);
      const chunk = (await apdb.getReplicaChunks()).find(({ updatedMjdTai }) => updatedMjdTai === T0 + 5)!;
      expect((await apdb.getChunkRows('DiaForcedSource', [chunk.id])).nrows).toBe(2);
      expect(await apdb.store(first)).toMatchObject({ stored: false });
    });

    test('undoes all updates of a call where one names nothing', async () => {
      await apdb.store(first);
      const before = await contents(apdb);
      const [a] = getColumn(first.sources, 'diaSourceId').data as BigInt64Array;
      await expect(
        apdb.applyUpdates(
          [
            { kind: 'withdraw-source', diaSourceId: a!, timeMjdTai: T0 + 3 },
            { kind: 'withdraw-source', diaSourceId: 12n, timeMjdTai: T0 + 3 },
          ],
          T0 + 3,
        ),
      ).rejects.toMatchObject({ code: 'apdb.record-not-found' });
      expect(await contents(apdb)).toEqual(before);
    });

    test('replication chunks list, hand out and forget what was added', async () => {
      await apdb.store(first);
      await apdb.store(second);
      const chunks = await apdb.getReplicaChunks();
      expect(chunks).toHaveLength(2);
      expect((await apdb.getChunkRows('DiaSource', [chunks[0]!.id])).nrows).toBe(20);
      await apdb.deleteReplicaChunks([chunks[0]!.id]);
      expect(await apdb.getReplicaChunks()).toEqual([chunks[1]]);
      expect((await apdb.getDiaSources({ region: FIELD, untilMjdTai: T0 + 2 })).nrows).toBe(40);
    });

    test('offers new objects for deduplication until told otherwise', async () => {
      await apdb.store(first);
      await apdb.store(second);
      expect((await apdb.getDiaObjectsForDedup()).nrows).toBe(20);
      await apdb.resetDedup(T0 + 0.5);
      expect((await apdb.getDiaObjectsForDedup()).nrows).toBe(0);
    });

    test('finds sources that belong to nothing', async () => {
      const lonely: Table = { ...first.sources, columns: first.sources.columns.filter((column) => column.name !== 'diaObjectId') };
      await apdb.store({ ...first, sources: lonely, objects: takeRows(first.objects, []) });
      expect((await apdb.getUnassociatedSources(T0, T0 + 1)).nrows).toBe(20);
      expect((await apdb.getUnassociatedSources(T0 + 1, T0 + 2)).nrows).toBe(0);
    });

    test('replaces Solar System rows by key, keeps metadata, and stores empty visits', async () => {
      const base = [idColumn('ssObjectId', [5n, 6n]), floatColumn('arc', [1, 2])];
      const counts = ['nObs', ...['u', 'g', 'r', 'i', 'z', 'y'].flatMap((band) => [`${band}_nObs`, `${band}_nObsUsed`])];
      const make2 = (value: number): Table => ({
        nrows: 2,
        meta: {},
        columns: [
          ...base,
          ...counts.map((column) => ({ name: column, datatype: 'int32' as const, shape: [], data: new Int32Array(2).fill(value) })),
        ],
      });
      await apdb.replaceRows('SSObject', make2(1));
      await apdb.replaceRows('SSObject', make2(2));
      expect([...getColumn(await apdb.getRows('SSObject', BigInt64Array.of(6n, 5n)), 'nObs').data]).toEqual([2, 2]);
      expect(await apdb.getMetadata('x')).toBeUndefined();
      await apdb.setMetadata('x', 'y');
      await apdb.setMetadata('x', 'z');
      expect(await apdb.getMetadata('x')).toBe('z');
      const nothing = sampleVisit({ seed: 1, visit: 5n, detector: 0, visitMjdTai: T0, objects: 0 });
      expect(await apdb.store(nothing)).toMatchObject({ stored: true });
      expect(await apdb.containsVisitDetector(5n, 0)).toBe(true);
    });

    test('finds orbits by the designation of their object', async () => {
      const names = ['2026 AA1', '2026 BB2', '2026 CC3'];
      const orbits: Table = {
        nrows: 3,
        meta: {},
        columns: [
          idColumn('id', [1n, 2n, 3n]),
          ...['designation', 'packed_primary_provisional_designation', 'unpacked_primary_provisional_designation'].map((name) =>
            columnFromCells({ name, datatype: 'string' }, names),
          ),
          floatColumn('a', [2.5, 2.25, 2.75]),
        ],
      };
      await apdb.replaceRows('mpc_orbits', orbits);
      const found = await apdb.getOrbits(['2026 CC3', '2026 AA1', '2026 ZZ9', '2026 AA1']);
      expect([...rowsOf(found)].map((row) => [row['designation'], row['a']])).toEqual([
        ['2026 AA1', 2.5],
        ['2026 CC3', 2.75],
      ]);
      expect((await apdb.getOrbits([])).nrows).toBe(0);
    });

    test('names the column that is missing or unknown', async () => {
      const headless: Table = { ...first.sources, columns: first.sources.columns.filter((column) => column.name !== 'ra') };
      await expect(apdb.store({ ...first, sources: headless })).rejects.toMatchObject({
        code: 'apdb.bad-row',
        details: { table: 'DiaSource', column: 'ra' },
      });
      await expect(apdb.getDiaSources({ region: FIELD, untilMjdTai: T0, columns: ['flux'] })).rejects.toMatchObject({
        code: 'apdb.unknown-column',
      });
    });
  });
}
