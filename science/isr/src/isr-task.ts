import { Header } from '@almagest/fits';
import { type Exposure, exposureOf, type MetadataValue, type VisitInfo } from '@almagest/image';
import {
  type Box,
  isTaiTime,
  type Linearity,
  nominalWcsCards,
  type ObservationInfo,
  pointingOf,
  type RawExposure,
} from '@almagest/instrument';
import {
  booleanField,
  choiceField,
  type Connection,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  prerequisite,
  type Task,
} from '@almagest/pipeline';
import { readWcs, type SkyWcs } from '@almagest/wcs';
import { DEFAULT_AMPLIFIER_OFFSET } from './amplifier-offset/amplifier-offset.ts';
import { DEFAULT_BRIGHTER_FATTER } from './brighter-fatter/correct.ts';
import type { CrosstalkMatrix } from './crosstalk/crosstalk.ts';
import { CalibrationMismatchError, NothingUsableError } from './errors.ts';
import { DEFAULT_FRINGE } from './fringe/fringe.ts';
import { DEFAULT_INTERPOLATION } from './interpolation/interpolate.ts';
import { MEDIAN_PER_ROW } from './overscan/overscan.ts';
import type { IsrConfig } from './reduce/isr-config.ts';
import type { IsrCalibrations, RawDetector } from './reduce/isr-data.ts';
import { reduceRaw } from './reduce/reduce-raw.ts';
import type { TransferModel } from './transfer/serial-transfer.ts';

/** Calibrations by amplifier as the butler holds them (plain data), in order of the camera's amplifiers. */
export interface AmplifierCalibration {
  readonly gains?: readonly number[];
  readonly readNoises?: readonly number[];
  readonly saturations?: readonly number[];
  readonly suspects?: readonly number[];
}

/** A brighter-fatter kernel as plain data, row-major. */
export interface KernelData {
  readonly width: number;
  readonly height: number;
  readonly values: readonly number[];
}

const DETECTOR = ['instrument', 'detector'] as const;

function calibration<T>(
  name: string,
  storageClass: string,
  doc: string,
  dimensions: readonly string[] = DETECTOR,
): Connection<T | undefined, 'prerequisite'> {
  return prerequisite<T | undefined>({ name, storageClass, dimensions: [...dimensions], doc, calibration: true, optional: true } as never);
}

const switchField = (what: string, on: boolean): ReturnType<typeof booleanField> =>
  booleanField({ doc: `Whether to ${what}.`, default: on });

/** Removes the instrument's signature from one detector of one exposure. */
export const isrTask: Task = defineTask({
  name: 'isr',
  doc: "Removes the instrument's signature from a raw.",
  dimensions: ['instrument', 'exposure', 'detector'],
  config: {
    overscan: switchField('subtract a median for every row of the serial overscan', true),
    parallelOverscan: switchField('subtract a median for every column of the parallel overscan', false),
    saturation: switchField('flag saturated and suspect pixels', true),
    saturationGrow: integerField({ doc: 'Pixels by which saturated regions grow.', default: 1, min: 0, max: 50 }),
    crosstalk: switchField('subtract crosstalk', false),
    linearity: switchField('correct loss of linearity', false),
    transfer: switchField('put deferred charge back', false),
    bias: switchField('subtract the bias', true),
    dark: switchField('subtract the scaled dark', true),
    brighterFatter: switchField('correct the brighter-fatter effect', false),
    defects: switchField('flag defects', true),
    flat: switchField('divide by the flat', true),
    flatMinimum: numberField({ doc: 'Relative response that a pixel must exceed.', default: 0.2, min: 0 }),
    fringe: switchField('subtract fringes', false),
    amplifierOffset: switchField('subtract pedestals of amplifiers', false),
    interpolate: switchField('interpolate over saturated, bad and missing pixels', true),
    badAmplifier: choiceField({
      doc: 'What a bad amplifier does.',
      choices: { mask: 'it is masked and the rest goes on', stop: 'the task fails' },
      default: 'mask',
    }),
    nothingUsable: choiceField({
      doc: 'What becomes of a detector of which no pixel can be used, such as a flat beyond the full well.',
      choices: { fail: 'the task fails', skip: 'there is no work, and what follows does without it' },
      default: 'fail',
    }),
    badAmplifierNoise: numberField({ doc: 'Read noise over the expected one beyond which an amplifier is bad.', default: 10, min: 1 }),
  },
  connections: {
    raw: input<RawExposure>({
      name: 'raw',
      storageClass: 'RawExposure',
      dimensions: ['instrument', 'exposure', 'detector'],
      doc: 'Raw pixels with their header in standard form.',
    }),
    biasFrame: calibration<Exposure>('bias', 'ExposureF', 'Combined bias [electron].'),
    darkFrame: calibration<Exposure>('dark', 'ExposureF', 'Combined dark [electron/s].'),
    flatFrame: calibration<Exposure>('flat', 'ExposureF', 'Combined flat.', ['instrument', 'detector', 'physical_filter']),
    fringeFrame: calibration<Exposure>('fringe', 'ExposureF', 'Fringe frame.', ['instrument', 'detector', 'physical_filter']),
    ptc: calibration<AmplifierCalibration>('ptc', 'StructuredDataDict', 'Gain, read noise and turnoff of the amplifiers.'),
    linearizer: calibration<readonly Linearity[]>('linearizer', 'StructuredDataList', 'Linearity of the amplifiers.'),
    crosstalkMatrix: calibration<{ readonly linear: readonly number[]; readonly quadratic?: readonly number[] }>(
      'crosstalk',
      'StructuredDataDict',
      'Crosstalk coefficients, row-major by victim.',
    ),
    transferModels: calibration<readonly TransferModel[]>('cti', 'StructuredDataList', 'Serial transfer of the amplifiers.'),
    bfKernel: calibration<KernelData>('bfk', 'StructuredDataDict', 'Brighter-fatter kernel [1/electron].'),
    defectList: calibration<{ readonly boxes: readonly Box[] }>(
      'defects',
      'StructuredDataDict',
      'Boxes of bad pixels on the assembled detector.',
    ),
    exposure: output<Exposure>({
      name: 'postISRCCD',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'exposure', 'detector'],
      doc: 'Detector without its signature [electron].',
    }),
  },
  // What a configuration does not use is not looked for, so that a pipeline may make it.
  omitConnections: (config) => [
    ...(config.bias ? [] : ['biasFrame']),
    ...(config.dark ? [] : ['darkFrame']),
    ...(config.flat ? [] : ['flatFrame']),
    ...(config.fringe ? [] : ['fringeFrame']),
    ...(config.linearity ? [] : ['linearizer']),
    ...(config.crosstalk ? [] : ['crosstalkMatrix']),
    ...(config.transfer ? [] : ['transferModels']),
    ...(config.brighterFatter ? [] : ['bfKernel']),
    ...(config.defects ? [] : ['defectList']),
  ],
  run: (inputs, config, context) => {
    const { raw } = inputs;
    const n = raw.amplifiers.length;
    checkDetectors(raw, { bias: inputs.biasFrame, dark: inputs.darkFrame, flat: inputs.flatFrame, fringe: inputs.fringeFrame });
    const calibrations = definedOnly({
      gains: inputs.ptc?.gains,
      readNoises: inputs.ptc?.readNoises,
      saturations: inputs.ptc?.saturations,
      suspects: inputs.ptc?.suspects,
      linearity: inputs.linearizer,
      crosstalk: inputs.crosstalkMatrix && crosstalkOf(inputs.crosstalkMatrix, n, raw.detector.name),
      transfer: inputs.transferModels,
      bias: inputs.biasFrame?.maskedImage.image.data,
      dark: inputs.darkFrame?.maskedImage.image.data,
      flat: inputs.flatFrame?.maskedImage.image.data,
      fringes: inputs.fringeFrame && [inputs.fringeFrame.maskedImage.image.data],
      brighterFatter: inputs.bfKernel && { ...inputs.bfKernel, values: Float32Array.from(inputs.bfKernel.values) },
      defects: inputs.defectList?.boxes,
    });
    const steps: IsrConfig = {
      serialOverscan: config.overscan ? MEDIAN_PER_ROW : null,
      parallelOverscan: config.parallelOverscan ? MEDIAN_PER_ROW : null,
      saturation: config.saturation,
      saturationGrow: config.saturationGrow,
      crosstalk: config.crosstalk,
      linearity: config.linearity,
      transfer: config.transfer,
      bias: config.bias,
      dark: config.dark,
      brighterFatter: config.brighterFatter ? DEFAULT_BRIGHTER_FATTER : null,
      brighterFatterGrow: 2,
      defects: config.defects,
      flat: config.flat,
      flatMinimum: config.flatMinimum,
      fringe: config.fringe ? DEFAULT_FRINGE : null,
      amplifierOffset: config.amplifierOffset ? DEFAULT_AMPLIFIER_OFFSET : null,
      interpolation: config.interpolate ? DEFAULT_INTERPOLATION : null,
      badAmplifier: config.badAmplifier,
      badAmplifierNoise: config.badAmplifierNoise,
    };
    const { maskedImage, statistics } = context.metadata.time('reduce', () =>
      workOf(config.nothingUsable, () => reduceRaw(rawDetector(raw, context.seed), calibrations, steps)),
    );
    context.metadata.set('isr', statistics);
    context.metadata.metric('background', statistics.median, 'electron');
    context.metadata.metric('noise', statistics.scatter, 'electron');
    for (const { name, bad } of statistics.amplifiers)
      if (bad) context.metadata.warn(`amplifier ${raw.detector.name}.${name} is bad and masked`);
    const filter = filterOf(raw);
    const wcs = wcsOf(raw);
    return {
      exposure: exposureOf(maskedImage, {
        visitInfo: visitInfoOf(raw.info),
        detectorId: raw.detector.id,
        detectorName: raw.detector.name,
        metadata: metadataOf(raw),
        ...(filter ? { filter } : {}),
        ...(wcs ? { wcs } : {}),
      }),
    };
  },
});

/** @throws {NoWorkError} in place of {@link NothingUsableError} where that is to be passed over. */
function workOf<T>(nothingUsable: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (nothingUsable === 'skip' && error instanceof NothingUsableError) throw new NoWorkError(error.message);
    throw error;
  }
}

/** A frame of another detector may have the same shape. @throws {CalibrationMismatchError} naming both. */
function checkDetectors({ detector, info }: RawExposure, frames: Readonly<Record<string, Exposure | undefined>>): void {
  for (const [step, frame] of Object.entries(frames)) {
    const found = frame?.detectorName;
    if (found === undefined || found === '' || found === detector.name) continue;
    throw new CalibrationMismatchError(
      `the ${step} for detector ${detector.name} of exposure ${typeof info.exposure_id === 'number' ? info.exposure_id : ''} is of detector ${found}`,
      { details: { step, expected: detector.name, found } },
    );
  }
}

function definedOnly(parts: { readonly [K in keyof IsrCalibrations]: IsrCalibrations[K] | undefined }): IsrCalibrations {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function crosstalkOf(
  data: { readonly linear: readonly number[]; readonly quadratic?: readonly number[] },
  n: number,
  detector: string,
): CrosstalkMatrix {
  if (data.linear.length !== n * n) {
    throw new CalibrationMismatchError(
      `crosstalk of detector ${detector} must have ${n} x ${n} coefficients; found ${data.linear.length}`,
      {
        details: { step: 'crosstalk', expected: String(n * n), found: String(data.linear.length) },
      },
    );
  }
  const quadratic = data.quadratic ? { quadratic: Float64Array.from(data.quadratic) } : {};
  return { victims: n, sources: n, linear: Float64Array.from(data.linear), ...quadratic };
}

function rawDetector({ detector, amplifiers, info }: RawExposure, seed: number): RawDetector {
  const darkSec = typeof info.dark_time === 'number' ? info.dark_time : typeof info.exposure_time === 'number' ? info.exposure_time : null;
  return { detector, amplifiers, darkSec, seed: String(seed) };
}

function filterOf({ camera, info }: RawExposure): { readonly band: string; readonly physical: string } | undefined {
  const physical = info.physical_filter;
  if (typeof physical !== 'string') return undefined;
  return { physical, band: camera.filters.find((f) => f.name === physical)?.band ?? physical };
}

/** Where the telescope said that it pointed; the astrometric fit starts from it. */
function wcsOf({ camera, detector, info }: RawExposure): SkyWcs | undefined {
  const pointing = pointingOf(info);
  const cards = pointing && nominalWcsCards(camera, detector, pointing);
  return cards && readWcs(Header.of({ NAXIS: 2, NAXIS1: detector.width, NAXIS2: detector.height, ...cards }));
}

function metadataOf({ header }: RawExposure): ReadonlyMap<string, MetadataValue> {
  return new Map([...header].filter((entry): entry is [string, Exclude<(typeof entry)[1], null>] => entry[1] !== null));
}

/** What the pipelines want to know of the visit, from the header in standard form. */
export function visitInfoOf(info: ObservationInfo): VisitInfo {
  const RAD = Math.PI / 180;
  const out: { -readonly [K in keyof VisitInfo]: VisitInfo[K] } = {};
  const { datetime_begin: begin, exposure_time: exposureSec, dark_time: darkSec, tracking_radec: radec, altaz_begin: altaz } = info;
  if (typeof info.visit_id === 'number') out.visitId = BigInt(info.visit_id);
  if (typeof info.instrument === 'string') out.instrument = info.instrument;
  if (typeof exposureSec === 'number') out.exposureSec = exposureSec;
  if (typeof darkSec === 'number') out.darkSec = darkSec;
  if (isTaiTime(begin) && typeof exposureSec === 'number') out.midpointTaiNs = begin.taiNs + BigInt(Math.round(exposureSec * 5e8));
  if (Array.isArray(radec)) [out.boresightRa, out.boresightDec] = radec.map((v: number) => v * RAD);
  if (Array.isArray(altaz)) [out.boresightAzimuth, out.boresightAltitude] = altaz.map((v: number) => v * RAD);
  if (typeof info.boresight_airmass === 'number') out.boresightAirmass = info.boresight_airmass;
  if (typeof info.boresight_rotation_angle === 'number') out.boresightRotation = info.boresight_rotation_angle * RAD;
  if (typeof info.temperature === 'number') out.airTemperatureC = info.temperature - 273.15;
  if (typeof info.pressure === 'number') out.airPressurePa = info.pressure * 100;
  if (typeof info.relative_humidity === 'number') out.humidity = info.relative_humidity / 100;
  if (typeof info.object === 'string') out.object = info.object;
  if (typeof info.observation_type === 'string') out.observationType = info.observation_type;
  if (typeof info.science_program === 'string') out.scienceProgram = info.science_program;
  if (typeof info.focus_z === 'number') out.focusZMm = info.focus_z * 1000;
  return out;
}
