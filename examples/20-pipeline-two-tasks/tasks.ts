import { defineTask, input, numberField, output, type Task } from '@almagest/pipeline';

const DETECTOR = ['instrument', 'detector'];
const table = { storageClass: 'StructuredDataDict' };

/** Measures something per detector. */
export const measureTask: Task = defineTask({
  name: 'measure',
  doc: 'Means of the samples of a detector.',
  dimensions: DETECTOR,
  config: { offset: numberField({ doc: 'Added to every mean [adu].', default: 0 }) },
  connections: {
    samples: input<{ values: readonly number[] }>({ ...table, name: 'samples', dimensions: DETECTOR, doc: 'Samples [adu].' }),
    mean: output<{ mean: number }>({ ...table, name: 'mean', dimensions: DETECTOR, doc: 'Their mean [adu].' }),
  },
  run: ({ samples: { values } }, { offset }) => ({ mean: { mean: values.reduce((a, b) => a + b, offset) / values.length } }),
});

/** Gathers what the detectors gave into one dataset of the instrument. */
export const gatherTask: Task = defineTask({
  name: 'gather',
  doc: 'Largest mean of all detectors.',
  dimensions: ['instrument'],
  connections: {
    means: input<readonly { mean: number }[]>({ ...table, name: 'mean', dimensions: DETECTOR, multiple: true, doc: 'Means [adu].' }),
    largest: output<{ detector: number; mean: number }>({
      ...table,
      name: 'largest',
      dimensions: ['instrument'],
      doc: 'The largest [adu].',
    }),
  },
  run({ means }, _config, { dataIds }) {
    const place = means.reduce((best, { mean }, i) => (mean > (means[best]?.mean ?? -Infinity) ? i : best), 0);
    return { largest: { detector: Number(dataIds('means')[place]?.['detector']), mean: means[place]?.mean ?? NaN } };
  },
});
