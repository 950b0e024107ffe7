import { listProfiles, loadProfile, prepareSurvey, simulateSurvey } from '@almagest/simulation';
import { type Command, InvalidArgumentError, Option } from 'commander';

interface SimulateOptions {
  readonly seed?: string;
  readonly types?: readonly string[];
  readonly limit?: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('simulate')
    .description('Make a survey whose truth is known: raw frames as a telescope writes them, and truth tables.')
    .argument('<profile>', `a profile that ships (${listProfiles().join(', ')}) or the path of one`)
    .argument('<out>', 'folder to write to')
    .option('--seed <seed>', "seed (default: the profile's own); the same seed gives the same bytes")
    .addOption(
      new Option('--types <type...>', 'only these kinds of exposure').choices(['bias', 'dark', 'flat', 'spots', 'twilight', 'science']),
    )
    .option('--limit <n>', 'only the first n exposures', count)
    .option('--json', 'one JSON object a file')
    .addHelpText(
      'after',
      `
Examples:
  almagest simulate tiny night/
  almagest simulate field survey/ --seed 7
  almagest simulate ./my-profile.yaml out/ --types science

Raws are below raw/<observing day>/, truth below truth/ as Parquet.`,
    )
    .action(async (profileName: string, out: string, options: SimulateOptions) => {
      const profile = loadProfile(profileName);
      const whole = prepareSurvey(profile, options.seed === undefined ? {} : { seed: options.seed });
      const chosen = whole.plans.filter((plan) => options.types === undefined || options.types.includes(plan.type));
      const survey = { ...whole, plans: chosen.slice(0, options.limit ?? chosen.length) };
      let bytes = 0;
      let files = 0;
      for await (const file of simulateSurvey(survey, out)) {
        bytes += file.bytes;
        files = file.done;
        if (options.json === true) console.log(JSON.stringify(file));
        else if (process.stderr.isTTY) process.stderr.write(`\r${file.done}/${file.total} ${file.path}\u001B[K`);
      }
      if (process.stderr.isTTY && options.json !== true) process.stderr.write('\r\u001B[K');
      if (options.json !== true)
        console.log(
          `${files} files, ${(bytes / 1e6).toFixed(1)} MB in ${out}: ${survey.plans.length} exposures of ${survey.camera.detectors.length} detectors`,
        );
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number from 1.');
  return value;
}
