import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { listen, PortInUseError } from '@almagest/server';
import type { Command } from 'commander';
import { formatVerdict } from '../demo/format-verdict.ts';
import { runDemo } from '../demo/run-demo.ts';
import { formatReal } from '../real/format-real.ts';
import { runReal } from '../real/run-real.ts';
import { InterruptedError } from '../survey/errors.ts';
import { createSurveyServer } from '../survey/server.ts';
import { requireSpace } from '../survey/require-space.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { timestampNow } from '../survey/timestamp.ts';

interface DemoFlags {
  readonly jobs: string;
  readonly port?: string;
  readonly serve: boolean;
  readonly real?: string;
  readonly survey?: string;
  readonly json?: boolean;
}

const USUAL_PORT = 8080;
/** What the demonstration takes, and a little more. */
const SPACE_BYTES = 1.5e9;

export function register(program: Command): void {
  program
    .command('demo')
    .description(
      'Simulate three nights, process them from raw frames to alerts and catalogues, compare with the truth, and serve the page.',
    )
    .argument('[folder]', 'where to put the survey (default: demo-survey, or real-survey with --real)')
    .option('--real <folder>', 'take real frames in place of simulated ones')
    .option('--survey <file>', 'survey file of the real frames (default: survey.yaml in their folder, or a ready one of examples/)')
    .option('-j, --jobs <n>', 'cores', String(availableParallelism()))
    .option('-p, --port <n>', 'port of the page; 0 for any that is free (default: 8080, or any where that is taken)')
    .option('--no-serve', 'end after the comparison')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nA second start goes on where the first ended. Leaves with 1 when something failed, 130 after Ctrl-C.\n\nExamples:\n  almagest demo --port 0\n  almagest demo --real ../shared/data/hatp32-microobs-2017\n  almagest demo --real frames --survey my-survey.yaml --no-serve',
    )
    .action(run);
}

async function run(where: string | undefined, flags: DemoFlags): Promise<void> {
  const folder = where ?? (flags.real === undefined ? 'demo-survey' : 'real-survey');
  const controller = new AbortController();
  const stop = (): void => controller.abort(new InterruptedError('interrupted; start it again to go on'));
  process.once('SIGINT', stop);
  requireSpace(folder, SPACE_BYTES);
  const begin = performance.now();
  const options = {
    cores: Number(flags.jobs),
    timestamp: timestampNow(),
    now: new Date(),
    signal: controller.signal,
    onStep: (step: string) => void (flags.json || process.stderr.write(`${seconds(begin)}  ${step}\n`)),
  };
  const { text, result, good } = await (
    flags.real === undefined ? simulated(folder, options) : real(folder, flags.real, flags, options)
  ).catch((error: unknown) => {
    // Whatever the interrupted part made of it.
    throw controller.signal.aborted ? controller.signal.reason : error;
  });
  process.off('SIGINT', stop);
  console.log(flags.json ? JSON.stringify(result) : text(performance.now() - begin));
  if (!good) process.exitCode = 1;
  if (!flags.serve) return;
  const app = await createSurveyServer(surveyFolder(folder));
  const address = await listenSomewhere(app, flags.port);
  console.log(flags.json ? JSON.stringify({ address }) : `\nThe page is at ${address} (Ctrl-C ends it)`);
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await app.close();
}

/** Listens where the user said; without a word on the usual port, or, since the work is done by now, on any that is free. */
async function listenSomewhere(app: Parameters<typeof listen>[0], port: string | undefined): Promise<string> {
  try {
    return await listen(app, { port: port === undefined ? USUAL_PORT : Number(port) });
  } catch (error) {
    if (!(error instanceof PortInUseError) || port !== undefined) throw error;
    return await listen(app, { port: 0 });
  }
}

interface Outcome {
  readonly result: unknown;
  readonly text: (milliseconds: number) => string;
  readonly good: boolean;
}

async function simulated(folder: string, options: Parameters<typeof runDemo>[1]): Promise<Outcome> {
  const result = await runDemo(resolve(folder), options);
  return { result, text: (milliseconds) => formatVerdict(result, milliseconds), good: result.failedQuanta === 0 };
}

async function real(folder: string, frames: string, flags: DemoFlags, options: Parameters<typeof runDemo>[1]): Promise<Outcome> {
  const file = flags.survey === undefined ? {} : { survey: flags.survey };
  const result = await runReal(resolve(folder), frames, { ...options, ...file });
  const good = result.failedQuanta === 0 && [...result.known, ...result.standards].every(({ passed }) => passed);
  return { result, text: (milliseconds) => formatReal(result, milliseconds), good };
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1000).toFixed(0).padStart(4)} s`;
}
