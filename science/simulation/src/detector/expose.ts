import type { Image } from '@almagest/image';
import type { Detector } from '@almagest/instrument';
import type { Random } from '@almagest/numerics';
import type { ExposurePlan } from '../observation/exposure-plan.ts';
import { BAND_PROPERTIES } from '../sky/bands.ts';
import { bleedInPlace } from './bleed.ts';
import { pushBoundariesInPlace } from './brighter-fatter.ts';
import { type CosmicRayHits, drawCosmicRays } from './cosmic-rays.ts';
import type { DetectorSignature } from './signature.ts';

/** Charge in the pixels at the end of an exposure. */
export interface ExposedDetector {
  /** [electron], row-major on the assembled detector. */
  readonly charge: Float32Array;
  readonly cosmicRays: CosmicRayHits;
}

/** Light that falls on the detector [electron], before its response; the sky alone for fringes. Adopted: its pixels are overwritten. */
export interface Light {
  readonly image: Image;
  readonly skyLevel: number;
}

/**
 * Exposes a detector: response, fringes, dark current, photon noise, cosmic rays, brighter-fatter effect, full wells.
 *
 * @param light - Adopted and overwritten; null for frames without light.
 */
export function exposeDetector(
  detector: Detector,
  plan: ExposurePlan,
  signature: DetectorSignature,
  light: Light | null,
  random: Random,
): ExposedDetector {
  const { width, height } = detector;
  const charge = light ? light.image.data : new Float32Array(width * height);
  const { effects } = signature;
  if (light) {
    const amplitude = plan.type === 'science' || plan.type === 'twilight' ? effects.fringe * BAND_PROPERTIES[plan.band].fringe : 0;
    if (amplitude > 0) addFringesInPlace(charge, detector, 0.5 * amplitude * light.skyLevel);
    const { response } = signature;
    for (let i = 0; i < charge.length; i++) charge[i] *= response[i];
  }
  addDarkInPlace(charge, detector, plan, signature);
  const noise = random.fork('photons');
  for (let i = 0; i < charge.length; i++) if (charge[i] > 0) charge[i] = noise.poisson(charge[i]);
  const areaCm2 = (width * height * detector.pixelMm ** 2) / 100;
  const seconds = plan.exposureSec + READ_OUT_SEC / 2;
  const cosmicRays = drawCosmicRays(detector, effects.cosmicRays * areaCm2 * seconds, random.fork('cosmic rays'));
  for (let k = 0; k < cosmicRays.indices.length; k++) charge[cosmicRays.indices[k]] += cosmicRays.electrons[k];
  if (light) pushBoundariesInPlace(charge, detector, signature.brighterFatter);
  for (const amp of detector.amplifiers) bleedInPlace(charge, width, amp.box, effects.fullWell);
  return { charge, cosmicRays };
}

/** Pixels gather cosmic rays for half of the read-out on average. */
const READ_OUT_SEC = 3;

function addDarkInPlace(charge: Float32Array, detector: Detector, plan: ExposurePlan, { effects, defects }: DetectorSignature): void {
  const dark = effects.darkCurrent * plan.exposureSec;
  if (dark > 0) for (let i = 0; i < charge.length; i++) charge[i] += dark;
  for (const { kind, x, y, rate } of defects) if (kind === 'hot') charge[y * detector.width + x] += rate * plan.exposureSec;
}

/** Interference fringes: the pattern is that of a wedge of slowly changing thickness, the same in every exposure. */
export function addFringesInPlace(plane: Float32Array, detector: Detector, amplitude: number): void {
  const { width, height } = detector;
  for (let y = 0; y < height; y++) {
    const base = y * width;
    for (let x = 0; x < width; x++) plane[base + x] += amplitude * fringePattern(detector, x, y);
  }
}

/** The fringe pattern at a pixel, between -1 and 1. */
export function fringePattern(detector: Detector, x: number, y: number): number {
  const u = (x - 0.3 * detector.width) / 1000;
  const v = (y - 0.6 * detector.height) / 1000;
  return Math.sin(62 * u + 40 * v + 6 * u * u - 4 * u * v + 3 * v * v);
}
