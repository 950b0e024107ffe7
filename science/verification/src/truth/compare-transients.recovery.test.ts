import { njyOfMagnitude } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { columnFromCells, makeTable } from '@almagest/table';
import { expect, test } from 'vitest';
import { compareTransients, type PlantedChanges } from './compare-transients.ts';

import { plantedChanges } from './tables.ts';

const ARCSEC = Math.PI / 180 / 3600;

test('recovers the share found of each kind and the false fraction (seed 5)', () => {
  const random = createRandom(5);
  const kinds = ['asteroid', 'transient', 'variable'];
  const n = 1200;
  const noise = 100;
  const planted: PlantedChanges = {
    visit: Array.from({ length: n }, (_, i) => i % 4),
    id: Array.from({ length: n }, (_, i) => i >> 2),
    kind: Array.from({ length: n }, (_, i) => kinds[(i >> 2) % 3]),
    ra: Float64Array.from({ length: n }, () => random.uniform() * 0.02),
    dec: Float64Array.from({ length: n }, () => random.uniform() * 0.02),
    // Signal to noise 10, or 3 for every tenth thing; half of the changes are fadings.
    flux: Float64Array.from({ length: n }, (_, i) => ((i >> 2) % 10 === 0 ? 3 : 10) * noise * (i % 2 === 0 ? 1 : -1)),
  };
  // Every change is detected but those of the asteroids in visit 3, and there are 50 false ones far away.
  const seen = [...planted.ra.keys()].filter((i) => !(planted.kind[i] === 'asteroid' && planted.visit[i] === 3));
  const spurious = 50;
  const detections = {
    visit: [...seen.map((i) => planted.visit[i]), ...Array.from({ length: spurious }, (_, i) => i % 4)],
    ra: Float64Array.from([
      ...seen.map((i) => planted.ra[i] + 0.05 * ARCSEC),
      ...Array.from({ length: spurious }, () => 1 + random.uniform()),
    ]),
    dec: Float64Array.from([...seen.map((i) => planted.dec[i]), ...Array.from({ length: spurious }, () => random.uniform())]),
    snr: new Float64Array(seen.length + spurious).fill(10),
    flux: Float64Array.from([
      ...seen.map((i) => planted.flux[i] + noise * random.normal()),
      ...Array.from({ length: spurious }, () => 500),
    ]),
    fluxErr: new Float64Array(seen.length + spurious).fill(noise),
  };
  const result = compareTransients(detections, planted, { radiusArcsec: 0.5 });
  expect(result.kinds.map(({ kind }) => kind)).toEqual(kinds);
  const [asteroid, transient, variable] = result.kinds;
  expect([transient?.completeness, variable?.completeness]).toEqual([1, 1]);
  expect(asteroid?.completeness).toBe(0.75);
  expect([asteroid?.plantedThings, asteroid?.foundThings]).toEqual([90, 90]);
  expect(result.all.planted).toBe(1080);
  expect(result.falseDetections).toBe(spurious);
  expect(result.falseFraction).toBeCloseTo(spurious / detections.ra.length, 12);
  expect(result.accuracy.raMas.median).toBeCloseTo(50, 1);
  expect(result.accuracy.fluxPull.width).toBeGreaterThan(0.9);
  expect(result.accuracy.fluxPull.width).toBeLessThan(1.1);
  expect(result.visits.reduce((sum, visit) => sum + visit.falseDetections, 0)).toBe(spurious);
});

test('changes are flux less the mean in the template; an asteroid has none there', () => {
  const rows = [
    // Template exposures 1 and 2, science exposure 3.
    [1, 7, 'variable', 20],
    [2, 7, 'variable', 21],
    [3, 7, 'variable', 20],
    [2, 8, 'transient', 22],
    [3, 8, 'transient', 21],
    [1, 9, 'asteroid', 20],
    [3, 9, 'asteroid', 20],
    [3, 1, 'star', 18],
  ] as const;
  const column = (name: string, datatype: 'int64' | 'string' | 'float64', cells: readonly (bigint | string | number)[]) =>
    columnFromCells({ name, datatype }, cells);
  const table = makeTable([
    column(
      'exposureId',
      'int64',
      rows.map(([exposure]) => BigInt(exposure)),
    ),
    column(
      'id',
      'int64',
      rows.map(([, id]) => BigInt(id)),
    ),
    column(
      'kind',
      'string',
      rows.map(([, , kind]) => kind),
    ),
    column(
      'ra',
      'float64',
      rows.map(() => 10),
    ),
    column(
      'dec',
      'float64',
      rows.map(() => 10),
    ),
    column(
      'mag',
      'float64',
      rows.map(([, , , mag]) => mag),
    ),
  ]);
  const changes = plantedChanges(table, { visits: [3], templateVisits: [1, 2] });
  expect(changes.kind).toEqual(['variable', 'transient', 'asteroid']);
  const [variable, transient, asteroid] = changes.flux;
  expect(variable).toBeCloseTo(njyOfMagnitude(20) - (njyOfMagnitude(20) + njyOfMagnitude(21)) / 2, 6);
  expect(transient).toBeCloseTo(njyOfMagnitude(21) - njyOfMagnitude(22) / 2, 6);
  expect(asteroid).toBeCloseTo(njyOfMagnitude(20), 6);
});
