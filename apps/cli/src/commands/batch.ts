import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import {
  type BatchConfig,
  type BatchReport,
  type BatchSystem,
  cancelRun,
  clusterGraph,
  parseBatchConfig,
  readBatchConfig,
  reportRun,
  restartRun,
  slurm,
  submitRun,
  waitForRun,
} from '@almagest/batch';
import { Butler } from '@almagest/butler';
import { beginRun, butlerRegistrar, butlerStoreSpec, currentPackages, formatSeconds, graphPipeline, runFiles } from '@almagest/pipeline';
import { addBuildOptions, type BuildArguments, buildSelection, loadPipeline, measuredBy, showThings } from './pipeline-options.ts';

interface SubmitArguments extends BuildArguments {
  readonly batchConfig?: string;
  readonly mock?: boolean;
  readonly wait?: boolean;
  readonly restarts: string;
  readonly json?: boolean;
}

interface RunArguments {
  readonly butler: string;
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly restarts: string;
}

/** `almagest batch`: the same graphs on a cluster. */
export function register(program: Command): void {
  const batch = program.command('batch').description('Run quantum graphs on a cluster (Slurm).');
  addBuildOptions(
    batch.command('submit').description('Build a graph, cut it into jobs and submit them.').argument('<pipeline>', 'pipeline file'),
  )
    .option('--batch-config <path>', 'YAML: clusters, resources by task, memory growth, options of the batch system')
    .option('--mock', 'replace every task by one that reads its inputs and writes small files')
    .option('--wait', 'stay until the run has ended, and restart what failed')
    .option('--restarts <n>', 'with --wait: restarts of what failed', '3')
    .option('--json', 'print as one JSON line')
    .addHelpText(
      'after',
      `
Example:
  almagest batch submit drp.yaml -b repo -i Cam/raw,Cam/calib -o u/me/drp -d "instrument = 'Cam'" --batch-config slurm.yaml

--show clusters prints the jobs that a graph would be cut into.

A batch configuration:
  clusters:
    visits: { tasks: [isr, calibrate], dimensions: [visit] }
  tasks:
    coadd: { memoryMib: 8192 }
  extra: [--partition=main]`,
    )
    .action(submit);
  const ofRun = (name: string, text: string): Command =>
    batch
      .command(name)
      .description(text)
      .argument('<run>', 'output run, as submit printed it')
      .option('-b, --butler <repo>', 'repository', process.env['ALMAGEST_REPO'] ?? '.')
      .option('--json', 'print as one JSON line')
      .addHelpText('after', `\nExample:\n  almagest batch ${name} u/me/drp/20261120T093000Z -b repo`);
  ofRun('status', 'Print one line: how far the run is.').action(async (run: string, options: RunArguments) => {
    const report = await reportRun(batchDir(run, options), slurm());
    console.log(options.json ? JSON.stringify({ ...report, clusters: undefined }) : statusLine(run, report));
  });
  ofRun('report', 'Print quanta by task, jobs by state, and why jobs wait or failed.').action(
    async (run: string, options: RunArguments) => {
      const report = await reportRun(batchDir(run, options), slurm());
      console.log(options.json ? JSON.stringify(report) : formatReport(run, report));
    },
  );
  ofRun('restart', 'Submit again what is not done; jobs that ran out of memory ask for more.')
    .option('--wait', 'stay until the run has ended')
    .option('--restarts <n>', 'with --wait: further restarts', '3')
    .action(async (run: string, options: RunArguments) => {
      const dir = batchDir(run, options);
      const jobs = await restartRun(dir, slurm());
      if (options.wait) return wait(run, dir, options);
      console.log(options.json ? JSON.stringify({ run, jobs }) : `${Math.max(0, jobs.length - 1)} clusters submitted again`);
    });
  ofRun('cancel', 'Cancel the jobs of a run; what is done stays done.').action(async (run: string, options: RunArguments) => {
    const cancelled = await cancelRun(batchDir(run, options), slurm());
    console.log(options.json ? JSON.stringify({ run, cancelled }) : `${cancelled} jobs cancelled; almagest batch restart goes on`);
  });
}

async function submit(path: string, options: SubmitArguments): Promise<void> {
  const system: BatchSystem = slurm();
  const config = readConfig(options.batchConfig);
  const pipeline = await loadPipeline(path, options);
  const ofPipeline = (options.show ?? []).filter((what) => what !== 'clusters');
  if (options.show && !(await showThings(ofPipeline, { pipeline })) && !options.show.includes('clusters')) return;
  await using butler = await Butler.open(options.butler, { writeable: options.show === undefined });
  const { graph, collections } = await graphPipeline(butler, pipeline, buildSelection(options));
  if (options.show) {
    for (const { name, quanta, cores, memoryMib, expectedSec, needs } of options.show.includes('clusters')
      ? clusterGraph(graph, config)
      : [])
      console.log(
        `${name}: ${quanta.length} quanta, ${cores} cores, ${memoryMib} MiB, about ${formatSeconds(expectedSec)}, after ${needs.length} others`,
      );
    await showThings(
      options.show.filter((what) => what !== 'clusters'),
      { pipeline, graph, measuredSec: measuredBy(options) },
    );
    return;
  }
  const { graphPath, provenancePath } = await beginRun(butler, graph, collections);
  const { register: registerNow } = await butlerRegistrar(butler, graph);
  const run = graph.header.outputRun;
  const dir = join(dirname(graphPath), 'batch');
  const jobs = await submitRun({
    dir,
    graphPath,
    provenancePath,
    store: await butlerStoreSpec(options.butler, butler.universe.source),
    system,
    config,
    registrar: {
      open: `${import.meta.resolve('@almagest/batch')}#openButlerRegistrar`,
      options: { repository: butler.root ?? options.butler },
    },
    register: registerNow,
    packages: currentPackages(),
    ...(options.mock ? { mock: {} } : {}),
  });
  if (options.wait) return wait(run, dir, options);
  if (options.json) console.log(JSON.stringify({ run, dir, jobs }));
  else console.log(`run ${run}: ${jobs.length} jobs submitted; almagest batch report ${run} -b ${options.butler} tells how they do`);
}

async function wait(run: string, dir: string, { json, restarts }: { readonly json?: boolean; readonly restarts: string }): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on('SIGINT', stop);
  let last = '';
  const report = await waitForRun(dir, slurm(), {
    everyMs: 2000,
    restarts: Number(restarts),
    signal: controller.signal,
    onReport(each) {
      const line = statusLine(run, each);
      if (!json && line !== last) console.log(line);
      last = line;
    },
  });
  process.off('SIGINT', stop);
  if (json) console.log(JSON.stringify(report));
  else if (!report.complete) console.log(formatReport(run, report));
  process.exitCode = report.complete ? 0 : controller.signal.aborted ? 130 : 1;
}

function readConfig(path: string | undefined): BatchConfig {
  return path === undefined ? parseBatchConfig({}) : readBatchConfig(readFileSync(path, 'utf8'), path);
}

function batchDir(run: string, { butler }: { readonly butler: string }): string {
  const dir = join(runFiles(butler, run).dir, 'batch');
  return existsSync(dir) ? dir : run;
}

function statusLine(run: string, { done, quanta, failed, states, ended, complete }: BatchReport): string {
  const jobs = Object.entries(states).map(([state, count]) => `${count} ${state}`);
  const word = complete ? 'complete' : ended ? 'ended' : 'under way';
  return `${run}: ${word}, ${done}/${quanta} quanta${failed > 0 ? `, ${failed} failed` : ''}; jobs: ${jobs.join(', ')}`;
}

function formatReport(run: string, report: BatchReport): string {
  const width = Math.max(4, ...report.tasks.map(({ label }) => label.length));
  const troubled = report.clusters.filter(
    ({ state, failed, done, quanta }) =>
      failed > 0 ||
      ['held', 'failed', 'out-of-memory', 'timed-out', 'node-failed', 'cancelled'].includes(state) ||
      (state === 'succeeded' && done < quanta),
  );
  return [
    statusLine(run, report),
    ...report.tasks.map(
      ({ label, quanta, done, failed, blocked, waiting }) =>
        `${label.padEnd(width)} ${done}/${quanta} done, ${failed} failed, ${blocked} blocked, ${waiting} waiting`,
    ),
    ...Object.entries(report.reasons).map(([reason, count]) => `${count} jobs wait: ${reason}`),
    ...troubled.map(
      ({ name, jobId, state, reason, attempts, memoryMib, outOfMemory, failed }) =>
        `${name}: job ${jobId} ${state}${reason === '' ? '' : ` (${reason})`}, attempt ${attempts}, ${memoryMib} MiB${outOfMemory ? ', out of memory' : ''}, ${failed} failed`,
    ),
  ].join('\n');
}
