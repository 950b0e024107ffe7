import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/pipelines/test-repository.ts';
import { resolvePipeline } from '../pipeline/pipeline.ts';
import { parsePipelineDocument } from '../pipeline/read-pipeline.ts';
import { readProvenance } from '../provenance/provenance-file.ts';
import { describeReport } from '../quantum-graph/explain.ts';
import { openGraphFile } from '../quantum-graph/graph-file.ts';
import { runPipeline } from './run-pipeline.ts';

const DIR = new URL('../../test/pipelines/', import.meta.url).pathname;

test('trims quanta by hook, finds prerequisites by lookup, omits connections by configuration, passes what is made once per run', async () => {
  await using repository = await makeTestRepository();
  const { butler } = repository;
  const type = { storageClass: 'StructuredDataDict' };
  await butler.registerDatasetType({ ...type, name: 'frame', dimensions: ['instrument', 'visit', 'detector'] });
  await butler.registerDatasetType({ ...type, name: 'catalogue', dimensions: ['instrument', 'detector'] });
  for (const detector of [1, 2, 3]) {
    for (const visit of [2, 3]) await butler.put({ detector }, 'frame', { instrument: 'Cam', visit, detector }, { run: 'Cam/raw' });
    await butler.put({ catalogue: detector }, 'catalogue', { instrument: 'Cam', detector }, { run: 'Cam/cats' });
  }
  const pipeline = async (config: string): ReturnType<typeof resolvePipeline> =>
    resolvePipeline(
      parsePipelineDocument(
        `description: x\ntasks: {stack: {class: ./hook-tasks.ts#stackTask, config: {${config}}}, describe: ./hook-tasks.ts#describeTask}`,
        DIR,
      ),
    );
  const options = { input: ['Cam/raw', 'Cam/cats'], where: "instrument = 'Cam'", execute: { workers: 'thread', cores: 2 } } as const;
  const first = await runPipeline(butler, await pipeline(''), { ...options, output: 'u/hooks', timestamp: 'T1' });
  expect(first.summary.counts).toMatchObject({ success: 2, failed: 0 });
  const graph = openGraphFile(first.files.graphPath);
  expect(describeReport(graph.load().report)).toEqual([
    'stack: 1 of 2 quanta left out by the task: visits of the third kind are not wanted',
    'describe: 1 of 2 data IDs left out for lack of "stacked", such as {instrument=Cam, visit=3}',
  ]);
  graph.close();
  const get = (name: string): Promise<unknown> => butler.get(name, { instrument: 'Cam', visit: 2 }, { collections: ['u/hooks'] });
  expect(await get('stacked')).toEqual({ frames: [{ detector: 1 }, { detector: 3 }], catalogue: [{ catalogue: 1 }] });
  expect(await get('described')).toEqual({ frames: 2, catalogue: 1 });
  expect(await get('check')).toEqual({ done: true });
  const counts = readProvenance(first.files.provenancePath)
    .flatMap((block) => (block.kind === 'quanta' ? block.results : []))
    .find(({ label }) => label === 'stack')?.metadata;
  expect(counts).toMatchObject({ counts: { frames: 2 } });
  // The newest run gives way to another, with another configuration.
  const second = await runPipeline(butler, await pipeline('check: false'), {
    ...options,
    output: 'u/hooks',
    timestamp: 'T2',
    replaceRun: true,
  });
  expect(second.summary.counts.success).toBe(2);
  expect((await butler.registry.flattenCollections(['u/hooks'])).map(({ name }) => name)).toEqual(['u/hooks/T2', 'Cam/raw', 'Cam/cats']);
  expect(await butler.findDataset('check', { instrument: 'Cam', visit: 2 }, { collections: ['u/hooks'] })).toBeUndefined();
}, 120_000);
