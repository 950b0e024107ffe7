import { createMaskedImage, type Exposure, exposureOf } from '@almagest/image';
import { measureOverscan, MEDIAN_PER_ROW } from '@almagest/isr';
import { type Deferred, defineTask, input, integerField, numberField, output, type Task } from '@almagest/pipeline';
import { evaluateChebyshev2D } from '@almagest/numerics';
import { type CrosstalkFit, fitCrosstalk } from '../crosstalk/fit-crosstalk.ts';
import { fitEvenBackground } from '../sky/even-background.ts';
import { combineFringeFrame, combineSkyFlat } from '../sky/sky-frames.ts';
import { verifyCrosstalk, verifyFlat, verifyFringe } from '../verify/verify-products.ts';
import { deferredFrames } from './deferred-frames.ts';
import { DETECTOR, EXPOSURE, FILTER, rawFrames, verificationOf } from './connections.ts';

/** Measures crosstalk between the amplifiers of a detector from exposures with bright stars. */
export const crosstalkTask: Task = defineTask({
  name: 'crosstalk',
  doc: 'Fits how much of the signal of every amplifier is seen in each other one.',
  dimensions: DETECTOR,
  config: {
    threshold: numberField({ doc: 'Pixels above this tell of crosstalk [ADU].', default: 30_000, min: 1 }),
    maxFrames: integerField({ doc: 'Most exposures that are used.', default: 20, min: 1 }),
  },
  connections: {
    frames: rawFrames('Exposures with bright stars.'),
    crosstalk: output<CrosstalkFit>({
      name: 'crosstalk',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Crosstalk coefficients, row-major by victim.',
      calibration: true,
    }),
    verification: verificationOf('crosstalk'),
  },
  run: async ({ frames }, config, context) => {
    const exposures: { planes: Float32Array[]; width: number }[] = [];
    for (const frame of frames.slice(0, config.maxFrames)) {
      const { amplifiers } = await frame.get();
      const planes = amplifiers.map(({ amplifier, data, width }) => {
        const box = amplifier.rawSerialOverscan;
        const levels = box ? measureOverscan({ data, width, box, lines: 'rows' }, MEDIAN_PER_ROW)?.levels : undefined;
        return Float32Array.from(data, (value, i) => {
          const row = Math.floor(i / width) - (box?.y ?? 0);
          return levels ? value - levels[Math.min(levels.length - 1, Math.max(0, row))] : value;
        });
      });
      exposures.push({ planes, width: amplifiers[0]?.width ?? 0 });
    }
    const crosstalk = fitCrosstalk(exposures, config);
    context.metadata.metric('largestCrosstalk', Math.max(0, ...crosstalk.linear.map(Math.abs)), '');
    return { crosstalk, verification: verifyCrosstalk(crosstalk) };
  },
});

const clipSigma = numberField({ doc: 'Values further than this from the median are left out [sigma].', default: 3, min: 1 });
const minFrames = integerField({ doc: 'Fewest frames.', default: 3, min: 1 });

/** Combines twilight or night-sky exposures to what response the dome flat leaves, and its smooth part: the illumination correction. */
export const skyFlatTask: Task = defineTask({
  name: 'skyFlat',
  doc: 'Combines flat-fielded sky exposures of a detector and filter, sources left out.',
  dimensions: FILTER,
  config: { clipSigma, minFrames, degree: integerField({ doc: 'Order of the illumination correction.', default: 3, min: 0, max: 8 }) },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpSkyIsr',
      storageClass: 'ExposureF',
      dimensions: EXPOSURE,
      doc: 'Flat-fielded sky exposures [electron].',
      multiple: true,
      deferred: true,
    }),
    skyFlat: output<Exposure>({
      name: 'skyFlat',
      storageClass: 'ExposureF',
      dimensions: FILTER,
      doc: 'Response that the flat leaves, mean 1.',
      calibration: true,
    }),
    illumination: output<Exposure>({
      name: 'illumination',
      storageClass: 'ExposureF',
      dimensions: FILTER,
      doc: 'Smooth part of it: divide flat-fielded images by this.',
      calibration: true,
    }),
    verification: verificationOf('skyFlat', FILTER),
  },
  run: async ({ frames }, config, context) => {
    const inputs = await deferredFrames(frames);
    const image = await combineSkyFlat(inputs, config);
    const { surface } = fitEvenBackground(image, -1, config.degree);
    const { width, height } = image.image;
    const smooth = createMaskedImage(width, height);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) smooth.image.data[y * width + x] = evaluateChebyshev2D(surface, x, y);
    context.metadata.set('frames', inputs.length);
    const like = partsOf(inputs[0]?.head);
    return { skyFlat: exposureOf(image, like), illumination: exposureOf(smooth, like), verification: verifyFlat(image.image.data) };
  },
});

/** Combines night-sky exposures to a fringe frame. */
export const fringeTask: Task = defineTask({
  name: 'fringe',
  doc: 'Combines flat-fielded night-sky exposures of a detector and filter to the fringes over the sky.',
  dimensions: FILTER,
  config: { clipSigma, minFrames },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpFringeIsr',
      storageClass: 'ExposureF',
      dimensions: EXPOSURE,
      doc: 'Flat-fielded night-sky exposures [electron].',
      multiple: true,
      deferred: true,
    }),
    fringe: output<Exposure>({
      name: 'fringe',
      storageClass: 'ExposureF',
      dimensions: FILTER,
      doc: 'Fringes relative to the sky.',
      calibration: true,
    }),
    verification: verificationOf('fringe', FILTER),
  },
  run: async ({ frames }, config, context) => {
    const inputs = await deferredFrames(frames);
    const image = await combineFringeFrame(inputs, config);
    context.metadata.set('frames', inputs.length);
    return { fringe: exposureOf(image, partsOf(inputs[0]?.head)), verification: verifyFringe(image.image.data) };
  },
});

function partsOf(first: Exposure | undefined): Partial<Exposure> {
  return {
    ...(first?.detectorId === undefined ? {} : { detectorId: first.detectorId }),
    ...(first?.detectorName === undefined ? {} : { detectorName: first.detectorName }),
    ...(first?.filter ? { filter: first.filter } : {}),
    metadata: new Map(),
  };
}
