import { njyOfMagnitude } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { readPipelineDocument, resolvePipeline, runTask } from '@almagest/pipeline';
import { columnFromCells, makeTable, type Table } from '@almagest/table';
import { expect, test } from 'vitest';
import { type MetricsReport, parseMetricsReport } from '../report/metrics-report.ts';

import { compareTruthTask, matchVisitsTask, measureKpmTask } from './index.ts';

const STARS = 200;
const random = createRandom(29);
const PLACES = Array.from({ length: STARS }, () => [150 + 0.2 * random.uniform(), 2 + 0.2 * random.uniform()] as const);
const MAGS = PLACES.map((_, i) => 18 + i * 0.015);

/** Sources of one visit with errors of 10 mas and 4 mmag. */
function visitTable(visit: number): Table {
  const float = (name: string, cell: (i: number) => number, unit = '') =>
    columnFromCells(
      { name, datatype: 'float64', unit },
      PLACES.map((_, i) => cell(i)),
    );
  const sigma = 0.01 / 3600;
  const flux = MAGS.map((mag) => njyOfMagnitude(mag) * (1 + 0.00368 * random.normal()));
  return makeTable([
    columnFromCells(
      { name: 'visit', datatype: 'int64' },
      PLACES.map(() => BigInt(visit)),
    ),
    columnFromCells(
      { name: 'band', datatype: 'string' },
      PLACES.map(() => 'r'),
    ),
    float('coord_ra', () => Number.NaN, 'deg'),
    float('coord_dec', () => Number.NaN, 'deg'),
    float('ra', (i) => (PLACES[i]?.[0] ?? 0) + (sigma * random.normal()) / Math.cos(0.0367), 'deg'),
    float('dec', (i) => (PLACES[i]?.[1] ?? 0) + sigma * random.normal(), 'deg'),
    float('raErr', () => sigma, 'deg'),
    float('decErr', () => sigma, 'deg'),
    float('psfFlux', (i) => flux[i] ?? 0, 'nJy'),
    float('psfFluxErr', (i) => 0.00368 * (flux[i] ?? 0), 'nJy'),
  ]);
}

function valueOf(report: MetricsReport, name: string): number {
  return report.metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
}

test('from the sources of ten visits to metrics with verdicts (seed 29)', async () => {
  const sources = Array.from({ length: 10 }, (_, visit) => ({ dataId: { visit }, get: async () => visitTable(visit) }));
  const dataId = { instrument: 'Test', skymap: 'rings', tract: 1, band: 'r' };
  const first = await runTask(matchVisitsTask, { inputs: { sources }, dataId });
  const matched = first.outputs['matched'] as Table;
  expect(matched.nrows).toBe(10 * STARS);
  const second = await runTask(measureKpmTask, { inputs: { matched }, dataId });
  const report = parseMetricsReport(JSON.parse(JSON.stringify(second.outputs['metrics'])));
  // The median of chi-square with 9 degrees of freedom is 8.343: a scatter of 4 mmag about the mean of ten has median 3.65, dividing by ten.
  expect(valueOf(report, 'PA1')).toBeGreaterThan(3.45);
  expect(valueOf(report, 'PA1')).toBeLessThan(3.85);
  // Two stars along one axis, and the same median, dividing by nine.
  expect(valueOf(report, 'AM1') / (10 * Math.SQRT2 * Math.sqrt(8.343 / 9))).toBeCloseTo(1, 1);
  expect(report.metrics.find(({ name }) => name === 'PA1')?.verdict).toBe('design');
});

test('sources of a detector are compared with what was simulated there (seed 29)', async () => {
  const truth = makeTable([
    columnFromCells(
      { name: 'exposureId', datatype: 'int64' },
      PLACES.map(() => 7n),
    ),
    columnFromCells(
      { name: 'detector', datatype: 'int32' },
      PLACES.map((_, i) => (i < 190 ? 3 : 4)),
    ),
    columnFromCells(
      { name: 'kind', datatype: 'string' },
      PLACES.map(() => 'star'),
    ),
    ...(['ra', 'dec'] as const).map((name, axis) =>
      columnFromCells(
        { name, datatype: 'float64', unit: 'deg' },
        PLACES.map((place) => place[axis] ?? 0),
      ),
    ),
    columnFromCells({ name: 'mag', datatype: 'float64' }, MAGS),
  ]);
  const { outputs } = await runTask(compareTruthTask, {
    inputs: { sources: visitTable(7), truth },
    dataId: { instrument: 'Test', visit: 7, detector: 3 },
  });
  const report = parseMetricsReport(outputs['metrics']);
  expect(valueOf(report, 'completeness')).toBe(100);
  expect(valueOf(report, 'purity')).toBe(95);
  expect(valueOf(report, 'fluxPullWidth')).toBeGreaterThan(0.8);
  expect(valueOf(report, 'fluxPullWidth')).toBeLessThan(1.2);
  expect(valueOf(report, 'raPullWidth')).toBeCloseTo(1, 0);
});

test('the pipeline of verification resolves', async () => {
  const document = readPipelineDocument(new URL('../../../../pipelines/verify.yaml', import.meta.url).pathname);
  const pipeline = await resolvePipeline(document);
  expect([...pipeline.tasks.keys()].toSorted()).toEqual(['compareTruth', 'matchVisits', 'measureKpm', 'recoverInjected']);
});
