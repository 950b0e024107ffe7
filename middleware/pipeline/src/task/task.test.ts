import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { subtractSkyTask } from '../../test/sample-task/subtract-sky-task.ts';
import { algorithmField, algorithmRegistry, defineTask, input, loadTask, numberField, output, quantumSeed, runTask } from '../index.ts';

const SAMPLE = new URL('../../test/sample-task/', import.meta.url).pathname;

test('a new task fits in one file of under 60 lines, loads by module and runs', async () => {
  expect(readFileSync(`${SAMPLE}subtract-sky-task.ts`, 'utf8').split('\n').length).toBeLessThan(60);
  const task = await loadTask('./subtract-sky-task.ts#subtractSkyTask', SAMPLE);
  const { outputs, metadata } = await runTask(task, { inputs: { image: new Float32Array([1, 5, 3]) } });
  expect(outputs).toEqual({ skyLevel: 3, skySubtracted: new Float32Array([-2, 2, 0]) });
  expect(metadata.metrics).toEqual({ skyLevel: { value: 3, unit: 'adu' } });
});

test('tells no work, bad configuration, missing input and unknown export apart', async () => {
  await expect(runTask(subtractSkyTask, { inputs: { image: new Float32Array([NaN]) } })).rejects.toMatchObject({
    code: 'pipeline.no-work',
  });
  await expect(runTask(subtractSkyTask, { inputs: { image: new Float32Array(1) }, config: { quantile: 2 } })).rejects.toThrow(/quantile/);
  await expect(runTask(subtractSkyTask, { inputs: { image: new Float32Array(1) }, config: { quantil: 1 } })).rejects.toThrow(/quantil/);
  await expect(runTask(subtractSkyTask, { inputs: {} })).rejects.toMatchObject({ code: 'pipeline.invalid-quantum' });
  await expect(loadTask('./subtract-sky-task.ts#nothing', SAMPLE)).rejects.toThrow(/exports subtractSkyTask/);
  await expect(loadTask('@almagest/nowhere#x')).rejects.toMatchObject({ code: 'pipeline.task-not-found' });
});

test('refuses contradictory declarations', () => {
  const base = { storageClass: 'Json', doc: 'x' };
  const run = (): never => {
    throw new Error('not run');
  };
  const out = output({ ...base, name: 'a', dimensions: ['visit', 'detector'] });
  expect(() => defineTask({ name: 't', doc: 'x', dimensions: ['visit'], connections: { out }, run })).toThrow(/multiple/);
  const unknown = input({ ...base, name: '{no}', dimensions: [] });
  expect(() => defineTask({ name: 't', doc: 'x', dimensions: [], connections: { unknown }, run })).toThrow(/no template "no"/);
});

test('retargets an algorithm by configuration and keeps the settings of the others', async () => {
  const centers = algorithmRegistry<(values: readonly number[]) => number>('center');
  const config = { center: algorithmField({ doc: 'How to average.', registry: centers, default: 'mean' }) };
  centers.register('mean', { doc: 'Sum over count.', fields: {}, make: () => (v) => v.reduce((a, b) => a + b, 0) / v.length });
  const rank = { rank: numberField({ doc: 'Rank [fraction].', default: 0.5 }) };
  centers.register('quantile', {
    doc: 'By rank.',
    fields: rank,
    make: (c) => (v) => v.toSorted((a, b) => a - b)[Math.floor(c.rank * v.length)] ?? NaN,
  });
  const task = defineTask({
    name: 'average',
    doc: 'x',
    dimensions: [],
    config,
    connections: {
      values: input<readonly number[]>({ name: 'v', storageClass: 'Json', dimensions: ['visit'], multiple: true, doc: 'x' }),
      center: output<number>({ name: 'c', storageClass: 'Json', dimensions: [], doc: 'x' }),
    },
    run: ({ values }, { center }) => ({ center: centers.make(center)(values) }),
  });
  const inputs = { values: [1, 2, 9] };
  expect((await runTask(task, { inputs })).outputs).toEqual({ center: 4 });
  expect((await runTask(task, { inputs, config: { center: { use: 'quantile' } } })).outputs).toEqual({ center: 2 });
  await expect(runTask(task, { inputs, config: { center: { use: 'mode' } } })).rejects.toThrow(/center\.use/);
});

test('seeds depend on run, label and data ID, and not on key order', () => {
  const seed = quantumSeed(1, 'isr', { visit: 5, detector: 2 });
  expect(quantumSeed(1, 'isr', { detector: 2, visit: 5 })).toBe(seed);
  expect(new Set([seed, quantumSeed(2, 'isr', { visit: 5, detector: 2 }), quantumSeed(1, 'x', { visit: 5, detector: 2 })]).size).toBe(3);
});
