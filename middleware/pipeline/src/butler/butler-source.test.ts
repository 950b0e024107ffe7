import { expect, test } from 'vitest';
import { exposureBegin, insertSkymap, makeTestRepository } from '../../test/pipelines/test-repository.ts';
import { type DataId, defineTask, input, output, prerequisite, type Task } from '../index.ts';
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

const FLAT = ['instrument', 'detector', 'physical_filter'];
const flat = { ...json, name: 'flat', dimensions: FLAT, calibration: true };
const wanting = (name: string, dimensions: string[], several: boolean): Task =>
  defineTask({
    name,
    doc: 'x',
    dimensions,
    connections: {
      flats: several ? prerequisite<readonly unknown[]>({ ...flat, multiple: true }) : prerequisite<{ readonly n: number }>(flat),
      made: output<unknown>({ ...json, name: `${name}Made`, dimensions }),
    },
    run: () => ({ made: 1 }),
  } as never);
const FLAT_USERS: Readonly<Record<string, Task>> = {
  reduce: wanting('reduce', EXPOSURE, false),
  judge: wanting('judge', ['instrument', 'detector'], true),
  compare: wanting('compare', ['instrument', 'visit'], true),
  wrong: wanting('wrong', ['instrument', 'detector'], false),
};

test('flats by filter: an exposure gets that of its filter and time, a detector those of all filters, a visit those of its filter', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await butler.registerDatasetType({ ...json, name: 'flat', dimensions: FLAT, isCalibration: true });
  await butler.registry.registerCollection('Cam/calib', 'CALIBRATION');
  const put = (n: number, detector: number, filter: string): ReturnType<typeof butler.put> =>
    butler.put({ n }, 'flat', { instrument: 'Cam', detector, physical_filter: filter }, { run: `Cam/flats${n}` });
  const [old, later, red, other] = [await put(1, 1, 'Cam-G'), await put(2, 1, 'Cam-G'), await put(1, 1, 'Cam-R'), await put(1, 2, 'Cam-R')];
  await butler.registry.certify('Cam/calib', [old], { begin: undefined, end: exposureBegin(2) });
  await butler.registry.certify('Cam/calib', [later], { begin: exposureBegin(2), end: undefined });
  await butler.registry.certify('Cam/calib', [red, other]);
  const inputsOf = async (name: string, where: string): Promise<Record<string, unknown>[]> => {
    const pipeline = await resolvePipeline(parsePipelineDocument(`description: x\ntasks: {${name}: ${name}}`), {
      taskOf: (task) => FLAT_USERS[task],
    });
    const graph = await buildQuantumGraph({
      pipeline,
      source: butlerSource(butler),
      inputCollections: ['Cam/calib'],
      outputRun: 'u/x',
      where: `instrument = 'Cam' AND ${where}`,
    });
    const access = accessOf(graph);
    const shown = ({ dataId, run }: { readonly dataId: DataId; readonly run?: string }): string =>
      `${dataId['detector']} ${dataId['physical_filter']} ${run}`;
    return Array.from({ length: graph.tasks[0]?.count ?? 0 }, (_, id) => quantumAt(access, id)).map(({ dataId, inputs }) => ({
      of: `${dataId['exposure'] ?? dataId['visit'] ?? ''}`,
      flats: (inputs['flats'] ?? []).map(shown).toSorted(),
    }));
  };
  expect(await inputsOf('reduce', 'detector = 1')).toEqual([
    { of: '1', flats: ['1 Cam-G Cam/flats1'] },
    { of: '2', flats: ['1 Cam-G Cam/flats2'] },
    { of: '3', flats: ['1 Cam-R Cam/flats1'] },
  ]);
  expect(await inputsOf('compare', 'visit = 3')).toEqual([{ of: '3', flats: ['1 Cam-R Cam/flats1', '2 Cam-R Cam/flats1'] }]);
  expect(await inputsOf('judge', 'detector = 2')).toEqual([{ of: '', flats: ['2 Cam-R Cam/flats1'] }]);
  await expect(inputsOf('wrong', 'detector = 1')).rejects.toThrow('several');
  // Without a time two flats of one filter are as good.
  await expect(inputsOf('judge', 'detector = 1')).rejects.toThrow('several flat');
  await butler.registry.decertify('Cam/calib', 'flat', { begin: undefined, end: exposureBegin(2) });
  expect(await inputsOf('judge', 'detector = 1')).toHaveLength(1);
});
