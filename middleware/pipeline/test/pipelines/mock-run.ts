import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  accessOf, buildQuantumGraph, type BuildGraphOptions, datasetRef, fileStoreSpec, openFileStore, type Pipeline, type QuantumGraph, readPipelineDocument, resolvePipeline, type StoreSpec, writeGraphFile,
} from '../../src/index.ts'; // prettier-ignore
import { type SurveyOptions, surveySource } from './survey.ts';

export interface PreparedRun {
  readonly graph: QuantumGraph;
  readonly graphPath: string;
  readonly provenancePath: string;
  readonly root: string;
  readonly store: StoreSpec;
}

/** Builds the graph of the sample pipeline over a synthetic survey in a folder, with its raw data in a file store. */
export async function prepareRun(
  dir: string,
  survey: SurveyOptions,
  options: { readonly pipeline?: Pipeline; readonly build?: Partial<BuildGraphOptions> } = {},
): Promise<PreparedRun> {
  const pipeline = options.pipeline ?? (await resolvePipeline(readPipelineDocument(new URL('./full.yaml', import.meta.url).pathname)));
  const graph = await buildQuantumGraph({
    pipeline,
    source: surveySource(survey),
    inputCollections: ['raw', 'calib'],
    outputRun: 'u/run',
    ...options.build,
  });
  const graphPath = join(dir, 'run.qgraph');
  writeGraphFile(graph, graphPath);
  const root = join(dir, 'files');
  const store = openFileStore({ root });
  const access = accessOf(graph);
  for (const datasets of graph.datasets)
    for (const row of datasets.existing.keys()) {
      const ref = datasetRef(access, datasets, row);
      await store.put({ raw: ref.dataId }, { ...ref, location: undefined });
    }
  return { graph, graphPath, provenancePath: join(dir, 'run.prov'), root, store: fileStoreSpec(root) };
}

/** Names and contents of every file of a run, as one digest; and the names. */
export function runDigest(root: string, run = 'u/run'): { readonly digest: string; readonly files: readonly string[] } {
  const files = readdirSync(join(root, run), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return { digest: hash.digest('hex'), files };
}
