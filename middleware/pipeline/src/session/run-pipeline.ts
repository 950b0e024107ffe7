import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Butler } from '@almagest/butler';
import { butlerRegistrar } from '../butler/butler-registrar.ts';
import { butlerSource } from '../butler/butler-source.ts';
import { butlerStoreSpec } from '../butler/butler-store.ts';
import { ProvenanceFileError } from '../errors.ts';
import { graphDigest, runGraph, type RunGraphOptions, type RunSummary } from '../execution/run-graph.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { codeVersion as currentVersion } from '../provenance/code-version.ts';
import { buildQuantumGraph, type BuildGraphOptions } from '../quantum-graph/build.ts';
import { openGraphFile, writeGraphFile } from '../quantum-graph/graph-file.ts';
import type { QuantumGraph } from '../quantum-graph/quantum-graph.ts';
import { type CollectionOptions, defineCollections, planCollections, type RunCollections } from './collections.ts';

export type BuildOptions = Pick<
  BuildGraphOptions,
  | 'where'
  | 'dataIdTable'
  | 'constrainBy'
  | 'skipExistingIn'
  | 'retained'
  | 'clobber'
  | 'allowEmpty'
  | 'missingPrerequisites'
  | 'seed'
  | 'command'
  | 'codeVersion'
  | 'signal'
>;
export type ExecuteOptions = Omit<RunGraphOptions, 'graphPath' | 'provenancePath' | 'store' | 'registrar'>;

/** Files of a run inside its repository. */
export interface RunFiles {
  readonly dir: string;
  readonly graphPath: string;
  readonly provenancePath: string;
}

/** Where a repository keeps graph and provenance of a run. */
export function runFiles(repositoryRoot: string, run: string): RunFiles {
  const dir = join(repositoryRoot, '.almagest', 'runs', run);
  return { dir, graphPath: join(dir, 'graph.qgraph'), provenancePath: join(dir, 'run.prov') };
}

/** Builds the graph of a pipeline over a repository; writes nothing. */
export async function graphPipeline(
  butler: Butler,
  pipeline: Pipeline,
  options: CollectionOptions & BuildOptions & { readonly created?: string },
): Promise<{ readonly graph: QuantumGraph; readonly collections: RunCollections }> {
  const collections = await planCollections(butler, options);
  const {
    where,
    dataIdTable,
    constrainBy,
    skipExistingIn,
    retained,
    clobber,
    allowEmpty,
    missingPrerequisites,
    seed,
    command,
    signal,
    created,
  } = options;
  const { codeVersion = currentVersion().text } = options;
  const chosen = {
    where,
    dataIdTable,
    constrainBy,
    skipExistingIn,
    retained,
    clobber,
    allowEmpty,
    missingPrerequisites,
    seed,
    command,
    codeVersion,
    signal,
    created,
  };
  const graph = await buildQuantumGraph({
    pipeline,
    source: butlerSource(butler),
    inputCollections: collections.inputs,
    outputRun: collections.outputRun,
    ...(Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as Partial<BuildGraphOptions>),
  });
  return { graph, collections };
}

/**
 * Starts a run: writes its graph into the repository and defines its collections.
 *
 * A run that is extended keeps the graph and provenance of before under numbered names (`graph-1.qgraph`, `run-1.prov`); the same graph
 * again goes on with the provenance that is there.
 */
export async function beginRun(butler: Butler, graph: QuantumGraph, collections?: RunCollections): Promise<RunFiles> {
  const files = runFiles(butler.root ?? '.', graph.header.outputRun);
  mkdirSync(files.dir, { recursive: true });
  setAside(files, graph);
  writeGraphFile(graph, files.graphPath);
  await defineCollections(butler, collections ?? { inputs: graph.header.inputCollections, outputRun: graph.header.outputRun });
  return files;
}

function setAside({ dir, graphPath, provenancePath }: RunFiles, graph: QuantumGraph): void {
  if (!existsSync(graphPath)) return;
  const before = openGraphFile(graphPath);
  const same = graphDigest(before.load()) === graphDigest(graph);
  before.close();
  if (same) return;
  let number = 1;
  while (existsSync(join(dir, `graph-${number}.qgraph`))) number++;
  // The provenance first: without it, the old graph is only set aside again.
  if (existsSync(provenancePath)) renameSync(provenancePath, join(dir, `run-${number}.prov`));
  const batch = join(dir, 'batch');
  if (existsSync(batch)) renameSync(batch, join(dir, `batch-${number}`));
  renameSync(graphPath, join(dir, `graph-${number}.qgraph`));
}

/** What the dataset `packages` of a run says. */
export function currentPackages(): Readonly<Record<string, string>> {
  const { version, text } = currentVersion();
  return { almagest: version, 'almagest-code': text, node: process.versions.node, v8: process.versions.v8 };
}

/** Executes a run that was begun, or goes on with one that was stopped or killed. */
export async function executeRun(butler: Butler, run: string, options: ExecuteOptions = {}): Promise<RunSummary> {
  const { graphPath, provenancePath } = runFiles(butler.root ?? '.', run);
  if (!existsSync(graphPath)) throw new ProvenanceFileError(`run "${run}" has no quantum graph in ${butler.root ?? 'this repository'}`);
  const file = openGraphFile(graphPath);
  const graph = file.load();
  file.close();
  const registrar = await butlerRegistrar(butler, graph);
  const store = await butlerStoreSpec(butler.root ?? '.', butler.universe.source);
  return runGraph({
    codeVersion: currentVersion().text,
    packages: currentPackages(),
    ...options,
    graphPath,
    provenancePath,
    store,
    registrar,
  });
}

/** Builds, begins and executes in one call: what tests, services and notebooks want. */
export async function runPipeline(
  butler: Butler,
  pipeline: Pipeline,
  options: CollectionOptions & BuildOptions & { readonly created?: string; readonly execute?: ExecuteOptions },
): Promise<{ readonly summary: RunSummary; readonly run: string; readonly files: RunFiles }> {
  const { graph, collections } = await graphPipeline(butler, pipeline, options);
  const files = await beginRun(butler, graph, collections);
  const summary = await executeRun(butler, collections.outputRun, options.execute);
  return { summary, run: collections.outputRun, files };
}
