import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { listen } from '@almagest/server';
import type { Command } from 'commander';
import { formatVerdict } from '../demo/format-verdict.ts';
import { runDemo } from '../demo/run-demo.ts';
import { createSurveyServer } from '../survey/server.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { timestampNow } from '../survey/timestamp.ts';

interface DemoFlags {
  readonly jobs: string;
  readonly port: string;
  readonly serve: boolean;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('demo')
    .description(
      'Simulate three nights, process them from raw frames to alerts and catalogues, compare with the truth, and serve the page.',
    )
    .argument('[folder]', 'where to put the survey', 'demo-survey')
    .option('-j, --jobs <n>', 'cores', String(availableParallelism()))
    .option('-p, --port <n>', 'port of the page; 0 for any that is free', '8080')
    .option('--no-serve', 'end after the comparison')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nA second start goes on where the first ended. Leaves with 1 when something failed.\n\nExample:\n  almagest demo --port 0',
    )
    .action(run);
}

async function run(folder: string, flags: DemoFlags): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('interrupted; start it again to go on'));
  process.once('SIGINT', stop);
  const begin = performance.now();
  const result = await runDemo(resolve(folder), {
    cores: Number(flags.jobs),
    timestamp: timestampNow(),
    now: new Date(),
    signal: controller.signal,
    onStep: (step) => void (flags.json || process.stderr.write(`${seconds(begin)}  ${step}\n`)),
  });
  process.off('SIGINT', stop);
  console.log(flags.json ? JSON.stringify(result) : formatVerdict(result, performance.now() - begin));
  if (result.failedQuanta > 0) process.exitCode = 1;
  if (!flags.serve) return;
  const app = await createSurveyServer(surveyFolder(folder));
  const address = await listen(app, { port: Number(flags.port) });
  console.log(flags.json ? JSON.stringify({ address }) : `\nThe page is at ${address} (Ctrl-C ends it)`);
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await app.close();
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s`;
}
