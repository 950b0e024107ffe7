import type { Butler } from '@almagest/butler';
import { AlmagestError } from '@almagest/errors';
import { type Camera, loadCamera, recognizeCamera, readHeaders, shippedCameras } from '@almagest/instrument';
import { MixedCamerasError, NoRawsError } from '../survey/errors.ts';
import { ingestSurvey, listRaws } from '../survey/repository.ts';
import type { RealSurvey } from './survey-file.ts';

export interface TakenIn {
  readonly camera: Camera;
  readonly ingested: number;
  readonly known: number;
  /** FITS files that are no frames of the camera, with the reason. */
  readonly passedOver: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Takes the frames of a folder into the repository. Files that no camera recognizes are passed over and told of.
 *
 * @throws {MixedCamerasError} if frames of a camera that ships are among those of another one.
 * @throws {NoRawsError} if nothing in the folder is a frame of the camera.
 */
export async function takeInFrames(butler: Butler, survey: RealSurvey): Promise<TakenIn> {
  const camera = loadCamera(survey.camera);
  const cameras = [camera, ...shippedCameras().filter(({ name }) => name !== camera.name && name !== 'GenericCCD')];
  const frames: string[] = [];
  const others: Record<string, number> = {};
  const passedOver: { path: string; reason: string }[] = [];
  for (const path of listRaws(survey.framePaths))
    try {
      const found = await cameraOfFile(path, cameras);
      if (found === camera.name) frames.push(path);
      else others[found] = (others[found] ?? 0) + 1;
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw error;
      passedOver.push({ path, reason: error.message });
    }
  if (Object.keys(others).length > 0 && frames.length > 0) {
    const list = Object.entries({ [camera.name]: frames.length, ...others }).map(([name, n]) => `${n} of ${name}`);
    throw new MixedCamerasError(`expected frames of ${camera.name} alone; found ${list.join(', ')} in ${survey.framePaths.join(', ')}`, {
      details: { expected: camera.name, found: { [camera.name]: frames.length, ...others } },
    });
  }
  if (frames.length === 0) {
    const list = Object.entries(others).map(([name, n]) => `${n} of ${name}`);
    const instead = [...list, ...(passedOver.length > 0 ? [`${passedOver.length} that no camera recognizes`] : [])].join(', ');
    throw new NoRawsError(`expected frames of ${camera.name} in ${survey.framePaths.join(', ')}; found ${instead}`, {
      details: { paths: survey.framePaths },
    });
  }
  const { ingested, skipped, failures } = await ingestSurvey(butler, frames, { camera });
  return {
    camera,
    ingested: ingested.length,
    known: skipped,
    passedOver: [...passedOver, ...failures.map(({ path, message }) => ({ path, reason: message }))],
  };
}

async function cameraOfFile(path: string, cameras: readonly Camera[]): Promise<string> {
  const { primary, extensions } = await readHeaders(path);
  const merged = new Map([...(extensions[0] ?? []), ...primary]);
  return recognizeCamera(merged, cameras, path).name;
}
