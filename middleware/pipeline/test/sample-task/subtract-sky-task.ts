import { defineTask, input, NoWorkError, numberField, output, prerequisite, type Task } from '../../src/index.ts';
import { subtractSky } from './subtract-sky.ts';

const DETECTOR = ['instrument', 'visit', 'detector'];

/** Thin task: declares what the algorithm needs and passes it on. */
export const subtractSkyTask: Task = defineTask({
  name: 'subtractSky',
  doc: 'Subtracts one sky level per detector.',
  dimensions: DETECTOR,
  config: {
    quantile: numberField({ doc: 'Quantile of the pixels taken as sky [fraction].', default: 0.5, min: 0, max: 1 }),
  },
  templates: { input: 'raw' },
  connections: {
    image: input<Float32Array>({ name: '{input}Image', storageClass: 'NumpyArray', dimensions: DETECTOR, doc: 'Pixels [adu].' }),
    flat: prerequisite<Float32Array | undefined>({
      name: 'flat',
      storageClass: 'NumpyArray',
      dimensions: ['instrument', 'detector', 'physical_filter'],
      calibration: true,
      optional: true,
      doc: 'Relative response, unit mean.',
    }),
    skySubtracted: output<Float32Array>({
      name: 'skySubtracted',
      storageClass: 'NumpyArray',
      dimensions: DETECTOR,
      doc: 'Residual [adu].',
    }),
    skyLevel: output<number>({ name: 'skyLevel', storageClass: 'StructuredDataDict', dimensions: DETECTOR, doc: 'Level [adu].' }),
  },
  run({ image, flat }, { quantile }, { metadata }) {
    if (image.every(Number.isNaN)) throw new NoWorkError('every pixel is NaN');
    const flattened = flat ? image.map((value, i) => value / (flat[i] ?? 1)) : image;
    const { level, residual } = subtractSky(flattened, quantile);
    metadata.metric('skyLevel', level, 'adu');
    return { skySubtracted: residual, skyLevel: level };
  },
});
