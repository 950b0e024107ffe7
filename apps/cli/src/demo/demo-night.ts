import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFile } from '@almagest/resources';
import { loadProfile, prepareSurvey, type Profile, simulateSurvey } from '@almagest/simulation';
import { readParquet } from '@almagest/table';
import { processNight } from '../survey/night.ts';
import { ingestReference } from '../survey/reference.ts';
import { defineSurveyVisits, ingestSurvey, openOrCreate } from '../survey/repository.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { referenceOfTruth } from './reference-of-truth.ts';

const MJD_2000 = 51_544.5;

/**
 * Makes a survey that is ready for its second night: the first one is taken in and made into calibrations and templates, the raws of the
 * others lie in files.
 *
 * @returns The folder of the raws of the second night.
 */
export async function makeDemoNight(
  root: string,
  { cores = 2, profile = loadProfile('demo') }: { readonly cores?: number; readonly profile?: Profile } = {},
): Promise<string> {
  const survey = surveyFolder(root);
  const simulated = join(survey.root, 'simulated');
  const plan = prepareSurvey(profile);
  for await (const _file of simulateSurvey(plan, simulated));
  const [first = '', second = ''] = readdirSync(join(simulated, 'raw')).toSorted();
  await using butler = await openOrCreate(survey.repository, plan.profile.camera);
  await ingestSurvey(butler, [join(simulated, 'raw', first)], { mode: 'copy' });
  await defineSurveyVisits(butler, plan.camera.name);
  await using objects = await openFile(join(simulated, 'truth/objects.parquet'));
  const epoch = 2000 + (plan.sky.referenceMjd - MJD_2000) / 365.25;
  const columns = {
    epoch,
    pmra: 'pmRa',
    pmdec: 'pmDec',
    magnitudes: Object.fromEntries(['g', 'r', 'i'].map((band) => [band, `${band}Mag`])),
  };
  await ingestReference(butler, referenceOfTruth(await readParquet(objects), plan.seed), columns);
  await processNight(survey, butler, { instrument: plan.camera.name, cores, timestamp: 'templates' });
  return join(simulated, 'raw', second);
}
