import { join } from 'node:path';
import type { Butler } from '@almagest/butler';
import { openPipelineProcessor, type PipelineProcessorOptions, type PlanSpec, type UnitProcessor } from '@almagest/prompt';
import { type IsrSwitch, isrSwitches, withSwitches } from './isr-switches.ts';
import { MIN_RELIABILITY, nightCollections, SKY_MAP } from './night.ts';
import { REFERENCES } from './reference.ts';
import { cameraOf, collectionsOf } from './repository.ts';
import { PIPELINES } from './run-step.ts';
import { SKYMAPS } from './sky-map.ts';
import type { SurveyFolder } from './survey-folder.ts';

export interface SurveyProcessorOptions {
  readonly instrument: string;
  readonly workers: number;
  readonly minReliability?: number;
  readonly ingestMode?: PipelineProcessorOptions['ingestMode'];
  readonly backlogNights?: number;
  readonly cacheMib?: number;
}

/** Pipelines of a survey against the clock, the longest first: to alerts, to calibrated images, to images without their signature. */
export function surveyPlans(
  survey: SurveyFolder,
  minReliability: number = MIN_RELIABILITY,
  switches: readonly IsrSwitch[] = [],
): readonly PlanSpec[] {
  const config = withSwitches(switches);
  const parameters = { apdb: survey.apdb, alerts: survey.alerts, minReliability };
  return [
    { name: 'alert-production', pipeline: join(PIPELINES, 'prompt.yaml'), parameters, config },
    { name: 'single-frame', pipeline: join(PIPELINES, 'single-frame.yaml'), config },
    { name: 'characterize', pipeline: join(PIPELINES, 'single-frame.yaml'), tasks: 'isr, characterizeImage', config },
  ];
}

/** Opens what takes the raws of a survey to alerts. */
export async function openSurveyProcessor(survey: SurveyFolder, butler: Butler, options: SurveyProcessorOptions): Promise<UnitProcessor> {
  const { instrument, workers, minReliability, ingestMode, backlogNights, cacheMib } = options;
  const { raw, calib } = collectionsOf(instrument);
  const { singleFrame, templates, alerts } = nightCollections(instrument);
  return openPipelineProcessor({
    butler,
    instrument,
    camera: await cameraOf(butler, instrument),
    rawRun: raw,
    inputs: [calib, REFERENCES, templates, SKYMAPS],
    output: `${instrument}/prompt`,
    skymap: SKY_MAP,
    plans: surveyPlans(survey, minReliability, await isrSwitches(butler, instrument)),
    apdb: survey.apdb,
    workers,
    doneBy: [
      { type: 'alert_summary', collection: alerts },
      { type: 'source', collection: singleFrame },
    ],
    ...(ingestMode === undefined ? {} : { ingestMode }),
    ...(backlogNights === undefined ? {} : { backlogNights }),
    ...(cacheMib === undefined ? {} : { cacheMib }),
  });
}
