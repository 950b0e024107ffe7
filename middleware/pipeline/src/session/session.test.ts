import { expect, test } from 'vitest';
import { exposureBegin, makeTestRepository, type TestRepository } from '../../test/pipelines/test-repository.ts';
import { type Pipeline, resolvePipeline } from '../pipeline/pipeline.ts';
import { parsePipelineDocument } from '../pipeline/read-pipeline.ts';
import { readProvenance } from '../provenance/provenance-file.ts';
import { runPipeline } from './run-pipeline.ts';

const DIR = new URL('../../test/pipelines/', import.meta.url).pathname;
const PIPELINE =
  'description: Two steps\ntasks: {isr: {class: ./tasks.ts#isrTask, connections: {raw: frame}}, calibrate: ./tasks.ts#calibrateTask}';
const pipeline = (): Promise<Pipeline> => resolvePipeline(parsePipelineDocument(PIPELINE, DIR));

async function fill({ butler }: TestRepository): Promise<void> {
  const type = { storageClass: 'StructuredDataDict' };
  await butler.registerDatasetType({ ...type, name: 'frame', dimensions: ['instrument', 'visit', 'detector'] });
  await butler.registerDatasetType({ ...type, name: 'flat', dimensions: ['instrument', 'detector'], isCalibration: true });
  for (const visit of [2, 3])
    for (const detector of [1, 2, 3])
      await butler.put({ visit, detector }, 'frame', { instrument: 'Cam', visit, detector }, { run: 'Cam/raw' });
  await butler.registry.registerCollection('Cam/calib', 'CALIBRATION');
  const flats = await Promise.all(
    [1, 2].map((n) => butler.put({ flat: n }, 'flat', { instrument: 'Cam', detector: 1 }, { run: `Cam/flats${n}` })),
  );
  await butler.registry.certify('Cam/calib', flats.slice(0, 1), { begin: undefined, end: exposureBegin(3) });
  await butler.registry.certify('Cam/calib', flats.slice(1), { begin: exposureBegin(3), end: undefined });
}

test('runs a pipeline over a repository: validity-ranged flats, batched registration, chains, skip and extend', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await fill(repository);
  const base = { input: ['Cam/raw', 'Cam/calib'], output: 'u/me/first', where: "instrument = 'Cam'" };
  const first = await runPipeline(butler, await pipeline(), {
    ...base,
    where: "instrument = 'Cam' AND visit = 2",
    timestamp: 'T1',
    execute: { workers: 'thread', cores: 2 },
  });
  expect(first.summary).toMatchObject({ total: 6, counts: { success: 6 } });
  expect(first.run).toBe('u/me/first/T1');
  const calexp = await butler.get('calexp', { instrument: 'Cam', visit: 2, detector: 1 }, { collections: ['u/me/first'] });
  expect(calexp).toMatchObject({ level: 1 });
  expect(await butler.get('isr_config', {}, { collections: [first.run] })).toEqual({ level: 1, spin: 0 });
  const flats = readProvenance(first.files.provenancePath)
    .flatMap((block) => (block.kind === 'quanta' ? block.results : []))
    .flatMap(({ inputs }) => inputs.filter(({ type }) => type === 'flat'));
  expect(flats.map(({ run }) => run)).toEqual(['Cam/flats1']);
  const second = await runPipeline(butler, await pipeline(), {
    ...base,
    input: [],
    skipExistingIn: ['u/me/first'],
    timestamp: 'T2',
    execute: { workers: 'in-process' },
  });
  expect(second.summary).toMatchObject({ total: 6, counts: { success: 6 } });
  expect((await butler.registry.flattenCollections(['u/me/first'])).map(({ name }) => name)).toEqual([
    'u/me/first/T2',
    'u/me/first/T1',
    'Cam/raw',
    'Cam/calib',
  ]);
  const late = readProvenance(second.files.provenancePath)
    .flatMap((block) => (block.kind === 'quanta' ? block.results : []))
    .flatMap(({ inputs }) => inputs.filter(({ type }) => type === 'flat'));
  expect(late.map(({ run }) => run)).toEqual(['Cam/flats2']);
  await expect(runPipeline(butler, await pipeline(), { ...base, timestamp: 'T3', extendRun: true })).rejects.toMatchObject({
    code: 'pipeline.output-exists',
  });
  await expect(runPipeline(butler, await pipeline(), { ...base, input: ['Cam/flats1'], timestamp: 'T4' })).rejects.toThrow(
    /begun without input Cam\/flats1; add it with --rebase/,
  );
}, 120_000);

test('extends a run with more data, keeping what was recorded before', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  await fill(repository);
  const base = { input: ['Cam/raw', 'Cam/calib'], output: 'u/grow', execute: { workers: 'in-process' } } as const;
  const first = await runPipeline(butler, await pipeline(), { ...base, where: "instrument = 'Cam' AND visit = 2", timestamp: 'T1' });
  const more = { ...base, where: "instrument = 'Cam'", timestamp: 'T2', extendRun: true, skipExistingIn: ['u/grow'] };
  const second = await runPipeline(butler, await pipeline(), more);
  expect(second).toMatchObject({ run: first.run, summary: { total: 6, resumed: 0, counts: { success: 6 } } });
  expect(readProvenance(second.files.provenancePath.replace('run.prov', 'run-1.prov')).length).toBeGreaterThan(0);
  expect(
    await butler
      .query()
      .datasets({ type: 'calexp', collections: ['u/grow'] })
      .count(),
  ).toBe(6);
}, 120_000);

test('says which term of the query left nothing', async () => {
  await using repository = await makeTestRepository();
  await fill(repository);
  const options = { input: ['Cam/raw', 'Cam/calib'], outputRun: 'u/x', timestamp: 'T' };
  const run = async (where: string): Promise<unknown> => runPipeline(repository.butler, await pipeline(), { ...options, where });
  await expect(run("instrument = 'Cam' AND visit > 90 AND detector = 1")).rejects.toThrow(/the term "visit > 90" leaves none of/);
  await expect(run("instrument = 'Cam' AND detector = 4")).rejects.toThrow(/"frame"/);
}, 120_000);
