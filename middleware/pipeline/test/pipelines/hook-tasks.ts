import { booleanField, defineTask, initInput, initOutput, input, NoWorkError, output, prerequisite, type Task } from '../../src/index.ts';

const VISIT = ['instrument', 'visit'];
const json = { storageClass: 'StructuredDataDict', doc: 'Synthetic.' };

/** Looks its frames over while the graph is built, and finds the catalogue of the band by a query of its own. */
export const stackTask: Task = defineTask({
  name: 'stack',
  doc: 'Puts frames of a visit together.',
  dimensions: VISIT,
  config: { check: booleanField({ doc: 'Whether to write a check.', default: true }) },
  connections: {
    frames: input<readonly unknown[]>({ ...json, name: 'frame', dimensions: [...VISIT, 'detector'], multiple: true }),
    catalogue: prerequisite<readonly unknown[]>({
      ...json,
      name: 'catalogue',
      dimensions: ['instrument', 'detector'],
      multiple: true,
      lookup: (dataId, find) => find(`instrument = 'Cam' AND detector = ${dataId['band'] === 'g' ? 1 : 2}`),
    }),
    columns: initOutput<readonly string[]>({ ...json, name: 'stack_columns' }),
    stacked: output<unknown>({ ...json, name: 'stacked', dimensions: VISIT }),
    check: output<unknown>({ ...json, name: 'check', dimensions: VISIT }),
    extra: output<unknown>({ ...json, name: 'extra', dimensions: VISIT, optional: true }),
  },
  omitConnections: ({ check }) => (check ? [] : ['check']),
  adjustQuantum(inputs, _config, dataId) {
    if (dataId['visit'] === 3) throw new NoWorkError('visits of the third kind are not wanted');
    return { ...inputs, frames: (inputs['frames'] ?? []).filter(({ detector }) => detector !== 2) };
  },
  init: () => ({ columns: ['frames', 'catalogue'] }),
  run: ({ frames, catalogue }, { check }, { metadata }) => {
    metadata.count('frames', frames.length);
    return { stacked: { frames, catalogue }, ...(check ? { check: { done: true } } : {}) };
  },
});

/** Reads what another task made once per run. */
export const describeTask: Task = defineTask({
  name: 'describe',
  doc: 'Tells what is in a stack.',
  dimensions: VISIT,
  connections: {
    stacked: input<Readonly<Record<string, readonly unknown[]>>>({ ...json, name: 'stacked', dimensions: VISIT }),
    columns: initInput<readonly string[]>({ ...json, name: 'stack_columns' }),
    described: output<unknown>({ ...json, name: 'described', dimensions: VISIT }),
  },
  run: ({ stacked, columns }) => ({ described: Object.fromEntries((columns ?? []).map((name) => [name, stacked[name]?.length])) }),
});
