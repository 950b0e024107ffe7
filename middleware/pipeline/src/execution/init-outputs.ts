import { compareConfigs } from '../config/compare.ts';
import { RunConflictError } from '../errors.ts';
import type { ConfigValues } from '../config/parse.ts';
import type { GraphDatasets, GraphTask, QuantumGraph } from '../quantum-graph/quantum-graph.ts';
import { accessOf, type DatasetRef, datasetRef, predictedId } from '../quantum-graph/quantum.ts';
import { loadTask } from '../task/registry.ts';
import { type MockOptions, mockTask } from './mock.ts';
import type { QuantumStore, WrittenDataset } from './store.ts';

export interface InitOptions {
  readonly mock?: MockOptions;
  /** Package versions of this run, written as dataset `packages`. */
  readonly packages: Readonly<Record<string, string>>;
  /** Accepts another configuration than the one that the run was begun with. */
  readonly clobber?: boolean;
}

/** Name of the dataset type that holds a task's configuration. */
export function configDatasetType(label: string): string {
  return `${label}_config`;
}

/**
 * Writes what is made once per run: configurations, package versions, and the tasks' init-outputs.
 *
 * @throws {RunConflictError} if the run was begun with another configuration.
 */
export async function writeInitOutputs(graph: QuantumGraph, store: QuantumStore, options: InitOptions): Promise<readonly WrittenDataset[]> {
  const { outputRun } = graph.header;
  const written: WrittenDataset[] = [];
  const put = async (value: unknown, ref: DatasetRef): Promise<void> => void written.push({ ref, record: await store.put(value, ref) });
  const refOf = (datasetType: string, storageClass: string): DatasetRef => ({
    id: predictedId(datasetType, outputRun, {}),
    datasetType,
    storageClass,
    dimensions: [],
    dataId: {},
    run: outputRun,
  });
  for (const task of graph.tasks) {
    const ref = refOf(configDatasetType(task.label), 'StructuredDataDict');
    // oxlint-disable-next-line no-await-in-loop -- few, and in order
    if (!options.clobber && (await store.exists(ref))) refuseOther(task, (await store.get(ref)) as ConfigValues);
    // oxlint-disable-next-line no-await-in-loop
    await put(task.config, ref);
  }
  await put(options.packages, refOf('packages', 'StructuredDataDict'));
  for (const task of graph.tasks)
    // oxlint-disable-next-line no-await-in-loop -- init-inputs are earlier init-outputs
    for (const { ref, value } of await makeInitOutputs(graph, task, { store, mock: options.mock })) await put(value, ref);
  return written;
}

async function makeInitOutputs(
  graph: QuantumGraph,
  graphTask: GraphTask,
  { store, mock }: { readonly store: QuantumStore; readonly mock: MockOptions | undefined },
): Promise<readonly { readonly ref: DatasetRef; readonly value: unknown }[]> {
  const outputs = graphTask.connections.filter(({ kind }) => kind === 'init-output');
  if (outputs.length === 0) return [];
  const loaded = await loadTask(graphTask.specifier, graphTask.baseDir);
  const task = mock ? mockTask(loaded, mock, () => 1) : loaded;
  const access = accessOf(graph);
  const refFor = (dataset: number): DatasetRef => datasetRef(access, graph.datasets[dataset] as GraphDatasets, 0);
  const inputs: Record<string, unknown> = {};
  for (const { kind, key, dataset } of graphTask.connections)
    // oxlint-disable-next-line no-await-in-loop -- few
    if (kind === 'init-input') inputs[key] = await store.get(refFor(dataset));
  const values = (await task.init?.(inputs, graphTask.config)) ?? {};
  return outputs.flatMap(({ key, dataset }) => (values[key] === undefined ? [] : [{ ref: refFor(dataset), value: values[key] }]));
}

function refuseOther({ label, config }: GraphTask, before: ConfigValues): void {
  const differences = compareConfigs(before, config);
  if (differences.length === 0) return;
  const lines = differences.map(({ path, left, right }) => `${path}: ${JSON.stringify(left)} before, ${JSON.stringify(right)} now`);
  throw new RunConflictError(`the run was begun with another configuration of task "${label}" (${lines.join('; ')}); write to another run`);
}
