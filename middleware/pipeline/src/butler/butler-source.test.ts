import { expect, test } from 'vitest';
import { insertSkymap, makeTestRepository } from '../../test/pipelines/test-repository.ts';
import { defineTask, input, output, type Task } from '../index.ts';
import { resolvePipeline } from '../pipeline/pipeline.ts';
import { parsePipelineDocument } from '../pipeline/read-pipeline.ts';
import { buildQuantumGraph } from '../quantum-graph/build.ts';
import { accessOf, quantumAt } from '../quantum-graph/quantum.ts';
import { butlerSource } from './butler-source.ts';

const json = { storageClass: 'StructuredDataDict', doc: 'Test.' };
const EXPOSURE = ['instrument', 'exposure', 'detector'];
const isr: Task = defineTask({
  name: 'isr',
  doc: 'x',
  dimensions: EXPOSURE,
  connections: {
    frame: input<unknown>({ ...json, name: 'frame', dimensions: EXPOSURE }),
    post: output<unknown>({ ...json, name: 'post', dimensions: EXPOSURE }),
  },
  run: () => ({ post: 1 }),
});
const visit: Task = defineTask({
  name: 'visit',
  doc: 'x',
  dimensions: ['instrument', 'visit', 'detector'],
  connections: {
    post: input<unknown>({ ...json, name: 'post', dimensions: EXPOSURE }),
    calexp: output<unknown>({ ...json, name: 'calexp', dimensions: ['instrument', 'visit', 'detector'] }),
  },
  run: () => ({ calexp: 1 }),
});
const summary: Task = defineTask({
  name: 'summary',
  doc: 'x',
  dimensions: ['instrument', 'band'],
  connections: {
    calexps: input<readonly unknown[]>({ ...json, name: 'calexp', dimensions: ['instrument', 'visit', 'detector'], multiple: true }),
    table: output<unknown>({ ...json, name: 'table', dimensions: ['instrument', 'band'] }),
  },
  run: () => ({ table: 1 }),
});
const WARP = ['instrument', 'visit', 'skymap', 'tract', 'patch'];
const warp: Task = defineTask({
  name: 'warp',
  doc: 'x',
  dimensions: WARP,
  connections: {
    calexps: input<readonly unknown[]>({ ...json, name: 'calexp', dimensions: ['instrument', 'visit', 'detector'], multiple: true }),
    warp: output<unknown>({ ...json, name: 'warp', dimensions: WARP }),
  },
  run: () => ({ warp: 1 }),
});
const TASKS = { isr, visit, summary, warp };

test('joins exposures to visits by their definition, and visits to bands by what they imply', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await butler.registerDatasetType({ ...json, name: 'frame', dimensions: EXPOSURE });
  for (const exposure of [1, 2, 3])
    for (const detector of [1, 2]) await butler.put({}, 'frame', { instrument: 'Cam', exposure, detector }, { run: 'Cam/raw' });
  const pipeline = await resolvePipeline(parsePipelineDocument('description: x\ntasks: {isr: isr, visit: visit, summary: summary}'), {
    taskOf: (name) => TASKS[name as keyof typeof TASKS],
  });
  const graph = await buildQuantumGraph({
    pipeline,
    source: butlerSource(butler),
    inputCollections: ['Cam/raw'],
    outputRun: 'u/x',
    where: "instrument = 'Cam'",
  });
  // Exposure 1 is a bias and belongs to no visit.
  expect(graph.tasks.map(({ label, count }) => [label, count])).toEqual([
    ['isr', 6],
    ['visit', 4],
    ['summary', 2],
  ]);
  const access = accessOf(graph);
  const calibrated = quantumAt(access, graph.tasks[1]?.start ?? 0);
  expect(calibrated.inputs['post']).toMatchObject([
    { dataId: { exposure: calibrated.dataId['visit'], detector: calibrated.dataId['detector'] } },
  ]);
  const last = quantumAt(access, graph.tasks[2]?.start ?? 0);
  expect(new Set(last.inputs['calexps']?.map(({ dataId }) => dataId['band']))).toEqual(new Set([last.dataId['band']]));
  expect(last.inputs['calexps']).toHaveLength(2);
});

test('joins detectors of visits to patches by overlap on the sky, and drops patches that no detector reaches', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await insertSkymap(butler);
  await butler.registerDatasetType({ ...json, name: 'calexp', dimensions: ['instrument', 'visit', 'detector'] });
  for (const detector of [1, 2]) await butler.put({}, 'calexp', { instrument: 'Cam', visit: 2, detector }, { run: 'Cam/calexp' });
  const pipeline = await resolvePipeline(parsePipelineDocument('description: x\ntasks: {warp: warp}'), {
    taskOf: (name) => TASKS[name as keyof typeof TASKS],
  });
  const graph = await buildQuantumGraph({
    pipeline,
    source: butlerSource(butler),
    inputCollections: ['Cam/calexp'],
    outputRun: 'u/x',
    where: "instrument = 'Cam' AND skymap = 'map'",
  });
  const access = accessOf(graph);
  const found = Array.from({ length: graph.tasks[0]?.count ?? 0 }, (_, id) => quantumAt(access, id)).map(
    ({ dataId, inputs }) => `${dataId['tract']}/${dataId['patch']}: ${inputs['calexps']?.length}`,
  );
  // Detectors lie at 11.85 and 12.15 degrees with half sides of 0.25; patches are half a degree wide.
  expect(found.toSorted()).toEqual(['0/1: 2', '0/3: 2', '1/0: 2', '1/2: 2']);
});

test('a query by tract reaches exposures through their visits', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await insertSkymap(butler);
  await butler.registerDatasetType({ ...json, name: 'frame', dimensions: EXPOSURE });
  for (const exposure of [1, 2, 3]) await butler.put({}, 'frame', { instrument: 'Cam', exposure, detector: 1 }, { run: 'Cam/raw' });
  const pipeline = await resolvePipeline(parsePipelineDocument('description: x\ntasks: {isr: isr, visit: visit, warp: warp}'), {
    taskOf: (name) => TASKS[name as keyof typeof TASKS],
  });
  const counts = async (tract: number): Promise<readonly number[]> => {
    const where = `instrument = 'Cam' AND skymap = 'map' AND tract = ${tract}`;
    const graph = await buildQuantumGraph({
      pipeline,
      source: butlerSource(butler),
      inputCollections: ['Cam/raw'],
      outputRun: 'u/x',
      where,
    });
    return graph.tasks.map(({ count }) => count);
  };
  // Visit 2 lies on both tracts, visit 3 on the second only; its detector 1 reaches two patches of it.
  expect(await counts(0)).toEqual([1, 1, 2]);
  expect((await counts(1)).slice(0, 2)).toEqual([2, 2]);
});
