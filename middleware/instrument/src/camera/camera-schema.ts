import { z } from 'zod';
import { type TranslationRules, translationSchema } from '../translation/rules.ts';
import type { DetectorPurpose, Linearity, ReadCorner, Site } from './camera.ts';

type BoxFile = [x: number, y: number, width: number, height: number];
type PerAmplifier = number | number[];

export interface AmplifierFile {
  name: string;
  hdu: number | string;
  box: BoxFile;
  rawData: BoxFile;
  rawSerialOverscan?: BoxFile | undefined;
  rawParallelOverscan?: BoxFile | undefined;
  rawPrescan?: BoxFile | undefined;
  flipX: boolean;
  flipY: boolean;
  readCorner?: ReadCorner | undefined;
}

/** Amplifiers of equal size in rows and columns, each in its own extension or side by side in one. */
export interface AmplifierGridFile {
  columns: number;
  /** The second row is read from the top. */
  rows: number;
  size: [width: number, height: number];
  prescan: number;
  serialOverscan: number;
  parallelOverscan: number;
  /** `{column}` and `{row}` count from 0. */
  name: string;
}

export interface DetectorTypeFile {
  size: [width: number, height: number];
  pixelMm: number;
  physicalType: string;
  bayer?: 'RGGB' | 'GRBG' | 'GBRG' | 'BGGR' | undefined;
  amplifiers: AmplifierFile[] | AmplifierGridFile;
  gain: PerAmplifier;
  readNoise: PerAmplifier;
  saturation: PerAmplifier;
  /** Default: the saturation level. */
  suspect?: PerAmplifier | undefined;
  linearity: Linearity | Linearity[];
}

export interface DetectorFile {
  id: number;
  name: string;
  type: string;
  serial?: string | undefined;
  group?: string | undefined;
  purpose: DetectorPurpose;
  centerMm?: [x: number, y: number] | undefined;
  rotationDeg: number;
  flipX: boolean;
  gain?: PerAmplifier | undefined;
  readNoise?: PerAmplifier | undefined;
  saturation?: PerAmplifier | undefined;
}

/** Many detectors of one type that differ in name only; ids count up from `firstId`. */
export interface DetectorListFile {
  type: string;
  firstId: number;
  names: string[];
  /** The group is the name before this text. */
  groupSeparator?: string | undefined;
}

/** A camera file after defaults. */
export interface CameraFile {
  format: 'almagest-camera/1';
  name: string;
  title: string;
  origin: string;
  site?: Site | undefined;
  optics: {
    apertureM?: number | undefined;
    plateScaleArcsecPerMm?: number | undefined;
    radialDistortion: number[];
    flipX: boolean;
  };
  filters: { name: string; band: string; wavelengthNm?: number | undefined; widthNm?: number | undefined }[];
  detectorTypes: Record<string, DetectorTypeFile>;
  detectors: DetectorFile[] | DetectorListFile;
  /** Largest exposure id that the data-id packers must hold. */
  maxExposureId: number;
  translation: TranslationRules;
}

const count = z.int().min(0);
/** [x, y, width, height], zero-based. */
const box = z.tuple([count, count, z.int().min(1), z.int().min(1)]);
const corner = z.enum(['LL', 'LR', 'UL', 'UR']);
/** One number for all amplifiers, or one for each in order. */
const perAmplifier = z.union([z.number(), z.array(z.number()).min(1)]);

const linearity = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('polynomial'), coefficients: z.array(z.number()).min(1) }),
  z.strictObject({ type: z.literal('spline'), knots: z.array(z.number()).min(2), values: z.array(z.number()).min(2) }),
  z.strictObject({ type: z.literal('lookup'), table: z.array(z.number()).min(2) }),
]);

const amplifier = z.strictObject({
  name: z.string().min(1),
  hdu: z.union([count, z.string()]).default(0),
  box,
  rawData: box,
  rawSerialOverscan: box.optional(),
  rawParallelOverscan: box.optional(),
  rawPrescan: box.optional(),
  flipX: z.boolean().default(false),
  flipY: z.boolean().default(false),
  readCorner: corner.optional(),
});

const amplifierGrid = z.strictObject({
  columns: z.int().min(1),
  rows: z.int().min(1).max(2),
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  prescan: count.default(0),
  serialOverscan: count.default(0),
  parallelOverscan: count.default(0),
  name: z.string().default('C{row}{column}'),
});

const detectorType = z.strictObject({
  size: z.tuple([z.int().min(1), z.int().min(1)]),
  pixelMm: z.number().positive(),
  physicalType: z.string().default(''),
  bayer: z.enum(['RGGB', 'GRBG', 'GBRG', 'BGGR']).optional(),
  amplifiers: z.union([z.array(amplifier).min(1), amplifierGrid]),
  gain: perAmplifier.default(1),
  readNoise: perAmplifier.default(0),
  saturation: perAmplifier.default(65535),
  suspect: perAmplifier.optional(),
  linearity: z.union([linearity, z.array(linearity)]).default({ type: 'none' }),
});

const detector = z.strictObject({
  id: count,
  name: z.string().min(1),
  type: z.string(),
  serial: z.string().optional(),
  group: z.string().optional(),
  purpose: z.enum(['science', 'guider', 'focus', 'wavefront']).default('science'),
  centerMm: z.tuple([z.number(), z.number()]).optional(),
  rotationDeg: z.number().default(0),
  flipX: z.boolean().default(false),
  gain: perAmplifier.optional(),
  readNoise: perAmplifier.optional(),
  saturation: perAmplifier.optional(),
});

const detectorList = z.strictObject({
  type: z.string(),
  firstId: count.default(0),
  names: z.array(z.string()).min(1),
  groupSeparator: z.string().optional(),
});

/** Schema of a camera file. */
export const cameraSchema: z.ZodType<CameraFile> = z.strictObject({
  format: z.literal('almagest-camera/1'),
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/),
  title: z.string(),
  origin: z.string(),
  site: z
    .strictObject({ name: z.string(), longitudeDeg: z.number(), latitudeDeg: z.number().min(-90).max(90), heightM: z.number() })
    .optional(),
  optics: z
    .strictObject({
      apertureM: z.number().positive().optional(),
      plateScaleArcsecPerMm: z.number().positive().optional(),
      radialDistortion: z.array(z.number()).default([]),
      flipX: z.boolean().default(false),
    })
    .default({ radialDistortion: [], flipX: false }),
  filters: z
    .array(
      z.strictObject({
        name: z.string(),
        band: z.string(),
        wavelengthNm: z.number().positive().optional(),
        widthNm: z.number().positive().optional(),
      }),
    )
    .default([]),
  detectorTypes: z.record(z.string(), detectorType),
  detectors: z.union([z.array(detector).min(1), detectorList]),
  maxExposureId: z
    .int()
    .min(1)
    .default(2 ** 40),
  translation: translationSchema,
});
