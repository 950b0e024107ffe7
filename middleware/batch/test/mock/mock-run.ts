import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  accessOf, buildQuantumGraph, columnsOf, type DataId, datasetRef, fileStoreSpec, memorySource, openFileStore, parsePipelineDocument, predictedId, type QuantumGraph, resolvePipeline, type StoreSpec, writeGraphFile,
} from '@almagest/pipeline'; // prettier-ignore

export interface PreparedRun {
  readonly graph: QuantumGraph;
  readonly graphPath: string;
  readonly provenancePath: string;
  readonly root: string;
  readonly store: StoreSpec;
}

const PIPELINE = `description: Raw to coadd
tasks: { isr: ./tasks.ts#isrTask, calibrate: ./tasks.ts#calibrateTask, warp: ./tasks.ts#warpTask, coadd: ./tasks.ts#coaddTask }`;

/** Builds a graph over a synthetic survey in a folder, with its raw data in a file store. */
export async function prepareRun(
  dir: string,
  { visits, detectors, patches }: { readonly visits: number; readonly detectors: number; readonly patches: number },
): Promise<PreparedRun> {
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const instrument = 'TestCam';
  const raws = range(1, visits).flatMap((visit) => range(0, detectors).map((detector): DataId => ({ instrument, visit, detector })));
  const sky = range(0, patches).map((patch): DataId => ({ skymap: 'sky', tract: 9, patch }));
  const overlaps = raws.map((raw): DataId => ({
    ...raw,
    skymap: 'sky',
    tract: 9,
    patch: (Number(raw['visit']) * 7 + Number(raw['detector'])) % patches,
  }));
  const table = (rows: readonly DataId[], joins: readonly string[]): { rows: ReturnType<typeof columnsOf>; joins: readonly string[] } => ({
    rows: columnsOf(Object.keys(rows[0] ?? {}), rows),
    joins,
  });
  const source = memorySource({
    required: {
      instrument: [],
      visit: ['instrument'],
      detector: ['instrument'],
      skymap: [],
      tract: ['skymap'],
      patch: ['skymap', 'tract'],
    },
    tables: [table(raws, ['visit', 'detector']), table(sky, ['patch']), table(overlaps, ['visit', 'patch'])],
    datasetTypes: {
      raw: {
        dimensions: ['instrument', 'visit', 'detector'],
        storageClass: 'StructuredDataDict',
        collections: {
          raw: { ...table(raws, []).rows, ids: raws.map((raw) => predictedId('raw', 'raw', raw)), runs: raws.map(() => 'raw') },
        },
      },
    },
  });
  const pipeline = await resolvePipeline(parsePipelineDocument(PIPELINE, import.meta.dirname));
  const graph = await buildQuantumGraph({ pipeline, source, inputCollections: ['raw'], outputRun: 'u/run' });
  const graphPath = join(dir, 'run.qgraph');
  writeGraphFile(graph, graphPath);
  const root = join(dir, 'files');
  const store = openFileStore({ root });
  const access = accessOf(graph);
  for (const datasets of graph.datasets)
    for (const row of datasets.existing.keys()) await store.put({ raw: row }, datasetRef(access, datasets, row));
  return { graph, graphPath, provenancePath: join(dir, 'run.prov'), root, store: fileStoreSpec(root) };
}

/** Names and contents of every file of a run, as one digest. */
export function runDigest(root: string, run = 'u/run'): string {
  const files = readdirSync(join(root, run), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash('sha256');
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).toSorted())
    hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}
