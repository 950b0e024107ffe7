import { join } from 'node:path';
import { type Camera, type Detector, loadCamera } from '@almagest/instrument';
import { writeFileAtomic } from '@almagest/resources';
import { type Table, writeParquet } from '@almagest/table';
import { type DetectorSignature, makeSignature } from '../detector/signature.ts';
import type { ExposurePlan } from '../observation/exposure-plan.ts';
import { planSurvey } from '../observation/plan-survey.ts';
import { midpointMjd, type SimulatedExposure, simulateExposure } from '../observation/simulate-exposure.ts';
import type { Profile } from '../profile/profile.ts';
import { rawBytes, rawFileName } from '../raw/write-raw.ts';
import { makeSky } from '../sky/make-sky.ts';
import type { SkyModel } from '../sky/sky-model.ts';
import {
  amplifierTable,
  cosmicRayTable,
  defectTable,
  exposureTable,
  objectTable,
  orbitTable,
  type PlantedSignature,
  sourceTable,
} from '../truth/truth-tables.ts';

/** A survey that is ready to be made: nothing is drawn yet but the plan, the sky and the signatures. */
export interface Survey {
  readonly profile: Profile;
  readonly camera: Camera;
  readonly seed: string;
  readonly plans: readonly ExposurePlan[];
  readonly sky: SkyModel;
  readonly epochs: readonly number[];
  signatureOf(detector: Detector): DetectorSignature;
}

/** Prepares a survey from a profile. */
export function prepareSurvey(profile: Profile, options: { readonly seed?: string; readonly camera?: Camera } = {}): Survey {
  const camera = options.camera ?? loadCamera(profile.camera);
  const seed = options.seed ?? profile.seed;
  const plans = planSurvey(profile, camera, seed);
  const epochs = plans.filter((p) => p.type === 'science').map(midpointMjd);
  const { raDeg, decDeg, ditherArcsec, offsetsArcmin } = profile.field;
  const reachDeg = Math.max(...offsetsArcmin.map(([east, north]) => Math.hypot(east, north))) / 60;
  const request = {
    ...profile.sky,
    raDeg,
    decDeg,
    radiusDeg: fieldRadiusDeg(camera) + reachDeg + (ditherArcsec + 20) / 3600,
    beginMjd: epochs[0] ?? 60_000,
    endMjd: epochs.at(-1) ?? 60_000,
  };
  // Signatures of big detectors are large, so that only the last one is kept.
  let kept: { name: string; signature: DetectorSignature } | undefined;
  return {
    profile,
    camera,
    seed,
    plans,
    sky: makeSky(request, `${seed}/sky`),
    epochs,
    signatureOf(detector) {
      if (kept?.name !== detector.name) kept = { name: detector.name, signature: makeSignature(detector, profile.effects, seed) };
      return kept.signature;
    },
  };
}

/** Distance of the farthest corner from the axis. */
function fieldRadiusDeg(camera: Camera): number {
  const scale = camera.optics.plateScaleArcsecPerMm ?? 20;
  const corners = camera.detectors.map(
    ({ centerMm, width, height, pixelMm }) => Math.hypot(...(centerMm ?? [0, 0])) + (Math.hypot(width, height) / 2) * pixelMm,
  );
  return (Math.max(...corners) * scale * 1.01) / 3600;
}

/** Simulates one detector of one exposure of a survey. */
export function simulateOne(survey: Survey, plan: ExposurePlan, detector: Detector, keepTruthPlanes = false): SimulatedExposure {
  const { camera, sky, epochs, seed } = survey;
  return simulateExposure({
    camera,
    detector,
    plan,
    signature: survey.signatureOf(detector),
    sky,
    times: { epochs, seed },
    seed,
    keepTruthPlanes,
  });
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  /** Files written so far and in all. */
  readonly done: number;
  readonly total: number;
}

/**
 * Makes a survey in a folder: raws below `raw/`, truth below `truth/`, and the profile as it was used.
 *
 * The same profile and seed give the same bytes in every file.
 *
 * @returns One entry for each file as it is written.
 * @throws {FileAccessError} if the folder cannot be written.
 */
export async function* simulateSurvey(
  survey: Survey,
  folder: string,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<WrittenFile> {
  const { camera, plans, profile, seed } = survey;
  const { detectors } = camera;
  const total = plans.length * detectors.length + TRUTH_FILES;
  let done = 0;
  const write = async (path: string, content: Parameters<typeof writeFileAtomic>[1]): Promise<WrittenFile> => {
    const bytes = await writeFileAtomic(join(folder, path), content);
    return { path, bytes, done: ++done, total };
  };
  const truth = async (name: string, table: Table): Promise<WrittenFile> => write(`truth/${name}.parquet`, await writeParquet(table));
  yield write('profile.json', `${JSON.stringify({ ...profile, seed }, null, 2)}\n`);
  yield truth('objects', objectTable(survey.sky));
  yield truth('orbits', orbitTable(survey.sky));
  yield truth('exposures', exposureTable(plans));
  const planted: { detector: Detector; signature: PlantedSignature }[] = [];
  const exposures: SimulatedExposure[] = [];
  for (const detector of detectors) {
    const { amplifiers, defects, crosstalk } = survey.signatureOf(detector);
    planted.push({ detector, signature: { amplifiers, defects, crosstalk } });
    for (const plan of plans) {
      options.signal?.throwIfAborted();
      const exposure = simulateOne(survey, plan, detector);
      yield write(`raw/${plan.dayObs}/${rawFileName(camera, exposure)}`, rawBytes(camera, exposure));
      // The pixels are on disk; truth keeps the rest.
      exposures.push({ ...exposure, raw: [] });
    }
  }
  yield truth('sources', sourceTable(exposures));
  yield truth('cosmic-rays', cosmicRayTable(exposures));
  yield truth('amplifiers', amplifierTable(planted, camera));
  yield truth('defects', defectTable(planted));
}

const TRUTH_FILES = 8;
