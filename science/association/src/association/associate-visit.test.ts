import { createRandom } from '@almagest/numerics';
import { type Column, concatTables, getColumn, makeColumn, makeTable, rowsOf, type Table, withColumn } from '@almagest/table';
import { expect, test } from 'vitest';
import { packDiaId, unpackDiaId } from '../ids/dia-ids.ts';
import { associateVisit, type Association } from './associate-visit.ts';

const T0 = 61_000;

function column(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
}

interface Star {
  readonly ra: number;
  readonly dec: number;
}

/** Detections of stars with errors of 0.1 arcsec. */
function detect(stars: readonly Star[], visit: bigint, time: number): Table {
  const random = createRandom(Number(visit));
  const n = stars.length;
  const flux = stars.map(() => random.normal(1000, 50));
  const fill = (value: number): number[] => Array.from({ length: n }, () => value);
  return makeTable([
    column(
      'ra',
      stars.map(({ ra }) => ra + random.normal(0, 0.1 / 3600)),
    ),
    column(
      'dec',
      stars.map(({ dec }) => dec + random.normal(0, 0.1 / 3600)),
    ),
    column('raErr', fill(0.1 / 3600)),
    column('decErr', fill(0.1 / 3600)),
    column('midpointMjdTai', fill(time)),
    column('psfFlux', flux),
    column('psfFluxErr', fill(50)),
    makeColumn({ name: 'band', datatype: 'string', data: stars.map(() => 'r') }),
  ]);
}

const STARS = Array.from({ length: 50 }, (_, i) => ({ ra: 150 + (i % 10) * 0.01, dec: 2 + Math.floor(i / 10) * 0.01 }));
const NO_OBJECTS = makeTable([
  makeColumn({ name: 'diaObjectId', datatype: 'int64', data: new BigInt64Array(0) }),
  column('ra', []),
  column('dec', []),
]);
const NO_SOURCES = withColumn(
  makeTable([makeColumn({ name: 'diaSourceId', datatype: 'int64', data: new BigInt64Array(0) })]),
  column('ra', []),
);

/** Runs visits one after another over a memory that behaves as the database does. */
function survey(visits: readonly { visit: bigint; time: number; sources: Table }[]): {
  objects: Map<string, Record<string, unknown>>;
  sources: Table[];
} {
  const versions = new Map<string, Record<string, unknown>>();
  const sources: Table[] = [];
  let latest: Table = NO_OBJECTS;
  for (const { visit, time, sources: found } of visits) {
    const history = sources.length > 0 ? concatTables(sources) : NO_SOURCES;
    const result = associateVisit({ visit, detector: 0, visitMjdTai: time, sources: found, objects: latest, history });
    sources.push(result.sources);
    for (const row of rowsOf(result.objects)) versions.set(`${row['diaObjectId'] as bigint} ${row['validityStartMjdTai'] as number}`, row);
    latest = latestOf(latest, result.objects);
  }
  return { objects: versions, sources };
}

function latestOf(old: Table, fresh: Table): Table {
  const rows = new Map<bigint, { table: Table; row: number; start: number }>();
  for (const table of [old, fresh]) {
    const ids = getColumn(table, 'diaObjectId').data as BigInt64Array;
    for (let row = 0; row < ids.length; row++) rows.set(ids[row], { table, row, start: row });
  }
  const entries = [...rows];
  const value = (name: string): number[] => entries.map(([, { table, row }]) => getColumn(table, name).data[row] as number);
  return makeTable([
    makeColumn({ name: 'diaObjectId', datatype: 'int64', data: BigInt64Array.from(entries, ([id]) => id) }),
    column('ra', value('ra')),
    column('dec', value('dec')),
    column(
      'raErr',
      entries.map(() => 0.05 / 3600),
    ),
    column(
      'decErr',
      entries.map(() => 0.05 / 3600),
    ),
  ]);
}

test('first visit makes an object of each source, named after it; the second links all', () => {
  const first = associateVisit({
    visit: 1n,
    detector: 7,
    visitMjdTai: T0,
    sources: detect(STARS, 1n, T0),
    objects: NO_OBJECTS,
    history: NO_SOURCES,
  });
  expect([first.newCount, first.updatedCount, first.objects.nrows]).toEqual([50, 0, 50]);
  const ids = [...(getColumn(first.sources, 'diaObjectId').data as BigInt64Array)];
  expect(ids).toEqual([...(getColumn(first.sources, 'diaSourceId').data as BigInt64Array)]);
  expect(unpackDiaId(ids[3])).toEqual({ visit: 1n, detector: 7, number: 3 });
  const second = associateVisit({
    visit: 2n,
    detector: 7,
    visitMjdTai: T0 + 1,
    sources: detect(STARS, 2n, T0 + 1),
    objects: first.objects,
    history: first.sources,
  });
  expect([second.newCount, second.updatedCount]).toEqual([0, 50]);
  const [row] = [...rowsOf(second.objects)];
  expect(row).toMatchObject({
    diaObjectId: ids[0],
    nDiaSources: 2,
    r_psfFluxNdata: 2,
    g_psfFluxNdata: 0,
    firstDiaSourceMjdTai: T0,
    lastDiaSourceMjdTai: T0 + 1,
  });
  expect(Math.abs((row['ra'] as number) - STARS[0].ra) * 3600).toBeLessThan(0.3);
});

test('a repeated run gives the same answer to the last bit', () => {
  const run = (): Association =>
    associateVisit({ visit: 1n, detector: 7, visitMjdTai: T0, sources: detect(STARS, 1n, T0), objects: NO_OBJECTS, history: NO_SOURCES });
  expect(run()).toEqual(run());
});

test('objects and their summaries do not depend on the order of visits, but for the name', () => {
  const visits = [1n, 2n, 3n, 4n].map((visit) => ({ visit, time: T0 + Number(visit), sources: detect(STARS, visit, T0 + Number(visit)) }));
  const [a, b, c, d] = visits;
  const summary = (order: typeof visits): unknown => {
    const { objects, sources } = survey(order);
    const last = [...objects.values()].filter((row) => row['lastDiaSourceMjdTai'] === T0 + 4 && row['validityStartMjdTai'] === T0 + 4);
    const links = sources.map((table) => {
      const ids = getColumn(table, 'diaObjectId').data as BigInt64Array;
      const sourceIds = getColumn(table, 'diaSourceId').data as BigInt64Array;
      return [sourceIds[0], unpackDiaId(ids[0]).number, [...ids].map((id) => unpackDiaId(id).number)];
    });
    return {
      // Each star keeps its place in the list of every visit, so that the running number names the star.
      objects: last
        .map((row) => ({ ...row, diaObjectId: unpackDiaId(row['diaObjectId'] as bigint).number }))
        .toSorted((p, q) => p.diaObjectId - q.diaObjectId),
      links: links.toSorted((p, q) => (p[0] < q[0] ? -1 : 1)),
    };
  };
  const expected = summary([a, b, c, d]);
  expect(summary([d, c, b, a])).toEqual(expected);
  expect(summary([c, a, d, b])).toEqual(expected);
});

test('known Solar System objects come first and make no object', () => {
  const result = associateVisit({
    visit: 1n,
    detector: 0,
    visitMjdTai: T0,
    sources: detect(STARS, 1n, T0),
    objects: NO_OBJECTS,
    history: NO_SOURCES,
    movingObjects: { ssObjectId: BigInt64Array.of(99n), ra: Float64Array.of(STARS[4].ra), dec: Float64Array.of(STARS[4].dec) },
  });
  expect(result.movingCount).toBe(1);
  expect([...rowsOf(result.sources)][4]).toMatchObject({ ssObjectId: 99n, diaObjectId: null });
  expect(result.objects.nrows).toBe(49);
});

test('unreliable and flagged sources make no object but may belong to one', () => {
  const sources = detect(STARS, 1n, T0);
  const doubtful = withColumn(
    withColumn(
      sources,
      column(
        'reliability',
        STARS.map((_, i) => (i === 0 ? 0.05 : 0.9)),
      ),
    ),
    makeColumn({ name: 'pixelFlags_crCenter', datatype: 'boolean', data: Uint8Array.from(STARS, (_, i) => (i === 1 ? 1 : 0)) }),
  );
  const result = associateVisit({ visit: 1n, detector: 0, visitMjdTai: T0, sources: doubtful, objects: NO_OBJECTS, history: NO_SOURCES });
  expect([result.newCount, result.unassociatedCount]).toEqual([48, 2]);
  const seen = associateVisit({ visit: 0n, detector: 0, visitMjdTai: T0 - 1, sources, objects: NO_OBJECTS, history: NO_SOURCES });
  const again = associateVisit({
    visit: 1n,
    detector: 0,
    visitMjdTai: T0,
    sources: doubtful,
    objects: seen.objects,
    history: seen.sources,
  });
  expect(again.updatedCount).toBe(50);
});

test('refuses a detector that would flood the sky with objects, and takes one without sources', () => {
  const input = { visit: 1n, detector: 0, visitMjdTai: T0, sources: detect(STARS, 1n, T0), objects: NO_OBJECTS, history: NO_SOURCES };
  expect(() => associateVisit(input, { maxNewObjects: 49 })).toThrow(/limit is 49/);
  expect(associateVisit({ ...input, sources: detect([], 1n, T0) })).toMatchObject({ newCount: 0, updatedCount: 0 });
  expect(packDiaId({ visit: 1n, detector: 0, number: 0 })).toBe(4_194_304n);
});
