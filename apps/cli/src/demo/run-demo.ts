import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildSurveyHips } from '@almagest/images';
import { makeFolder, openFile } from '@almagest/resources';
import { loadProfile, prepareSurvey, simulateSurvey } from '@almagest/simulation';
import { readParquet } from '@almagest/table';
import { writeFileAtomic } from '@almagest/resources';
import { formatMetricsHtml, makeMetricsReport } from '@almagest/verification';
import { processNight } from '../survey/night.ts';
import { publishCatalogs } from '../survey/publish.ts';
import { ingestReference } from '../survey/reference.ts';
import { defineSurveyVisits, ingestSurvey, openOrCreate } from '../survey/repository.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { referenceOfTruth } from './reference-of-truth.ts';
import { type DemoVerdict, verifyDemo } from './verify-demo.ts';

export interface DemoOptions {
  readonly cores: number;
  readonly timestamp: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
  /** Told of each step, with the seconds that the one before took. */
  readonly onStep: (step: string) => void;
}

export interface DemoResult {
  readonly verdict: DemoVerdict;
  /** Rows of each catalogue. */
  readonly catalogs: Readonly<Record<string, number>>;
  readonly failedQuanta: number;
}

const PROFILE = 'demo';
/** Bands of the reference catalogue: those observed, and g and i for the colours of its stars. */
const BANDS = { g: 'gMag', r: 'rMag', i: 'iMag' };
const MJD_2000 = 51_544.5;

/**
 * Simulates three nights, processes them from raw frames to alerts and catalogues, and compares all with the truth. What is there from an
 * earlier or interrupted start is kept.
 */
export async function runDemo(root: string, options: DemoOptions): Promise<DemoResult> {
  const { cores, timestamp, now, onStep, signal } = options;
  const survey = surveyFolder(root);
  const simulated = join(survey.root, 'simulated');
  const truth = join(simulated, 'truth');
  const plan = prepareSurvey(loadProfile(PROFILE));
  const { camera, profile, sky } = plan;
  // The table of defects is the last thing that is written.
  if (!existsSync(join(truth, 'defects.parquet'))) {
    onStep(`simulate ${profile.nights.length} nights of ${camera.name}`);
    for await (const _file of simulateSurvey(plan, simulated, signal ? { signal } : {}));
  }
  onStep('ingest raw frames');
  await using butler = await openOrCreate(survey.repository, profile.camera);
  await ingestSurvey(butler, [join(simulated, 'raw')]);
  await defineSurveyVisits(butler, camera.name);
  await using objects = await openFile(join(truth, 'objects.parquet'));
  const epoch = 2000 + (sky.referenceMjd - MJD_2000) / 365.25;
  const columns = { epoch, pmra: 'pmRa', pmdec: 'pmDec', magnitudes: BANDS };
  await ingestReference(butler, referenceOfTruth(await readParquet(objects), plan.seed), columns);
  const night = await processNight(survey, butler, {
    instrument: camera.name,
    cores,
    timestamp,
    onStep,
    ...(signal ? { signal } : {}),
  });
  onStep('publish catalogues');
  const published = await publishCatalogs(survey, butler, { instrument: camera.name, now });
  const catalogs = Object.fromEntries(published.map(({ name, rows }) => [name, rows]));
  onStep('make sky surveys (HiPS)');
  await buildSurveyHips(butler, {
    folder: survey.hips,
    type: 'template_coadd',
    authority: 'almagest.local',
    title: 'Demonstration',
    threads: cores,
    now,
    ...(signal ? { signal } : {}),
  });
  onStep('compare with the truth');
  const verdict = await verifyDemo(butler, camera.name, truth, night.templateNights);
  const report = makeMetricsReport(verdict.metrics, { run: timestamp, created: now.toISOString() });
  makeFolder(survey.reports);
  await writeFileAtomic(join(survey.reports, `${timestamp}.json`), `${JSON.stringify(report)}\n`);
  await writeFileAtomic(join(survey.reports, 'index.html'), formatMetricsHtml(report));
  const failedQuanta = night.steps.reduce((n, { summary }) => n + summary.counts.failed, 0);
  return { verdict, catalogs, failedQuanta };
}
