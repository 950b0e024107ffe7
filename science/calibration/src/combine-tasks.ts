import { type Exposure, exposureOf, type MaskedImage } from '@almagest/image';
import type { Box } from '@almagest/instrument';
import {
  type Deferred,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  prerequisite,
  type Task,
} from '@almagest/pipeline';
import { combineBias, combineDark, combineFlat } from './combine/calibration-frames.ts';
import { findDefects } from './defects/find-defects.ts';

const FRAMES = ['instrument', 'exposure', 'detector'];
const clipSigma = numberField({ doc: 'Values further than this from the median are left out [sigma].', default: 3.5, min: 1 });
const minFrames = integerField({ doc: 'Fewest frames.', default: 3, min: 1 });
const readNoise = numberField({ doc: 'Read noise that is expected [electron].', default: 8, min: 0 });

/** Bad pixels as plain data. */
interface BoxList {
  readonly boxes: readonly Box[];
}

/** A combined frame as an exposure, with the detector of its first input. */
function combined(maskedImage: MaskedImage, first: Exposure | undefined): Exposure {
  return exposureOf(maskedImage, {
    ...(first?.detectorId === undefined ? {} : { detectorId: first.detectorId }),
    ...(first?.detectorName === undefined ? {} : { detectorName: first.detectorName }),
    ...(first?.filter ? { filter: first.filter } : {}),
    metadata: new Map(),
  });
}

async function readAll(frames: readonly Deferred<Exposure>[]): Promise<Exposure[]> {
  const out: Exposure[] = [];
  for (const frame of frames) out.push(await frame.get());
  return out;
}

/** Combines bias frames from which the overscan was subtracted. */
export const combineBiasTask: Task = defineTask({
  name: 'combineBias',
  doc: 'Combines bias frames of a detector.',
  dimensions: ['instrument', 'detector'],
  config: { clipSigma, minFrames, readNoise },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpBiasIsr',
      storageClass: 'ExposureF',
      dimensions: FRAMES,
      doc: 'Bias frames without overscan [electron].',
      multiple: true,
      deferred: true,
    }),
    bias: output<Exposure>({
      name: 'bias',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined bias [electron].',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const exposures = await readAll(frames);
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 0 };
    const image = await combineBias(
      exposures.map((e) => e.maskedImage),
      noise,
      config,
    );
    context.metadata.set('frames', exposures.length);
    return { bias: combined(image, exposures[0]) };
  },
});

/** Combines darks from which the bias was subtracted, scaled to one second. */
export const combineDarkTask: Task = defineTask({
  name: 'combineDark',
  doc: 'Combines dark frames of a detector.',
  dimensions: ['instrument', 'detector'],
  config: { clipSigma, minFrames, readNoise },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpDarkIsr',
      storageClass: 'ExposureF',
      dimensions: FRAMES,
      doc: 'Darks without bias [electron].',
      multiple: true,
      deferred: true,
    }),
    dark: output<Exposure>({
      name: 'dark',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined dark [electron/s].',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const exposures = await readAll(frames);
    const seconds = exposures.map((e) => e.visitInfo?.darkSec ?? e.visitInfo?.exposureSec ?? 0);
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 1 };
    const image = await combineDark(
      exposures.map((e) => e.maskedImage),
      seconds,
      noise,
      config,
    );
    context.metadata.set('frames', exposures.length);
    return { dark: combined(image, exposures[0]) };
  },
});

/** Combines flats from which bias and dark were subtracted, one filter at a time, to mean 1. */
export const combineFlatTask: Task = defineTask({
  name: 'combineFlat',
  doc: 'Combines flats of a detector and filter.',
  dimensions: ['instrument', 'detector', 'physical_filter'],
  config: { clipSigma, minFrames, readNoise },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpFlatIsr',
      storageClass: 'ExposureF',
      dimensions: FRAMES,
      doc: 'Flats without bias and dark [electron].',
      multiple: true,
      deferred: true,
    }),
    flat: output<Exposure>({
      name: 'flat',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector', 'physical_filter'],
      doc: 'Combined flat, mean 1.',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const exposures = await readAll(frames);
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 1 };
    const image = await combineFlat(
      exposures.map((e) => e.maskedImage),
      noise,
      config,
    );
    context.metadata.set('frames', exposures.length);
    return { flat: combined(image, exposures[0]) };
  },
});

/** Lists the bad pixels of a detector from its combined dark. */
export const findDefectsTask: Task = defineTask({
  name: 'findDefects',
  doc: 'Finds hot pixels and columns of a detector.',
  dimensions: ['instrument', 'detector'],
  config: { hotPerSec: numberField({ doc: 'Dark above which a pixel is hot [electron/s].', default: 5, min: 0 }) },
  connections: {
    dark: prerequisite<Exposure>({
      name: 'dark',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined dark [electron/s].',
      calibration: true,
    }),
    defects: output<BoxList>({
      name: 'defects',
      storageClass: 'StructuredDataDict',
      dimensions: ['instrument', 'detector'],
      doc: 'Boxes of bad pixels on the assembled detector.',
      calibration: true,
    }),
  },
  run: ({ dark }, config, context) => {
    if (!dark) throw new NoWorkError('there is no combined dark to find defects on');
    const { width, height, data } = dark.maskedImage.image;
    const defects = findDefects({ width, height, dark: data }, config);
    context.metadata.metric('defects', defects.length, 'box');
    return { defects: { boxes: defects } };
  },
});
