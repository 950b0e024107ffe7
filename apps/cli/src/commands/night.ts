import { availableParallelism } from 'node:os';
import { Butler } from '@almagest/butler';
import type { Command } from 'commander';
import { describeSwitches } from '../survey/isr-switches.ts';
import { processNight } from '../survey/night.ts';
import { publishCatalogs } from '../survey/publish.ts';
import { defineSurveyVisits, ingestSurvey, instrumentOf } from '../survey/repository.ts';
import { openSurveyFolder } from '../survey/survey-folder.ts';
import { timestampNow } from '../survey/timestamp.ts';

interface NightFlags {
  readonly raw?: readonly string[];
  readonly jobs: string;
  readonly instrument?: string;
  readonly templateNights?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('night')
    .description(
      'Take a survey from raw frames to alerts and catalogues: calibrate if needed, reduce, templates if there are none, differences, alerts, catalogues.',
    )
    .argument('<survey>', 'folder of the survey, with its repository in repo/')
    .option('--raw <path...>', 'raw frames to take in first')
    .option('-j, --jobs <n>', 'cores', String(availableParallelism()))
    .option('--instrument <name>', 'where the repository has several')
    .option('--template-nights <yyyymmdd,...>', 'nights that make the templates (default: the first)')
    .option('--json', 'one JSON object a step')
    .addHelpText(
      'after',
      '\nWhat was done before is kept: run it again after each night, or after an interruption. Leaves with 1 when something failed.\n\nExamples:\n  almagest init survey/repo --camera simcam-demo\n  almagest reference survey/repo stars.csv -m g=gmag -m r=rmag\n  almagest night survey --raw raw/20260314',
    )
    .action(run);
}

async function run(folder: string, flags: NightFlags): Promise<void> {
  const survey = openSurveyFolder(folder);
  await using butler = await Butler.open(survey.repository, { writeable: true });
  const say = (value: Readonly<Record<string, unknown>>, text: string): void => console.log(flags.json ? JSON.stringify(value) : text);
  const instrument = await instrumentOf(butler, flags.instrument);
  if (flags.raw) {
    const { ingested, skipped, failures } = await ingestSurvey(butler, flags.raw, { root: survey.repository });
    const visits = await defineSurveyVisits(butler, instrument);
    say(
      { step: 'ingest', ingested: ingested.length, skipped, visits, failures },
      `ingest            ${ingested.length} raws, ${skipped} there already, ${visits} new visits, ${failures.length} failed`,
    );
  }
  const { calibrations, switches, steps } = await processNight(survey, butler, {
    instrument,
    cores: Number(flags.jobs),
    timestamp: timestampNow(),
    ...(flags.templateNights === undefined ? {} : { templateNights: flags.templateNights.split(',').map(Number) }),
    onStep: (step) => void (flags.json || process.stderr.write(`${step} ...\n`)),
  });
  for (const { product, dataId, passed, reason } of calibrations)
    if (!passed) say({ step: 'calibrate', product, dataId, reason }, `calibrate         FAILED ${product} ${dataId}: ${reason ?? ''}`);
  say({ step: 'isr', switches }, `signature         ${describeSwitches(switches)}`);
  let failed = calibrations.some(({ passed }) => !passed);
  for (const { name, run: runName, summary } of steps) {
    const { counts, total } = summary;
    failed ||= counts.failed > 0;
    say(
      { step: name, run: runName, counts, total },
      `${name.padEnd(17)} ${total} quanta: ${counts.success} done, ${counts['no-work']} without work, ${counts.failed} failed`,
    );
    for (const { label, dataId, error } of summary.failures)
      console.error(`  ${label} ${JSON.stringify(dataId)}: ${error?.message ?? 'no message'}`);
  }
  for (const { name, rows, tiles } of await publishCatalogs(survey, butler, { instrument, now: new Date() }))
    say({ step: 'publish', catalog: name, rows, tiles }, `publish           ${name}: ${rows} rows`);
  if (failed) process.exitCode = 1;
}
