/** Overhead of the executor on empty quanta, and the gain of a second worker on a compute-bound graph. */
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
import { surveySource } from '../middleware/pipeline/test/pipelines/survey.ts';

const EMPTY = new URL('../middleware/pipeline/test/pipelines/bench-tasks.ts', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'almagest-bench-'));
const line = (bench: string, ours: number, target: number, more: object = {}): void =>
  console.log(JSON.stringify({ bench, ours_s: Number(ours.toFixed(5)), peer: null, peer_s: null, ratio: null, target, ...more }));

let runs = 0;
async function run(
  task: string,
  survey: { visits: number; detectors: number },
  workers: WorkerKind,
  cores: number,
): Promise<{ wallSec: number; total: number; longestCpuSec: number }> {
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
  return { wallSec: summary.wallSec, total: summary.total, longestCpuSec };
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
  const { wallSec, total } = await run('emptyTask', { visits: 1000, detectors: 100 }, workers, cores);
  line(`pipeline-overhead-per-quantum-${workers}-${cores}`, wallSec / total, 0.002, { quanta: total });
}
// Alternating, so that a slow moment of the machine hits both. On a machine whose cores are busy with other work the wall clock says
// little; then the CPU time of each worker tells how long the run would take with a core for each.
const best = { one: Infinity, two: Infinity };
let byCpu = 0;
for (let k = 0; k < 3; k++) {
  const one = await run('spinTask', { visits: 10, detectors: 10 }, 'thread', 1);
  const two = await run('spinTask', { visits: 10, detectors: 10 }, 'thread', 2);
  best.one = Math.min(best.one, one.wallSec);
  best.two = Math.min(best.two, two.wallSec);
  byCpu = Math.max(byCpu, one.longestCpuSec / two.longestCpuSec);
}
line('pipeline-two-workers', best.two, 0, {
  one_worker_s: Number(best.one.toFixed(3)),
  speedup: Number((best.one / best.two).toFixed(3)),
  speedup_by_cpu: Number(byCpu.toFixed(3)),
  target_speedup: 1.9,
  load: Number(loadavg()[0]?.toFixed(1)),
});
rmSync(dir, { recursive: true });
