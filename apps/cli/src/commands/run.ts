import { type Command, Option } from 'commander';
import { Butler } from '@almagest/butler';
import {
  beginRun,
  executeRun,
  formatSeconds,
  graphPipeline,
  jsonView,
  liveView,
  type MockOptions,
  plainView,
  type ProgressView,
  type RunSummary,
  type WorkerKind,
} from '@almagest/pipeline';
import { addBuildOptions, type BuildArguments, buildSelection, loadPipeline, measuredBy, showThings } from './pipeline-options.ts';

interface RunArguments extends BuildArguments {
  readonly jobs: string;
  readonly workers: WorkerKind;
  readonly memory?: string;
  readonly timeout?: string;
  readonly attempts?: string;
  readonly failFast?: boolean;
  readonly mock?: boolean;
  readonly resume?: string;
  readonly progress: 'auto' | 'live' | 'plain' | 'json' | 'none';
  readonly json?: boolean;
}

/** `almagest run`: builds a quantum graph and executes it. */
export function register(program: Command): void {
  const command = program
    .command('run')
    .description('Run a pipeline over a repository: build its quantum graph and execute it.')
    .argument('[pipeline]', 'pipeline file, or room/path of an installed one; #labels selects tasks');
  addBuildOptions(command)
    .option('-j, --jobs <n>', 'cores to use', '1')
    .addOption(new Option('--workers <kind>', 'where quanta run').choices(['in-process', 'thread', 'process']).default('thread'))
    .option('--memory <MiB>', 'memory that running quanta may ask for together; enables limits and retries with more memory')
    .option('--timeout <s>', 'wall-clock limit of one quantum, over what tasks ask for')
    .option('--attempts <n>', 'runs of a failing quantum in all, over what tasks ask for')
    .option('--fail-fast', 'start nothing more after the first failure')
    .option('--mock', 'replace every task by one that reads its inputs and writes small files')
    .option('--resume <run>', 'go on with a run that was stopped or killed; no pipeline is needed')
    .addOption(new Option('--progress <view>', 'how to report').choices(['auto', 'live', 'plain', 'json', 'none']).default('auto'))
    .option('--json', 'print the summary as one JSON line')
    .addHelpText(
      'after',
      `
Examples:
  almagest run drp.yaml -b repo -i LSSTCam/raw,LSSTCam/calib -o u/me/drp -d "visit = 42 AND detector < 10" -j 8
  almagest run drp.yaml#isr..calibrate -b repo -i LSSTCam/raw -o u/me/test -c isr:doFlat=false --show config=isr.*
  almagest run -b repo --resume u/me/drp/20261120T093000Z -j 8

Leaves with 0 when every quantum is done, 1 when some failed, 130 after Ctrl-C.`,
    )
    .action(async (pipelinePath: string | undefined, options: RunArguments) => {
      await using butler = await Butler.open(options.butler, { writeable: options.show === undefined });
      const run = options.resume ?? (await begin(butler, pipelinePath, options));
      if (run === undefined) return;
      const summary = await execute(butler, run, options);
      report(run, summary, options);
    });
}

async function begin(butler: Butler, pipelinePath: string | undefined, options: RunArguments): Promise<string | undefined> {
  const pipeline = await loadPipeline(pipelinePath, options);
  if (options.show && !(await showThings(options.show, { pipeline }))) return undefined;
  const { graph, collections } = await graphPipeline(butler, pipeline, buildSelection(options));
  if (options.show) {
    await showThings(options.show, { pipeline, graph, cores: Number(options.jobs), measuredSec: measuredBy(options) });
    return undefined;
  }
  await beginRun(butler, graph, collections);
  return collections.outputRun;
}

async function execute(butler: Butler, run: string, options: RunArguments): Promise<RunSummary> {
  const view = progressView(options);
  const controller = new AbortController();
  let asked = 0;
  const stop = (): void => {
    if (++asked > 1) process.exit(130);
    process.stderr.write('\nstopping: what is done is kept; Ctrl-C again to leave at once\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const mock: MockOptions | undefined = options.mock ? {} : undefined;
  try {
    return await executeRun(butler, run, {
      workers: options.workers,
      cores: Number(options.jobs),
      signal: controller.signal,
      command: process.argv.slice(2).join(' '),
      ...(options.memory === undefined ? {} : { memoryMib: Number(options.memory) }),
      ...(options.timeout === undefined ? {} : { timeoutSec: Number(options.timeout) }),
      ...(options.attempts === undefined ? {} : { maxAttempts: Number(options.attempts) }),
      ...(options.failFast ? { failFast: true } : {}),
      ...(mock ? { mock } : {}),
      ...(options.clobberOutputs ? { clobber: true } : {}),
      ...(view ? { onProgress: view.show } : {}),
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function progressView({ progress, json }: RunArguments): ProgressView | undefined {
  const out = json ? process.stderr : process.stdout;
  const sink = { write: (text: string) => void out.write(text), columns: out.columns ?? 120 };
  const kind = progress === 'auto' ? (out.isTTY ? 'live' : 'plain') : progress;
  const clock = (): number => performance.now();
  if (kind === 'none') return undefined;
  if (kind === 'json') return jsonView(sink);
  return kind === 'live' ? liveView(sink, { clock, everyMs: 200 }) : plainView(sink, { clock, everyMs: 5000 });
}

function report(run: string, summary: RunSummary, { json }: RunArguments): void {
  const { counts, interrupted, resumed, total, wallSec } = summary;
  const failures = summary.failures.slice(0, 20).map(({ label, dataId, error }) => ({ label, dataId, error }));
  if (json) console.log(JSON.stringify({ run, total, resumed, counts, interrupted, wallSec, failures }));
  else console.log(`run ${run}: ${counts.success} of ${total} succeeded in ${formatSeconds(wallSec)}; almagest report ${run} tells more`);
  process.exitCode = interrupted ? 130 : counts.failed + counts.blocked > 0 ? 1 : 0;
}
