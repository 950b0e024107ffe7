import { createWriteStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { QueryRefusedError } from '../survey/errors.ts';
import { messageOf } from '../survey/query-table.ts';
import { createSurveyServer } from '../survey/server.ts';
import { openSurveyFolder } from '../survey/survey-folder.ts';

interface QueryFlags {
  readonly format: string;
  readonly output?: string;
  readonly maxrec?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('query')
    .description('Query the catalogues of a survey in ADQL, without a server.')
    .argument('<survey>', 'folder of the survey')
    .argument('<adql>', 'query, or - for standard input')
    .option('-f, --format <format>', 'csv, tsv, json or votable', 'csv')
    .option('-o, --output <file>', 'write to a file')
    .option('--maxrec <n>', 'most rows')
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest query demo-survey "SELECT * FROM tap_schema.tables"\n  almagest query demo-survey "SELECT TOP 5 * FROM survey.source WHERE psfFlux / psfFluxErr > 100" --json',
    )
    .action(run);
}

async function run(folder: string, adql: string, flags: QueryFlags): Promise<void> {
  const query = adql === '-' ? await text(process.stdin) : adql;
  const app = await createSurveyServer(openSurveyFolder(folder));
  try {
    const payload = new URLSearchParams({ LANG: 'ADQL', QUERY: query, FORMAT: flags.json ? 'json' : flags.format });
    if (flags.maxrec !== undefined) payload.set('MAXREC', flags.maxrec);
    const response = await app.inject({
      method: 'POST',
      url: '/tap/sync',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: payload.toString(),
      payloadAsStream: true,
    });
    if (response.statusCode !== 200) throw new QueryRefusedError(messageOf(await text(response.stream())));
    if (flags.output === undefined) await pipeline(response.stream(), process.stdout, { end: false });
    else await pipeline(response.stream(), createWriteStream(flags.output));
  } finally {
    await app.close();
  }
}
