import type { Command } from 'commander';
import { defineSurveyVisits, ingestSurvey, instrumentOf, openOrCreate } from '../survey/repository.ts';

interface IngestFlags {
  readonly mode: 'copy' | 'direct' | 'symlink' | 'hardlink' | 'move';
  readonly visits: boolean;
  readonly instrument?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('ingest')
    .description('Take raw frames into a repository and define visits; what is there already is skipped.')
    .argument('<repository>', 'repository')
    .argument('<path...>', 'FITS files, or folders with FITS files below them')
    .option('--mode <mode>', 'copy, direct, symlink, hardlink or move', 'direct')
    .option('--instrument <name>', 'for visits, where the repository has several')
    .option('--no-visits', 'do not define visits')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nA file that cannot be read is reported and the others go on; the exit code is then 2.\n\nExample:\n  almagest ingest survey/repo night/raw',
    )
    .action(ingest);
}

async function ingest(repository: string, paths: string[], flags: IngestFlags): Promise<void> {
  await using butler = await openOrCreate(repository, undefined);
  const { ingested, skipped, failures } = await ingestSurvey(butler, paths, { mode: flags.mode, root: repository });
  const visits = flags.visits && ingested.length > 0 ? await defineSurveyVisits(butler, await instrumentOf(butler, flags.instrument)) : 0;
  if (flags.json) console.log(JSON.stringify({ ingested: ingested.length, skipped, visits, failures }));
  else {
    console.log(`${ingested.length} raws ingested, ${skipped} there already, ${visits} new visits, ${failures.length} failed`);
    for (const { path, message, code } of failures) console.error(`${path}: ${message} [${code}]`);
  }
  if (failures.length > 0) process.exitCode = 2;
}
