/** Overhead of the executor on empty quanta, and the gain of a second worker on a compute-bound graph. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildQuantumGraph,
  parsePipelineDocument,
  readProvenance,
  resolvePipeline,
  runGraph,
  type WorkerKind,
  writeGraphFile,
} from '@almagest/pipeline';
import { SPIN_ROUNDS } from '../middleware/pipeline/test/pipelines/bench-tasks.ts';
import { surveySource } from '../middleware/pipeline/test/pipelines/survey.ts';

const EMPTY = new URL('../middleware/pipeline/test/pipelines/bench-tasks.ts', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const line = (bench: string, ours: number, target: number | string, more: object = {}): void =>
  console.log(JSON.stringify({ bench, ours_s: Number(ours.toFixed(5)), peer: null, peer_s: null, ratio: null, target, ...more }));

const cpuSecSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

let runs = 0;
async function run(
  task: string,
  survey: { visits: number; detectors: number },
  workers: WorkerKind,
  cores: number,
): Promise<{ wallSec: number; total: number; longestCpuSec: number; busySec: number; startSec: number }> {
  const pipeline = await resolvePipeline(parsePipelineDocument(`description: bench\ntasks: {bench: '${EMPTY}#${task}'}`));
  const source = surveySource({ ...survey, patches: 1, patchesPerDetector: 0 });
  const graph = await buildQuantumGraph({ pipeline, source, inputCollections: ['raw'], outputRun: 'u/bench' });
  const graphPath = join(dir, `${++runs}.qgraph`);
  writeGraphFile(graph, graphPath);
  const store = { open: `${EMPTY}#openNullStore`, options: {} };
  const summary = await runGraph({ graphPath, provenancePath: join(dir, `${runs}.prov`), store, workers, cores });
  if (summary.counts.success !== summary.total) throw new Error(JSON.stringify(summary.failures[0]));
  const results = readProvenance(join(dir, `${runs}.prov`)).flatMap((block) => (block.kind === 'quanta' ? block.results : []));
  const byWorker = Map.groupBy(results, (result) => result.worker);
  const longestCpuSec = Math.max(...[...byWorker.values()].map((list) => list.reduce((sum, { cpuSec }) => sum + cpuSec, 0)));
  const busySec = results.reduce((sum, { startedMs, endedMs }) => sum + (endedMs - startedMs) / 1e3, 0);
  const span = Math.max(...results.map(({ endedMs }) => endedMs)) - Math.min(...results.map(({ startedMs }) => startedMs));
  return { wallSec: summary.wallSec, total: summary.total, longestCpuSec, busySec, startSec: summary.wallSec - span / 1e3 };
}

const only = process.env['BENCH_ONLY'];
for (const [workers, cores] of only === 'speedup'
  ? []
  : ([
      ['in-process', 1],
      ['thread', 1],
      ['thread', 2],
      ['process', 2],
    ] as const)) {
  if (process.env['BENCH_WORKERS'] !== undefined && process.env['BENCH_WORKERS'] !== `${workers}-${cores}`) continue;
  const before = process.cpuUsage();
  const { wallSec, total } = await run('emptyTask', { visits: 1000, detectors: 100 }, workers, cores);
  line(`pipeline-overhead-per-quantum-${workers}-${cores}`, wallSec / total, 0.002, {
    quanta: total,
    // Without that of worker processes.
    cpu_s_per_quantum: Number((cpuSecSince(before) / total).toFixed(6)),
    load: Number(loadavg()[0]?.toFixed(1)),
  });
}
if (only === 'overhead') {
  rmSync(dir, { recursive: true });
  process.exit(0);
}

/** The loop of `spinTask` in plain processes without any of our code: what the machine itself gives for two of them at once. */
async function nativeSpeedup(rounds: number): Promise<number> {
  const code = `process.once('message', () => {
    const started = performance.now();
    let value = 1;
    for (let k = 0; k < ${rounds}; k++) for (let i = 0; i < ${SPIN_ROUNDS}; i++) value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
    process.send({ ms: performance.now() - started, value });
    process.disconnect();
  });`;
  const together = async (processes: number): Promise<number> => {
    const children = Array.from({ length: processes }, () =>
      spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
    await Promise.all(children.map((child) => new Promise((resolve) => child.once('spawn', resolve))));
    // They begin together, once all of them are up.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const times = await Promise.all(
      children.map((child) => {
        const answer = new Promise<number>((resolve) => child.once('message', ({ ms }: { ms: number }) => resolve(ms)));
        child.send('go');
        return answer;
      }),
    );
    return Math.max(...times);
  };
  const one = await together(1);
  return (2 * one) / (await together(2));
}

// Alternating, so that a slow moment of the machine hits both. Start of the workers counts. The control says what two cores of this machine
// give to two processes at this moment: cores that share their execution units, or that others use, give less than two.
const quanta = { visits: 10, detectors: Number(process.env['BENCH_SPINS'] ?? 24) };
const seen: { speedup: number; native: number; busy: number; byCpu: number; start: number; one: number; two: number }[] = [];
for (let k = 0; k < 2; k++) {
  const one = await run('spinTask', quanta, 'thread', 1);
  const two = await run('spinTask', quanta, 'thread', 2);
  const native = await nativeSpeedup((quanta.visits * quanta.detectors) / 6);
  seen.push({
    speedup: one.wallSec / two.wallSec,
    native,
    busy: two.busySec / (2 * two.wallSec),
    byCpu: one.longestCpuSec / two.longestCpuSec,
    one: one.wallSec,
    start: two.startSec,
    two: two.wallSec,
  });
}
const best = seen.reduce((a, b) => (b.speedup > a.speedup ? b : a));
const round = (value: number): number => Number(value.toFixed(3));
line('pipeline-two-workers', best.two, 'speedup >= 1.9', {
  one_worker_s: round(best.one),
  speedup: round(best.speedup),
  native_two_processes: round(best.native),
  share_of_native: round(best.speedup / best.native),
  start_and_end_s: round(best.start),
  workers_busy: round(best.busy),
  speedup_by_cpu: round(best.byCpu),
  rounds: seen.map(({ speedup, native }) => [round(speedup), round(native)]),
  load: Number(loadavg()[0]?.toFixed(1)),
});
rmSync(dir, { recursive: true });
