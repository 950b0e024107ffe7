import type { Butler, DatasetRef } from '@almagest/butler';
import { measureBackground, subtractBackground } from '@almagest/characterization';
import { type Exposure, exposureOf, type Image, type MaskedImage, medianInPlace } from '@almagest/image';
import { type Camera, readRaw } from '@almagest/instrument';
import { DEFAULT_ISR, reduceRaw } from '@almagest/isr';
import { SurveyFileError } from '../survey/errors.ts';
import { collectionsOf, datasetsOf, pathOf } from '../survey/repository.ts';

/** Frames that are combined; more of them lower the noise by little. */
const MOST_FRAMES = 41;
/** Fewest frames of which a median tells the sky from the detector. */
const FEWEST_FRAMES = 5;
const CELL_PIXELS = 64;
const NOTHING = {
  ...DEFAULT_ISR,
  serialOverscan: null,
  bias: false,
  dark: false,
  flat: false,
  defects: false,
  saturation: false,
  interpolation: null,
};

/**
 * Median over frames of what is left when the sky level is taken off each: what stays in its place while the stars drift.
 *
 * @param frames - Sky and all [electron], one shape; as many seconds long as `seconds` says.
 * @returns Fresh plane [electron/s]; zero where no frame has a value.
 */
export function medianPattern(frames: readonly { readonly image: Image; readonly seconds: number }[]): Float32Array {
  const rates = frames.map(({ image, seconds }) => {
    const background = measureBackground(image, { cellPixels: CELL_PIXELS });
    const left: Image = { ...image, data: new Float32Array(image.width * image.height), stride: image.width };
    subtractBackground(image, background, left);
    return left.data.map((value) => value / seconds);
  });
  const out = new Float32Array(rates[0]?.length ?? 0);
  const values = new Float32Array(rates.length);
  for (let k = 0; k < out.length; k++) {
    let n = 0;
    for (const rate of rates) if (Number.isFinite(rate[k])) values[n++] = rate[k]!;
    out[k] = n === 0 ? 0 : medianInPlace(values.subarray(0, n));
  }
  return out;
}

/**
 * Makes a dark of the science frames of a series that has none, and certifies it for all times. A dark that is there is kept.
 *
 * @returns Number of detectors that got one.
 * @throws {SurveyFileError} if no detector has enough frames.
 */
export async function certifyFixedPattern(butler: Butler, camera: Camera): Promise<number> {
  const instrument = camera.name;
  const { raw, calib } = collectionsOf(instrument);
  await butler.registry.registerCollection(calib, 'CALIBRATION');
  if ((await datasetsOf(butler, 'dark', [calib])).length > 0) return 0;
  const run = `${calib}/fixed-pattern`;
  await butler.registry.registerCollection(run, 'RUN');
  await butler.registerDatasetType({
    name: 'dark',
    dimensions: ['instrument', 'detector'],
    storageClass: 'ExposureF',
    isCalibration: true,
  });
  const byDetector = Map.groupBy(await datasetsOf(butler, 'raw', [raw]), ({ dataId }) => Number(dataId.get('detector')));
  const made: DatasetRef[] = [];
  for (const [detector, refs] of byDetector) {
    if (refs.length < FEWEST_FRAMES) continue;
    const frames: { image: Image; seconds: number }[] = [];
    let last: MaskedImage | undefined;
    const step = Math.max(1, refs.length / MOST_FRAMES);
    for (let k = 0; k < refs.length; k += step) {
      const raw = await readRaw(await pathOf(butler, refs[Math.floor(k)]!), { cameras: [camera], detector });
      last = reduceRaw({ detector: raw.detector, amplifiers: raw.amplifiers, darkSec: null, seed: '1' }, {}, NOTHING).maskedImage;
      frames.push({ image: last.image, seconds: Number(raw.info.exposure_time) });
    }
    if (!last) continue;
    const image = { ...last.image, data: medianPattern(frames), stride: last.image.width };
    const mask = { ...last.mask, data: last.mask.data.map(() => 0) };
    const dark: Exposure = exposureOf({ image, mask, variance: { ...image, data: new Float32Array(image.data.length) } });
    made.push(await butler.put(dark, 'dark', { instrument, detector }, { run }));
  }
  if (made.length === 0)
    throw new SurveyFileError(
      `fixedPattern takes the dark from ${FEWEST_FRAMES} frames or more of one detector; found ${Math.max(0, ...[...byDetector.values()].map(({ length }) => length))}. Leave it out and switch the step off: config: { isr: { dark: false } }`,
      { details: { path: 'fixedPattern' } },
    );
  await butler.registry.certify(calib, made);
  return made.length;
}
