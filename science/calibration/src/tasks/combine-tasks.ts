import { type Exposure, exposureOf, type MaskedImage } from '@almagest/image';
import type { Box } from '@almagest/instrument';
import {
  type Deferred,
  type InputOptions,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  prerequisite,
  type Task,
} from '@almagest/pipeline';
import { combineBias, combineDark, combineFlat } from '../combine/calibration-frames.ts';
import { findDefects } from '../defects/find-defects.ts';
import { verifyBias, verifyDark, verifyDefects, verifyFlat } from '../verify/verify-products.ts';
import { verificationOf } from './connections.ts';
import { type DeferredFrame, deferredFrames } from './deferred-frames.ts';

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

/**
 * Flats of about the level that most of them have: series for photon transfer hold some that are nearly dark and some that saturate.
 */
function alike(frames: readonly DeferredFrame[]): DeferredFrame[] {
  const seconds = frames.map(({ head }) => head.visitInfo?.exposureSec ?? 0);
  const counts = [...Map.groupBy(seconds, (s) => s)].toSorted((a, b) => b[1].length - a[1].length || b[0] - a[0]);
  const usual = counts[0]?.[0] ?? 0;
  return frames.filter((_, k) => seconds[k] >= usual / 1.5 && seconds[k] <= usual * 1.5);
}

/** Combines bias frames from which the overscan was subtracted. */
export const combineBiasTask: Task = defineTask({
  name: 'combineBias',
  doc: 'Combines bias frames of a detector.',
  dimensions: ['instrument', 'detector'],
  config: {
    clipSigma,
    minFrames,
    readNoise,
    maxLevel: numberField({
      doc: 'Largest level that is certified [electron]; more where the camera has no overscan.',
      default: 50,
      min: 0,
    }),
  },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpBiasIsr',
      storageClass: 'ExposureF',
      dimensions: FRAMES,
      doc: 'Bias frames without overscan [electron].',
      multiple: true,
      deferred: true,
    }),
    verification: verificationOf('bias'),
    bias: output<Exposure>({
      name: 'bias',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined bias [electron].',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const inputs = await deferredFrames(frames);
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 0 };
    const image = await combineBias(inputs, noise, config);
    context.metadata.set('frames', inputs.length);
    const verification = verifyBias(image.image.data, { ...config, frames: inputs.length });
    return { bias: combined(image, inputs[0]?.head), verification };
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
    verification: verificationOf('dark'),
    dark: output<Exposure>({
      name: 'dark',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined dark [electron/s].',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const inputs = await deferredFrames(frames);
    const seconds = inputs.map(({ head }) => head.visitInfo?.darkSec ?? head.visitInfo?.exposureSec ?? 0);
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 1 };
    const image = await combineDark(inputs, seconds, noise, config);
    context.metadata.set('frames', inputs.length);
    return { dark: combined(image, inputs[0]?.head), verification: verifyDark(image.image.data) };
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
    verification: verificationOf('flat', ['instrument', 'detector', 'physical_filter']),
    flat: output<Exposure>({
      name: 'flat',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector', 'physical_filter'],
      doc: 'Combined flat, mean 1.',
      calibration: true,
    }),
  },
  run: async ({ frames }, config, context) => {
    const inputs = alike(await deferredFrames(frames));
    const noise = { readVariance: config.readNoise ** 2, variancePerUnit: 1 };
    const image = await combineFlat(inputs, noise, config);
    context.metadata.set('frames', inputs.length);
    return { flat: combined(image, inputs[0]?.head), verification: verifyFlat(image.image.data) };
  },
});

/** Lists the bad pixels of a detector from its combined dark and flats. */
export const findDefectsTask: Task = defineTask({
  name: 'findDefects',
  doc: 'Finds hot, dead and unevenly sensitive pixels and columns of a detector.',
  dimensions: ['instrument', 'detector'],
  config: {
    hotPerSec: numberField({ doc: 'Dark above which a pixel is hot [electron/s].', default: 5, min: 0 }),
    deadBelow: numberField({ doc: 'Part of the response around it below which a pixel is dead.', default: 0.8, min: 0, max: 1 }),
    brightAbove: numberField({ doc: 'Multiple of the response around it above which a pixel is wrong.', default: 1.2, min: 1 }),
  },
  connections: {
    dark: prerequisite<Exposure>({
      name: 'dark',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector'],
      doc: 'Combined dark [electron/s].',
      calibration: true,
    }),
    // An input, not a calibration: flats of every filter are wanted, whatever the time.
    flats: input<readonly Deferred<Exposure>[]>({
      name: 'flat',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'detector', 'physical_filter'],
      doc: 'Combined flats of all filters.',
      multiple: true,
      deferred: true,
      minimum: 0,
      calibration: true,
    } as InputOptions<readonly Deferred<Exposure>[]>),
    verification: verificationOf('defects'),
    defects: output<BoxList>({
      name: 'defects',
      storageClass: 'StructuredDataDict',
      dimensions: ['instrument', 'detector'],
      doc: 'Boxes of bad pixels on the assembled detector.',
      calibration: true,
    }),
  },
  run: async ({ dark, flats }, config, context) => {
    if (!dark) throw new NoWorkError('there is no combined dark to find defects on');
    const { width, height, data } = dark.maskedImage.image;
    const planes: Float32Array[] = [];
    for (const flat of flats) planes.push((await flat.get()).maskedImage.image.data);
    const flat = worstOf(planes);
    const boxes = findDefects({ width, height, dark: data, ...(flat ? { flat } : {}) }, config);
    context.metadata.metric('defects', boxes.length, 'box');
    context.metadata.set('flats', planes.length);
    return { defects: { boxes }, verification: verifyDefects(boxes, { width, height }) };
  },
});

/** The value of each pixel that lies farthest from 1 among the flats; undefined where there is none. */
function worstOf([first, ...others]: readonly Float32Array[]): Float32Array | undefined {
  if (!first) return undefined;
  const out = Float32Array.from(first);
  for (const plane of others) for (let i = 0; i < out.length; i++) if (Math.abs(plane[i] - 1) > Math.abs(out[i] - 1)) out[i] = plane[i];
  return out;
}
