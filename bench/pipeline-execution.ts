/** Overhead of the executor on empty quanta, and the gain of a second worker on a compute-bound graph. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildQuantumGraph, parsePipelineDocument, resolvePipeline, runGraph, type WorkerKind, writeGraphFile } from '@almagest/pipeline';
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
): Promise<{ wallSec: number; total: number }> {
  const pipeline = await resolvePipeline(parsePipelineDocument(`description: bench\ntasks: {bench: '${EMPTY}#${task}'}`));
  const source = surveySource({ ...survey, patches: 1, patchesPerDetector: 0 });
  const graph = await buildQuantumGraph({ pipeline, source, inputCollections: ['raw'], outputRun: 'u/bench' });
  const graphPath = join(dir, `${++runs}.qgraph`);
  writeGraphFile(graph, graphPath);
  const store = { open: `${EMPTY}#openNullStore`, options: {} };
  const summary = await runGraph({ graphPath, provenancePath: join(dir, `${runs}.prov`), store, workers, cores });
  if (summary.counts.success !== summary.total) throw new Error(JSON.stringify(summary.failures[0]));
  return { wallSec: summary.wallSec, total: summary.total };
}

for (const [workers, cores] of [
  ['in-process', 1],
  ['thread', 1],
  ['thread', 2],
  ['process', 2],
] as const) {
  const { wallSec, total } = await run('emptyTask', { visits: 1000, detectors: 100 }, workers, cores);
  line(`pipeline-overhead-per-quantum-${workers}-${cores}`, wallSec / total, 0.002, { quanta: total });
}
// Alternating, so that a slow moment of the machine hits both.
const times = { one: Infinity, two: Infinity };
for (let k = 0; k < 3; k++) {
  times.one = Math.min(times.one, (await run('spinTask', { visits: 20, detectors: 10 }, 'thread', 1)).wallSec);
  times.two = Math.min(times.two, (await run('spinTask', { visits: 20, detectors: 10 }, 'thread', 2)).wallSec);
}
line('pipeline-two-workers', times.two, 0, {
  one_worker_s: Number(times.one.toFixed(3)),
  speedup: Number((times.one / times.two).toFixed(3)),
  target_speedup: 1.9,
});
rmSync(dir, { recursive: true });
