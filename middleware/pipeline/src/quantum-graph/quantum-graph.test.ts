import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { datasetsOf, type SurveyOptions, surveySource } from '../../test/pipelines/survey.ts';
import type { QuantumGraph } from '../index.ts';
import { resolvePipeline } from '../pipeline/pipeline.ts';
import { readPipelineDocument } from '../pipeline/read-pipeline.ts';
import { restrictPipeline } from '../pipeline/select-tasks.ts';
import { buildQuantumGraph, type BuildGraphOptions } from './build.ts';
import { predictCost } from './cost.ts';
import { describeReport, splitTerms } from './explain.ts';
import { openGraphFile, writeGraphFile } from './graph-file.ts';
import { summarizeGraph } from './quantum-graph.ts';
import { accessOf, predictedId, quantumAt } from './quantum.ts';
import { columnsOf, type DataIdColumns, type GraphSource } from './source.ts';

const DIR = new URL('../../test/pipelines/', import.meta.url).pathname;
const pipeline = await resolvePipeline(readPipelineDocument(`${DIR}full.yaml`));
const SURVEY: SurveyOptions = { visits: 6, detectors: 4, patches: 5, patchesPerDetector: 2 };
const scratch = mkdtempSync(join(tmpdir(), 'almagest-graph-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const build = (options: Partial<BuildGraphOptions> = {}): Promise<QuantumGraph> =>
  buildQuantumGraph({ pipeline, source: surveySource(SURVEY), inputCollections: ['raw', 'calib'], outputRun: 'u/run', ...options });
const counts = (graph: QuantumGraph): number[] => graph.tasks.map(({ count }) => count);

test('matches every task with its datasets', async () => {
  const graph = await build();
  const [isr, calibrate, warp, coadd] = graph.tasks;
  expect(counts(graph)).toEqual([24, 24, warp?.count, 5]);
  const pairs = new Set<string>();
  for (let visit = 1; visit <= 6; visit++)
    for (let d = 0; d < 4; d++) for (let k = 0; k < 2; k++) pairs.add(`${visit}/${(visit * 7 + d + k * 3) % 5}`);
  expect(warp?.count).toBe(pairs.size);
  const quantum = quantumAt(accessOf(graph), (coadd?.start ?? 0) + 1);
  expect(quantum.requiredDataId).toEqual({ skymap: 'sky', tract: 9, patch: expect.any(Number) as number });
  expect(quantum.inputs['warps']?.length).toBe([...pairs].filter((pair) => pair.endsWith(`/${quantum.dataId['patch']}`)).length);
  expect(quantum.outputs['coadd']?.[0]).toMatchObject({ datasetType: 'bestCoadd', run: 'u/run' });
  const first = quantumAt(accessOf(graph), isr?.start ?? 0);
  expect(first.dataId['band']).toBe('r');
  expect(first.inputs['raw']?.[0]).toMatchObject({ run: 'raw', location: { file: expect.any(Number) as number } });
  expect(first.inputs['raw']?.[0]?.dataId['band']).toBe('r');
  expect(first.inputs['flat']?.[0]?.run).toBe('calib');
  expect(quantumAt(accessOf(graph), calibrate?.start ?? 0).inputs['exposure']?.[0]?.id).toBe(first.outputs['postIsr']?.[0]?.id);
  expect(summarizeGraph(graph).quanta).toBe(53 + pairs.size);
});

test('predicted ids follow the published rule of type, run and data ID', () => {
  // uuid.uuid5(UUID("840b31d9-05cd-5161-b2c8-00d32b280d0f"), "dataset_type=raw,run=r,detector=1,instrument=Cam") in Python
  expect(predictedId('raw', 'r', { instrument: 'Cam', detector: 1 })).toBe('e0e56de3-6c1b-5fa2-a551-5ca2e0fc45ca');
});

test('restricts by query, by data-ID table and by existing inputs', async () => {
  expect(counts(await build({ where: 'visit in [1, 2] and detector < 2' })).slice(0, 2)).toEqual([4, 4]);
  const table = columnsOf(
    ['visit', 'detector'],
    [
      { visit: 3, detector: 0 },
      { visit: 4, detector: 1 },
    ],
  );
  expect(counts(await build({ dataIdTable: table })).slice(0, 2)).toEqual([2, 2]);
  const gaps = surveySource({ ...SURVEY, missingEvery: 3 });
  const loose = await build({ source: gaps, constrainBy: 'off' });
  expect(counts(loose)[0]).toBe(16);
  expect(describeReport(loose.report)[0]).toMatch(
    /^isr: 8 of 24 data IDs left out for lack of "raw", such as \{instrument=TestCam, visit=\d, detector=\d\}, /,
  );
  expect(counts(await build({ source: gaps }))[0]).toBe(16);
});

test('says which term or dataset type emptied the graph', async () => {
  await expect(build({ where: 'visit > 0 and detector > 50 and band == "r"' })).rejects.toThrow(
    /task "isr" has no quantum: the term "detector > 50" leaves none of 24 data IDs/,
  );
  await expect(build({ inputCollections: ['calib'] })).rejects.toThrow(/collections calib hold no "raw" at all/);
  await expect(build({ where: 'band == "u"' })).rejects.toThrow(/the term "band == "u"" leaves none/);
  await expect(build({ dataIdTable: columnsOf(['visit'], [{ visit: 99 }]) })).rejects.toThrow(
    /none of 24 data IDs is in the data-ID table/,
  );
  const empty = surveySource({ ...SURVEY, visits: 0 });
  await expect(build({ source: empty })).rejects.toThrow(/no "visit" records/);
  expect(splitTerms("a = 'x AND y' AND (b AND c) and d IN (1, 2)")).toEqual(["a = 'x AND y'", '(b AND c)', 'd IN (1, 2)']);
  expect(splitTerms('a AND b OR c')).toEqual(['a AND b OR c']);
});

test('a missing prerequisite is an error that names its dataset type and the data IDs, unless they may be left out', async () => {
  const { defineTask, input, output, parsePipelineDocument, prerequisite } = await import('../index.ts');
  const json = { storageClass: 'StructuredDataDict', doc: 'x' };
  const DET = ['instrument', 'visit', 'detector'];
  const strict = defineTask({
    name: 'strict',
    doc: 'x',
    dimensions: DET,
    connections: {
      raw: input<unknown>({ ...json, name: 'raw', dimensions: DET }),
      flat: prerequisite<unknown>({ ...json, name: 'flat', dimensions: ['instrument', 'detector'], calibration: true }),
      out: output({ ...json, name: 'o', dimensions: DET }),
    },
    run: () => ({ out: 1 }),
  });
  const one = await resolvePipeline(parsePipelineDocument('description: x\ntasks: {strict: strict}'), { taskOf: () => strict });
  const whole = surveySource(SURVEY);
  // Detectors 2 and 3 have no flat at any time.
  const source: GraphSource = {
    ...whole,
    async calibrations(name, dataIds, collections) {
      const found = await whole.calibrations(name, dataIds, collections);
      const detectors = dataIds.columns[dataIds.dimensions.indexOf('detector')] ?? [];
      return { ...found, rows: found.rows.map((row, i) => (Number(detectors[i]) >= 2 ? -1 : row)) };
    },
  };
  const refused = build({ pipeline: one, source });
  await expect(refused).rejects.toThrow(
    /task "strict" needs a "flat" \{.*detector.*\} for \{instrument=TestCam, visit=1, detector=[23]\}, .* and 2 more; collections raw, calib hold none/,
  );
  await expect(refused).rejects.toMatchObject({
    code: 'pipeline.prerequisite-missing',
    details: { task: 'strict', datasetType: 'flat', count: 12 },
  });
  const graph = await build({ pipeline: one, source, missingPrerequisites: 'leave-out' });
  expect(counts(graph)).toEqual([12]);
  expect(describeReport(graph.report)).toEqual([
    expect.stringMatching(
      /^strict: 12 of 24 data IDs left out for lack of "flat", such as \{instrument=TestCam, visit=1, detector=[23]\}/,
    ) as string,
  ]);
  const path = join(scratch, 'lacking.qgraph');
  writeGraphFile(graph, path);
  const file = openGraphFile(path);
  expect(file.load().report.tasks[0]?.lacking?.['flat']).toHaveLength(10);
  file.close();
});

/** Gives a source more collections. */
function withDatasets(
  source: GraphSource,
  extra: Readonly<Record<string, Readonly<Record<string, Parameters<typeof datasetsOf>[2]>>>>,
): GraphSource {
  return {
    ...source,
    async datasets(name, query) {
      const added = query.collections.map((collection) => extra[name]?.[collection]).find((rows) => rows !== undefined);
      return added ? datasetsOf(name, query.collections[0] as string, added) : source.datasets(name, query);
    },
  };
}

const images = (visits: readonly number[]): { instrument: string; visit: number; detector: number }[] =>
  visits.flatMap((visit) => [0, 1, 2, 3].map((detector) => ({ instrument: 'TestCam', visit, detector })));

test('skips what exists and reads it downstream; refuses or replaces existing outputs', async () => {
  const source = withDatasets(surveySource(SURVEY), {
    postIsr: { done: images([1, 2]) },
    calexp: { done: images([1]) },
    src: { done: images([1]) },
  });
  const graph = await build({ source, skipExistingIn: ['done'], inputCollections: ['raw', 'calib'] });
  expect(graph.tasks.map(({ count }) => count).slice(0, 2)).toEqual([16, 20]);
  expect(graph.report.tasks.map(({ skipped }) => skipped)).toEqual([8, 4, 0, 0]);
  const read = quantumAt(accessOf(graph), graph.tasks[1]?.start ?? 0).inputs['exposure']?.[0];
  expect(read).toMatchObject({ run: 'done', dataId: { visit: 2 } });
  const clash = withDatasets(surveySource(SURVEY), { postIsr: { 'u/run': images([1]) } });
  await expect(build({ source: clash })).rejects.toThrow(/4 of "postIsr" exist already in run "u\/run"/);
  expect(counts(await build({ source: clash, clobber: true }))[0]).toBe(24);
});

test('with retained types, drops quanta whose products nobody needs any more', async () => {
  const coadds = [0, 1, 2].map((patch) => ({ skymap: 'sky', tract: 9, patch }));
  const source = withDatasets(surveySource(SURVEY), { bestCoadd: { done: coadds } });
  const graph = await build({ source, skipExistingIn: ['done'], retained: ['bestCoadd'] });
  expect(counts(graph)[3]).toBe(2);
  const patches = graph.tasks[2]
    ? Array.from({ length: graph.tasks[2].count }, (_, i) => quantumAt(accessOf(graph), (graph.tasks[2]?.start ?? 0) + i).dataId['patch'])
    : [];
  expect(new Set(patches)).toEqual(new Set([3, 4]));
  const last = quantumAt(accessOf(graph), graph.tasks[3]?.start ?? 0);
  expect(last.inputs['warps']?.every(({ dataId }) => dataId['patch'] === last.dataId['patch'])).toBe(true);
});

test('two quanta that would write one dataset are refused', async () => {
  const { defineTask, input, output, parsePipelineDocument } = await import('../index.ts');
  const json = { storageClass: 'StructuredDataDict', doc: 'x' };
  const bad = defineTask({
    name: 'bad',
    doc: 'x',
    dimensions: ['visit', 'detector'],
    connections: {
      raw: input<unknown>({ ...json, name: 'raw', dimensions: ['instrument', 'visit', 'detector'] }),
      out: output({ ...json, name: 'o', dimensions: ['visit'] }),
    },
    run: () => ({ out: 1 }),
  });
  const one = await resolvePipeline(parsePipelineDocument('description: x\ntasks: {bad: bad}'), { taskOf: () => bad });
  await expect(build({ pipeline: one })).rejects.toThrow(/two quanta of task "bad" would write the same "o"/);
});

test('a file keeps infinite configuration values', async () => {
  const graph = await build();
  const path = join(scratch, 'infinite.qgraph');
  writeGraphFile(
    { ...graph, tasks: graph.tasks.map((task) => ({ ...task, config: { top: Infinity, low: -Infinity, list: [NaN] } })) },
    path,
  );
  const file = openGraphFile(path);
  expect(file.tasks[0]?.config).toEqual({ top: Infinity, low: -Infinity, list: [NaN] });
  file.close();
});

test('a file gives back the whole graph and single quanta, and tells damage', async () => {
  const graph = await build({ seed: 7, created: '2026-01-01T00:00:00Z' });
  const path = join(scratch, 'a.qgraph');
  writeGraphFile(graph, path);
  const file = openGraphFile(path);
  expect(file.load()).toEqual({ ...graph, dictionaries: graph.dictionaries });
  for (const id of [0, 30, 52, summarizeGraph(graph).quanta - 1]) expect(file.quantum(id)).toEqual(quantumAt(accessOf(graph), id));
  file.close();
  const bytes = readFileSync(path);
  truncateSync(path, bytes.length - 9);
  expect(() => openGraphFile(path)).toThrow(/its end is missing/);
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(() => openGraphFile(path)).toThrow(/checksum/);
});

test('predicts core hours and the critical path', async () => {
  const cost = predictCost(await build(), { cores: 4, measuredSec: { isr: 10 } });
  expect(cost.criticalPathSec).toBe(13);
  expect(cost.tasks[0]).toMatchObject({ quanta: 24, eachSec: 10 });
});

test('asks the repository once per set of dimensions', async () => {
  const inner = surveySource(SURVEY);
  const asked: string[] = [];
  const source: GraphSource = {
    ...inner,
    dataIds(dimensions, query): Promise<DataIdColumns> {
      asked.push(dimensions.join());
      return inner.dataIds(dimensions, query);
    },
  };
  await build({ source, pipeline: restrictPipeline(pipeline, 'detectors') });
  expect(asked).toEqual(['instrument,visit,detector']);
});
