import { z } from 'zod';
import type { CalibrationPlan, EffectStrengths, Profile } from './profile.ts';

const fraction = z.number().min(0).max(1);
const positive = z.number().positive();
const notNegative = z.number().min(0);
const count = z.int().min(0);
const band = z.enum(['u', 'g', 'r', 'i', 'z', 'y']);

/** The full signature of a camera with thick, deep-depletion detectors, in round numbers. */
export const DEFAULT_EFFECTS: EffectStrengths = {
  gainScatter: 0.02,
  biasAdu: 1000,
  biasScatterAdu: 60,
  biasPattern: 2,
  biasDrift: 0.3,
  darkCurrent: 0.02,
  hotFraction: 1e-4,
  hotRate: 30,
  deadFraction: 3e-5,
  deadColumns: 4,
  pixelResponse: 0.006,
  largeScaleResponse: 0.02,
  vignetting: 0.1,
  fringe: 1,
  nonlinearity: 0.01,
  crosstalk: 2e-4,
  brighterFatter: 0.25,
  cti: 5e-7,
  ctiDecay: 1.5,
  fullWell: 93_000,
  cosmicRays: 0.025,
};

const effects = z.strictObject({
  gainScatter: fraction.default(DEFAULT_EFFECTS.gainScatter),
  biasAdu: notNegative.default(DEFAULT_EFFECTS.biasAdu),
  biasScatterAdu: notNegative.default(DEFAULT_EFFECTS.biasScatterAdu),
  biasPattern: notNegative.default(DEFAULT_EFFECTS.biasPattern),
  biasDrift: notNegative.default(DEFAULT_EFFECTS.biasDrift),
  darkCurrent: notNegative.default(DEFAULT_EFFECTS.darkCurrent),
  hotFraction: fraction.default(DEFAULT_EFFECTS.hotFraction),
  hotRate: notNegative.default(DEFAULT_EFFECTS.hotRate),
  deadFraction: fraction.default(DEFAULT_EFFECTS.deadFraction),
  deadColumns: count.default(DEFAULT_EFFECTS.deadColumns),
  pixelResponse: fraction.default(DEFAULT_EFFECTS.pixelResponse),
  largeScaleResponse: fraction.default(DEFAULT_EFFECTS.largeScaleResponse),
  vignetting: fraction.default(DEFAULT_EFFECTS.vignetting),
  fringe: notNegative.default(DEFAULT_EFFECTS.fringe),
  nonlinearity: fraction.default(DEFAULT_EFFECTS.nonlinearity),
  crosstalk: fraction.default(DEFAULT_EFFECTS.crosstalk),
  brighterFatter: notNegative.default(DEFAULT_EFFECTS.brighterFatter),
  cti: fraction.default(DEFAULT_EFFECTS.cti),
  ctiDecay: positive.default(DEFAULT_EFFECTS.ctiDecay),
  fullWell: positive.default(DEFAULT_EFFECTS.fullWell),
  cosmicRays: notNegative.default(DEFAULT_EFFECTS.cosmicRays),
});

const DEFAULT_CALIBRATION: CalibrationPlan = {
  bias: 0,
  darks: 0,
  darkSec: 30,
  flatBands: [],
  flatLevels: [],
  flatsPerBand: 0,
  flatLevel: 20_000,
  twilight: 0,
  spots: 0,
};

const calibration = z.strictObject({
  bias: count.default(0),
  darks: count.default(0),
  darkSec: positive.default(30),
  flatBands: z.array(band).default([]),
  flatLevels: z.array(positive).default([]),
  flatsPerBand: count.default(0),
  flatLevel: positive.default(20_000),
  twilight: count.default(0),
  spots: count.default(0),
});

/** Schema of a profile; only the camera, the field and the nights must be given. */
export const profileSchema: z.ZodType<Profile> = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  camera: z.string(),
  seed: z.coerce.string().default('1'),
  field: z.strictObject({
    raDeg: z.number().min(0).max(360),
    decDeg: z.number().min(-90).max(90),
    ditherArcsec: notNegative.default(10),
    rotationStepDeg: z.number().default(0),
    offsetsArcmin: z
      .array(z.tuple([z.number(), z.number()]))
      .min(1)
      .default([[0, 0]]),
  }),
  sky: z
    .strictObject({
      limitMag: z.number().min(14).max(28).default(25),
      starDensity: notNegative.default(1),
      galaxyDensity: notNegative.default(1),
      variablesPerClass: count.default(2),
      activeNuclei: count.default(3),
      transients: count.default(5),
      asteroids: count.default(5),
    })
    .prefault({}),
  firstNight: z.iso.date(),
  nightStep: z.int().min(1).default(1),
  nights: z.array(z.array(band)).min(1),
  exposureSec: positive.default(30),
  visitGapSec: notNegative.default(1800),
  seeing: z.strictObject({ medianArcsec: positive.default(0.8), scatter: notNegative.default(0.12) }).prefault({}),
  clouds: z.strictObject({ probability: fraction.default(0.2), meanMag: notNegative.default(0.15) }).prefault({}),
  satelliteTrails: notNegative.default(0.2),
  pointingErrorArcsec: notNegative.default(2),
  calibration: calibration.default({ ...DEFAULT_CALIBRATION, flatBands: [], flatLevels: [] }),
  effects: effects.default(DEFAULT_EFFECTS),
});
