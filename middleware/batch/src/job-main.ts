/** Entry of a batch job: `job-main.ts DIR CLUSTER ATTEMPT MEMORY_MIB SCALE` runs one cluster, `job-main.ts DIR final` ends the run. */
import { existsSync } from 'node:fs';
import {
  aggregateParts,
  codeVersion,
  finalResults,
  openGraphFile,
  type QuantumGraph,
  readProvenance,
  type Registrar,
  runGraph,
} from '@almagest/pipeline';
import type { Cluster } from './cluster.ts';
import { readSubmission, submissionPaths, writeMarker } from './submission.ts';

const [dir = '', what = '', attempt = '1', memoryMib = '0', scale = '1'] = process.argv.slice(2);
process.exitCode = await (what === 'final' ? endRun() : runCluster(Number(what)));

/** Leaves with 0 if every quantum is done, 1 if some failed, 4 if some could not start for jobs that did not end well. */
async function runCluster(place: number): Promise<number> {
  const { clusters, config, graphPath, store, mock } = readSubmission(dir);
  const { quanta, needs, cores } = clusters[place] as Cluster;
  const paths = submissionPaths(dir);
  const own = new Set(quanta);
  const controller = new AbortController();
  process.on('SIGTERM', () => controller.abort());
  process.on('SIGINT', () => controller.abort());

  const provenancePath = paths.part(place);
  const capMib = Number(memoryMib) - config.memoryOverheadMib;
  const summary = await runGraph({
    graphPath,
    provenancePath,
    store,
    only: (quantum) => own.has(quantum),
    part: {
      upstream: needs.map((need) => paths.part(need)).filter((path) => existsSync(path)),
      memoryCapMib: capMib,
      memoryScale: Number(scale),
    },
    workers: config.workers,
    cores,
    memoryMib: capMib,
    signal: controller.signal,
    command: process.argv.join(' '),
    codeVersion: codeVersion().text,
    ...(mock ? { mock } : {}),
  });
  const { counts, waiting, interrupted } = summary;
  const results = finalResults(readProvenance(provenancePath));
  const outOfMemory = results.some(({ status, error }) => status === 'failed' && error?.code === 'pipeline.out-of-memory');
  if (!interrupted) writeMarker(dir, { cluster: place, attempt: Number(attempt), counts, waiting, outOfMemory });
  if (counts.failed + counts.blocked > 0) return 1;
  return waiting > 0 || interrupted ? 4 : 0;
}

async function endRun(): Promise<number> {
  const { clusters, graphPath, provenancePath, registrar: spec } = readSubmission(dir);
  const { part } = submissionPaths(dir);
  const parts = clusters.map((_, place) => part(place));
  const registrar = spec ? await openRegistrar(spec.open, spec.options, graphPath) : undefined;
  const counts = await aggregateParts({ parts, provenancePath, ...(registrar ? { registrar } : {}) });
  const total = clusters.reduce((sum, { quanta }) => sum + quanta.length, 0);
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  writeMarker(dir, { cluster: -1, attempt: Number(attempt), counts, waiting: total - done, outOfMemory: false });
  return counts.failed + counts.blocked > 0 ? 1 : done < total ? 4 : 0;
}

type OpenRegistrar = (options: unknown, graph: QuantumGraph) => Promise<Registrar>;

async function openRegistrar(specifier: string, options: unknown, graphPath: string): Promise<Registrar> {
  const at = specifier.lastIndexOf('#');
  const module = (await import(specifier.slice(0, at))) as Record<string, unknown>;
  const file = openGraphFile(graphPath);
  try {
    return await (module[specifier.slice(at + 1)] as OpenRegistrar)(options, file.load());
  } finally {
    file.close();
  }
}
