import { configFor } from '../pipeline/pipeline.ts';
import type { ConfigBlock } from '../pipeline/document.ts';
import type { ConfigValues } from '../config/parse.ts';
import { NoWorkError, PartialOutputsError, TaskOutputError } from '../errors.ts';
import type { GraphConnection, GraphTask } from '../quantum-graph/quantum-graph.ts';
import { type DatasetRef, formatQuantumId, predictedId, type Quantum } from '../quantum-graph/quantum.ts';
import type { Deferred } from '../task/connections.ts';
import { type DataId, quantumSeed } from '../task/context.ts';
import { metadataRecorder } from '../task/metadata.ts';
import { checkOutputs } from '../task/run-task.ts';
import type { Task, Values } from '../task/task.ts';
import { describeError, type OutputDataset, type QuantumResult, type QuantumStatus, statusOfError, type UsedDataset } from './result.ts';
import type { QuantumStore, ReadOptions } from './store.ts';

export interface ExecuteOptions {
  readonly task: Task;
  readonly graphTask: GraphTask;
  readonly quantum: Quantum;
  readonly store: QuantumStore;
  readonly attempt: number;
  /** Seed of the run. */
  readonly seed: number;
  readonly cores: number;
  readonly worker: string;
  readonly signal: AbortSignal;
  /** Inputs that the quantum's predecessors did not make: places in each connection. */
  readonly absent: Readonly<Record<string, readonly number[]>>;
}

/** Reads the inputs of a quantum, runs its task and writes the outputs. Never throws: what went wrong is in the result. */
export async function executeQuantum(options: ExecuteOptions): Promise<QuantumResult> {
  const { quantum, task, graphTask, store, attempt, worker } = options;
  const startedMs = Date.now();
  const cpuBefore = process.threadCpuUsage();
  const { recorder, read } = metadataRecorder();
  const used: UsedDataset[] = [];
  const outputs: OutputDataset[] = [];
  let status: QuantumStatus = 'success';
  let error: unknown = null;
  try {
    const config = quantumConfig(task, graphTask, quantum.dataId);
    const present = presentInputs(options);
    for (const [key, refs] of Object.entries(present))
      for (const { id, datasetType, dataId, run } of refs) used.push({ id, type: datasetType, dataId, run, key });
    const inputs = await recorder.time('readInputs', () => readInputs(graphTask, present, store));
    const context = {
      label: quantum.label,
      dataId: quantum.dataId,
      quantumId: formatQuantumId(quantum),
      seed: quantumSeed(options.seed, quantum.label, quantum.requiredDataId),
      signal: options.signal,
      metadata: recorder,
      cores: options.cores,
      dataIds: (key: string): readonly DataId[] => (present[key] ?? quantum.outputs[key] ?? []).map(({ dataId }) => dataId),
    };
    options.signal.throwIfAborted();
    const omitted = Object.keys(task.connections).filter((key) => !graphTask.connections.some((connection) => connection.key === key));
    let values: Values;
    try {
      values = await recorder.time('run', async () => task.run(inputs, config, context));
      checkOutputs(task, values, omitted);
    } catch (failure) {
      if (!(failure instanceof PartialOutputsError)) throw failure;
      status = 'partial';
      error = failure;
      values = failure.outputs;
    }
    options.signal.throwIfAborted();
    await recorder.time('writeOutputs', () => writeOutputs(graphTask, quantum, { values, store, outputs, used }));
  } catch (failure) {
    error = failure;
    status = statusOfError(failure);
  }
  const cpu = process.threadCpuUsage(cpuBefore);
  return {
    quantum: quantum.id,
    label: quantum.label,
    dataId: quantum.requiredDataId,
    attempt,
    status,
    error: error === null ? null : describeError(error),
    startedMs,
    endedMs: Date.now(),
    cpuSec: (cpu.user + cpu.system) / 1e6,
    memoryMib: Math.round(process.memoryUsage.rss() / 2 ** 20),
    worker,
    inputs: used,
    outputs,
    metadata: read(),
  };
}

/** Configuration of a quantum from a graph, which holds the resolved values. */
function quantumConfig(task: Task, graphTask: GraphTask, dataId: DataId): ConfigValues {
  const { config: values, variants, label } = graphTask;
  if (variants.length === 0) return values;
  return variantConfig(task, { values, variants, label }, dataId);
}

function variantConfig(
  task: Task,
  { values, variants, label }: { readonly values: ConfigValues; readonly variants: readonly ConfigBlock[]; readonly label: string },
  dataId: DataId,
): ConfigValues {
  const config = { values, history: new Map<string, never[]>(), warnings: [] };
  return configFor({ label, specifier: '', baseDir: '', task, connections: [], config, variants, resources: task.resources }, dataId);
}

function presentInputs({ quantum, graphTask, absent }: ExecuteOptions): Record<string, readonly DatasetRef[]> {
  const present: Record<string, readonly DatasetRef[]> = {};
  for (const { key, kind, minimum } of graphTask.connections) {
    if (kind === 'output' || kind === 'init-output') continue;
    const missing = absent[key] ?? [];
    const refs = (quantum.inputs[key] ?? []).filter((_, i) => !missing.includes(i));
    if (kind === 'input' && refs.length < minimum)
      throw new NoWorkError(`${refs.length} of at least ${minimum} "${key}" were made by earlier tasks`);
    present[key] = refs;
  }
  return present;
}

async function readInputs(
  graphTask: GraphTask,
  present: Readonly<Record<string, readonly DatasetRef[]>>,
  store: QuantumStore,
): Promise<Values> {
  const inputs: Record<string, unknown> = {};
  for (const connection of graphTask.connections) {
    const refs = present[connection.key];
    if (!refs) continue;
    const values: unknown[] = [];
    // One at a time: memory is the scarcer resource.
    // oxlint-disable-next-line no-await-in-loop
    for (const ref of refs) values.push(await readOne(connection, ref, store));
    inputs[connection.key] = connection.multiple ? values : values[0];
  }
  return inputs;
}

function readOne({ component, storageClass, deferred }: GraphConnection, ref: DatasetRef, store: QuantumStore): Promise<unknown> {
  const base: ReadOptions = component === undefined ? { storageClass } : { component };
  if (!deferred) return store.get(ref, base);
  const later: Deferred<unknown> = {
    dataId: ref.dataId,
    get: (parameters) => store.get(ref, parameters === undefined ? base : { ...base, parameters }),
    component: <C>(name: string) => store.get(ref, { component: name }) as Promise<C>,
  };
  return Promise.resolve(later);
}

async function writeOutputs(
  graphTask: GraphTask,
  quantum: Quantum,
  {
    values,
    store,
    outputs,
    used,
  }: { readonly values: Values; readonly store: QuantumStore; readonly outputs: OutputDataset[]; readonly used: readonly UsedDataset[] },
): Promise<void> {
  for (const { key, kind, multiple } of graphTask.connections) {
    const value = values[key];
    if (kind !== 'output' || value === undefined) continue;
    const refs = quantum.outputs[key] ?? [];
    const list: readonly unknown[] = multiple ? (value as readonly unknown[]) : [value];
    if (list.length > refs.length)
      throw new TaskOutputError(`task "${graphTask.label}" returned ${list.length} "${key}" for ${refs.length} data IDs`);
    for (const [index, item] of list.entries()) {
      const ref = refs[index];
      if (item === undefined || !ref) continue;
      // oxlint-disable-next-line no-await-in-loop -- memory is the scarcer resource
      const record = await store.put(item, ref, { quantum: predictedId(quantum.label, ref.run, quantum.requiredDataId), inputs: used });
      const { id, datasetType, dataId, run, storageClass, dimensions } = ref;
      outputs.push({ id, type: datasetType, dataId, run, key, index, storageClass, dimensions, record });
    }
  }
}
