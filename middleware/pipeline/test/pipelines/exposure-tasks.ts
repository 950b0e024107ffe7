import type { Exposure } from '@almagest/image';
import { type Deferred, defineTask, input, numberField, output, type Task } from '../../src/index.ts';

const DET = ['instrument', 'visit', 'detector'];
const exposure = { storageClass: 'ExposureF', dimensions: DET, doc: 'Pixels [adu].' };

/** Scales pixels in place of a science task. */
export const scaleTask: Task = defineTask({
  name: 'scale',
  doc: 'Multiplies pixels.',
  dimensions: DET,
  config: { factor: numberField({ doc: 'Multiplier.', default: 2 }) },
  connections: { frame: input<Exposure>({ ...exposure, name: 'frame' }), scaled: output<Exposure>({ ...exposure, name: 'scaled' }) },
  run({ frame }, { factor }) {
    const { image } = frame.maskedImage;
    const data = image.data.map((value) => value * factor);
    return { scaled: { ...frame, maskedImage: { ...frame.maskedImage, image: { ...image, data } } } };
  },
});

/** Sums the pixels of every detector of a visit, reading one component of one at a time. */
export const sumTask: Task = defineTask({
  name: 'sum',
  doc: 'Sums pixels.',
  dimensions: ['instrument', 'visit'],
  connections: {
    scaled: input<readonly Deferred<Exposure>[]>({ ...exposure, name: 'scaled', multiple: true, deferred: true }),
    total: output<{ total: number; detectors: readonly unknown[] }>({
      name: 'total',
      storageClass: 'StructuredDataDict',
      dimensions: ['instrument', 'visit'],
      doc: 'Sum [adu].',
    }),
  },
  async run({ scaled }, _config, { dataIds }) {
    let total = 0;
    for (const each of scaled) {
      const image = await each.component<Exposure['maskedImage']['image']>('image');
      total += image.data.reduce((sum, value) => sum + value, 0);
    }
    return { total: { total, detectors: dataIds('scaled').map(({ detector }) => detector) } };
  },
});
