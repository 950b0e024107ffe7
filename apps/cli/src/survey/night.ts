import { existsSync } from 'node:fs';
import { PRECOVERY_DAYS } from '@almagest/apdb';
import type { Butler } from '@almagest/butler';
import { OPERATING_POINT } from '@almagest/differencing';
import { readProvenance, runFiles } from '@almagest/pipeline';
import { DEGREE } from '@almagest/sphere';
import { calibrate, type ProductVerdict } from './calibrate.ts';
import { type IsrSwitch, isrSwitches, withSwitches } from './isr-switches.ts';
import { cameraOf, collectionsOf, defineSurveyVisits } from './repository.ts';
import { REFERENCES } from './reference.ts';
import { runStep, type StepRequest, type StepResult } from './run-step.ts';
import { SKYMAPS, skyMapOf } from './sky-map.ts';
import type { SurveyFolder } from './survey-folder.ts';

export interface NightOptions {
  readonly instrument: string;
  readonly cores: number;
  /** Name of the runs. */
  readonly timestamp: string;
  /** Nights whose visits make the templates, as yyyymmdd; the first night where absent. */
  readonly templateNights?: readonly number[];
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** Chains of collections that a night writes to. */
export interface NightCollections {
  readonly singleFrame: string;
  readonly templates: string;
  readonly differences: string;
  readonly alerts: string;
  readonly precovery: string;
}

export interface NightResult {
  readonly calibrations: readonly ProductVerdict[];
  /** Steps of the reduction that certified products switched on, and those that stayed off. */
  readonly switches: readonly IsrSwitch[];
  readonly steps: readonly StepResult[];
  readonly templateNights: readonly number[];
}

/** Detections below are not sent as alerts: the published operating point of the reliability network. */
export const MIN_RELIABILITY: number = OPERATING_POINT.cut;
/** What follows the difference images: objects, alert database, alerts. */
export const ALERT_TASKS = 'associate,alert';
/** Name of the sky map that a night makes where there is none. */
export const SKY_MAP = 'survey';

export function nightCollections(instrument: string): NightCollections {
  return {
    singleFrame: `${instrument}/single-frame`,
    templates: `${instrument}/templates`,
    differences: `${instrument}/differences`,
    alerts: `${instrument}/alert-production`,
    precovery: `${instrument}/precovery`,
  };
}

/**
 * Takes everything that was observed and not yet processed from raw frames to alerts: calibration products if there are none,
 * calibrated images, templates if there are none, differences, sources and objects, alerts. What was made before is kept, so that it may
 * be repeated at any time.
 */
export async function processNight(survey: SurveyFolder, butler: Butler, options: NightOptions): Promise<NightResult> {
  const { instrument, cores, timestamp, onStep, signal } = options;
  const { raw, calib } = collectionsOf(instrument);
  const { singleFrame, templates, differences, alerts, precovery } = nightCollections(instrument);
  const common = { cores, timestamp, strict: false, resume: true, ...(signal ? { signal } : {}) };
  const calibrations = await calibrate(butler, { instrument, cores, timestamp, onStep: (step) => onStep?.(`calibrate: ${step}`) });
  const switches = await isrSwitches(butler, instrument);
  await defineSurveyVisits(butler, instrument);
  const steps: StepResult[] = [];
  const step = async (
    name: string,
    pipeline: string,
    input: readonly string[],
    output: string,
    where: string,
    more: Partial<StepRequest> = {},
  ): Promise<StepResult> => {
    signal?.throwIfAborted();
    onStep?.(name);
    const result = await runStep(butler, {
      ...common,
      name,
      pipeline,
      input,
      output,
      where: `instrument = '${instrument}' AND ${where}`,
      ...more,
    });
    steps.push(result);
    return result;
  };
  await step('single-frame', 'single-frame.yaml', [raw, calib, REFERENCES], singleFrame, "exposure.observation_type = 'science'", {
    config: withSwitches(switches),
  });
  await skyMapOf(butler, SKY_MAP, pixelScaleOf(await cameraOf(butler, instrument)));
  const nights = await nightsOf(butler, instrument);
  const templateNights = options.templateNights ?? nights.slice(0, 1);
  const onSky = `skymap = '${SKY_MAP}'`;
  if (!(await isComplete(butler, templates)))
    await step(
      'template',
      'template.yaml',
      [singleFrame, SKYMAPS],
      templates,
      `${onSky} AND visit.day_obs IN (${templateNights.join(', ')})`,
    );
  const later = nights.filter((night) => !templateNights.includes(night));
  if (later.length > 0) {
    const observed = `visit.day_obs IN (${later.join(', ')})`;
    await step('difference', 'difference.yaml', [singleFrame, templates, SKYMAPS], differences, `${onSky} AND ${observed}`);
    // One after the other: two visits at once would each make an object of what both see for the first time.
    const { summary } = await step('alert-production', 'alert-production.yaml', [singleFrame, differences], alerts, observed, {
      parameters: { apdb: survey.apdb, alerts: survey.alerts, minReliability: MIN_RELIABILITY },
      tasks: ALERT_TASKS,
      cores: 1,
    });
    // What was found now is looked for on the images of the month before.
    const month = later.filter((night) => dayOf(later.at(-1)!) - dayOf(night) <= PRECOVERY_DAYS);
    if (summary.counts.success > 0)
      await step('precovery', 'precovery.yaml', [alerts, singleFrame], precovery, `visit.day_obs IN (${month.join(', ')})`, {
        parameters: { apdb: survey.apdb },
        resume: false,
      });
  }
  return { calibrations, switches, steps, templateNights };
}

/** Number of the day of a night yyyymmdd. */
function dayOf(night: number): number {
  return Date.UTC(Math.floor(night / 10_000), (Math.floor(night / 100) % 100) - 1, night % 100) / 86_400_000;
}

/** Scale of a camera's pixels at the axis [rad]. */
export function pixelScaleOf({ optics, detectors }: Awaited<ReturnType<typeof cameraOf>>): number {
  const [first] = detectors;
  return ((optics.plateScaleArcsecPerMm ?? 1) * (first?.pixelMm ?? 0.01) * DEGREE) / 3600;
}

/** Nights with visits, in order. */
async function nightsOf(butler: Butler, instrument: string): Promise<number[]> {
  const visits = await butler.queryDimensionRecords('visit', { dataId: { instrument } });
  return [...new Set(visits.map(({ fields }) => Number(fields['day_obs'])))].toSorted((a, b) => a - b);
}

/** Whether a run of a chain went through to its end; one that was cut short goes on. */
async function isComplete(butler: Butler, chain: string): Promise<boolean> {
  if ((await butler.registry.findCollection(chain)) === undefined) return false;
  const runs = (await butler.registry.flattenCollections([chain])).map(({ name }) => name).filter((name) => name.startsWith(`${chain}/`));
  return runs.some((run) => {
    const { provenancePath } = runFiles(butler.root ?? '.', run);
    const last = existsSync(provenancePath) ? readProvenance(provenancePath).at(-1) : undefined;
    return last?.kind === 'end' && !last.interrupted;
  });
}
