import type { ProductVerdict } from '../survey/calibrate.ts';
import { publishCatalogs } from '../survey/publish.ts';
import { openOrCreate, registerCamera } from '../survey/repository.ts';
import type { StepResult } from '../survey/run-step.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { type KnownVerdict, verifyKnown } from './known-objects.ts';
import { processSeries } from './process-series.ts';
import { type StandardsVerdict, verifyStandards } from './standard-stars.ts';
import { readSurveyFile } from './survey-file.ts';
import { takeInFrames } from './take-in.ts';

export interface RealOptions {
  /** Survey file; default: that of the folder of frames. */
  readonly survey?: string;
  readonly cores: number;
  readonly timestamp: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly onStep: (step: string) => void;
}

export interface RealResult {
  readonly title: string;
  readonly frames: number;
  readonly passedOver: readonly { readonly path: string; readonly reason: string }[];
  readonly calibrations: readonly ProductVerdict[];
  readonly steps: readonly StepResult[];
  readonly known: readonly KnownVerdict[];
  readonly standards: readonly StandardsVerdict[];
  readonly catalogs: Readonly<Record<string, number>>;
  readonly failedQuanta: number;
}

/**
 * Takes a folder of real frames with a small survey file from pixels to differences, alerts, catalogues and light curves, and compares the
 * objects that the file names with what is known of them. What was made before is kept.
 */
export async function runReal(root: string, framesFolder: string, options: RealOptions): Promise<RealResult> {
  const { cores, timestamp, now, onStep, signal } = options;
  const survey = readSurveyFile(framesFolder, options.survey);
  const folder = surveyFolder(root);
  await using butler = await openOrCreate(folder.repository, undefined);
  await registerCamera(butler, survey.camera, folder.repository);
  onStep('take in frames');
  const { camera, ingested, known, passedOver } = await takeInFrames(butler, survey);
  const result = await processSeries(folder, butler, camera, survey, { cores, timestamp, onStep, ...(signal ? { signal } : {}) });
  onStep('publish catalogues');
  const published = await publishCatalogs(folder, butler, { instrument: camera.name, now });
  onStep('compare with what is known');
  return {
    title: survey.title,
    frames: ingested + known,
    passedOver,
    ...result,
    known: await verifyKnown(butler, camera.name, survey.known),
    standards: await verifyStandards(butler, camera.name, survey),
    catalogs: Object.fromEntries(published.map(({ name, rows }) => [name, rows])),
    failedQuanta: result.steps.reduce((n, { summary }) => n + summary.counts.failed, 0),
  };
}
