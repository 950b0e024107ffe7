import { createImage, type Image } from '@almagest/image';
import type { Camera, Detector } from '@almagest/instrument';
import { createRandom, type Random } from '@almagest/numerics';
import { mjdFromTaiNs, nsFromSeconds } from '@almagest/time';
import type { CosmicRayHits } from '../detector/cosmic-rays.ts';
import { exposeDetector, type Light } from '../detector/expose.ts';
import { type RawAmplifier, readOut } from '../detector/read-out.ts';
import type { DetectorSignature } from '../detector/signature.ts';
import type { SkyModel } from '../sky/sky-model.ts';
import { apparentSky, type SkyTimes } from './apparent-sky.ts';
import type { ExposurePlan } from './exposure-plan.ts';
import { type DrawnSource, renderSky } from './render-sky.ts';

/** One detector of one exposure: raw pixels and what is true of them. */
export interface SimulatedExposure {
  readonly plan: ExposurePlan;
  readonly detector: Detector;
  readonly raw: readonly RawAmplifier[];
  readonly drawn: readonly DrawnSource[];
  readonly cosmicRays: CosmicRayHits;
  /** Sky at the centre [electron], and the magnitude of one electron; 0 for calibrations. */
  readonly skyLevel: number;
  readonly zeroPoint: number;
  /** Charge before read-out [electron], where it was asked for. */
  readonly charge: Float32Array | null;
  /** Expected light before the detector's response [electron], where it was asked for. */
  readonly light: Float32Array | null;
}

export interface SimulateInput {
  readonly camera: Camera;
  readonly detector: Detector;
  readonly plan: ExposurePlan;
  readonly signature: DetectorSignature;
  readonly sky: SkyModel;
  readonly times: SkyTimes;
  readonly seed: string;
  /** Keep `charge` and `light` of the result. */
  readonly keepTruthPlanes?: boolean;
}

/** Middle of an exposure [MJD TAI]. */
export function midpointMjd(plan: ExposurePlan): number {
  return mjdFromTaiNs(plan.beginTaiNs + nsFromSeconds(plan.exposureSec / 2), 'tai');
}

/**
 * Simulates one detector of one exposure.
 *
 * Depends on nothing but its input: exposures and detectors can be made in any order, on any machine, with the same bytes.
 */
export function simulateExposure(input: SimulateInput): SimulatedExposure {
  const { camera, detector, plan, signature, sky, times } = input;
  const random = createRandom(`${input.seed}/exposure/${plan.exposureId}/${detector.name}`);
  const conditions = plan.type === 'science' ? plan.sky : null;
  let light: Light | null = null;
  let drawn: readonly DrawnSource[] = [];
  let zeroPoint = 0;
  if (conditions) {
    const sources = apparentSky(sky, { band: plan.band, mjd: midpointMjd(plan), exposureSec: plan.exposureSec }, times);
    // Clouds, gradients and trails are the same for all detectors of the exposure.
    const rendered = renderSky(
      { camera, detector, plan, conditions, sources },
      createRandom(`${input.seed}/exposure/${plan.exposureId}/sky`),
    );
    light = rendered;
    drawn = rendered.drawn;
    zeroPoint = rendered.zeroPoint;
  } else if (plan.type === 'spots') light = spotLight(detector, plan, random.fork('spots'));
  else if (plan.level > 0) light = flatLight(detector, plan);
  const keep = input.keepTruthPlanes === true;
  const lightPlane = keep && light ? Float32Array.from(light.image.data) : null;
  const { charge, cosmicRays } = exposeDetector(detector, plan, signature, light, random);
  const raw = readOut(charge, detector, signature, random.fork('read-out'));
  return {
    plan,
    detector,
    raw,
    drawn,
    cosmicRays,
    skyLevel: light?.skyLevel ?? 0,
    zeroPoint,
    charge: keep ? charge : null,
    light: lightPlane,
  };
}

/** Side of the square of each amplifier that holds one spot, and radius of a spot with its soft edge [pixel]. */
const SPOT_CELL = 64;
const SPOT_RADIUS = 8;
const SPOT_EDGE = 1;

/** Spots of a projector on dark ground, in every amplifier at places of its own, so that what is seen at the places of others is crosstalk. */
function spotLight(detector: Detector, plan: ExposurePlan, random: Random): Light {
  const image: Image = createImage(detector.width, detector.height);
  const margin = SPOT_RADIUS + 4 * SPOT_EDGE;
  for (const { box } of detector.amplifiers)
    for (let y0 = box.y; y0 + SPOT_CELL <= box.y + box.height; y0 += SPOT_CELL)
      for (let x0 = box.x; x0 + SPOT_CELL <= box.x + box.width; x0 += SPOT_CELL) {
        const [cx, cy] = [x0 + random.uniform(margin, SPOT_CELL - margin), y0 + random.uniform(margin, SPOT_CELL - margin)];
        for (let y = Math.ceil(cy - margin); y <= cy + margin; y++)
          for (let x = Math.ceil(cx - margin); x <= cx + margin; x++) {
            const outside = (Math.hypot(x - cx, y - cy) - SPOT_RADIUS) / SPOT_EDGE;
            image.data[y * image.stride + x] += plan.level / (1 + Math.exp(2 * outside));
          }
      }
  return { image, skyLevel: 0 };
}

/** Even light; twilight has a gradient. */
function flatLight(detector: Detector, plan: ExposurePlan): Light {
  const image: Image = createImage(detector.width, detector.height);
  image.data.fill(plan.level);
  if (plan.type === 'twilight') {
    for (let y = 0; y < image.height; y++) {
      const factor = 1 + 0.02 * ((2 * y) / image.height - 1);
      for (let x = 0; x < image.width; x++) image.data[y * image.stride + x] *= factor;
    }
  }
  return { image, skyLevel: plan.level };
}
