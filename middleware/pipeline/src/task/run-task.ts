import { parseConfig } from '../config/parse.ts';
import { InvalidQuantumError, TaskOutputError } from '../errors.ts';
import { type DataId, formatDataId, quantumSeed } from './context.ts';
import { metadataRecorder, type MetadataRecord } from './metadata.ts';
import type { Task, Values } from './task.ts';

export interface RunTaskOptions {
  readonly inputs: Values;
  /** Overrides of the task's default configuration, nested plain data. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly dataId?: DataId;
  /** Data IDs of multiple connections, in the order of their values. */
  readonly dataIds?: Readonly<Record<string, readonly DataId[]>>;
  readonly label?: string;
  /** Seed of the run, 0 unless given. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly cores?: number;
}

/**
 * Runs a task on values in memory, without butler, graph or executor: what tests and notebooks want.
 *
 * @returns The outputs by connection, and the metadata that the task recorded.
 * @throws {ConfigError} for bad overrides; {InvalidQuantumError} for a missing input; whatever the task throws.
 */
export async function runTask(task: Task, options: RunTaskOptions): Promise<{ outputs: Values; metadata: MetadataRecord }> {
  const config = parseConfig(task.configSchema, options.config ?? {}, `task "${task.name}"`);
  const dataId = options.dataId ?? {};
  const label = options.label ?? task.name;
  const { recorder, read } = metadataRecorder();
  const omitted = task.omitConnections?.(config) ?? [];
  checkInputs(task, options.inputs, omitted);
  const outputs = await task.run(options.inputs, config, {
    label,
    dataId,
    quantumId: `${label}${formatDataId(dataId)}`,
    seed: quantumSeed(options.seed ?? 0, label, dataId),
    signal: options.signal ?? new AbortController().signal,
    metadata: recorder,
    cores: options.cores ?? 1,
    dataIds: (connection) => options.dataIds?.[connection] ?? [dataId],
  });
  checkOutputs(task, outputs, omitted);
  return { outputs, metadata: read() };
}

function checkInputs(task: Task, inputs: Values, omitted: readonly string[]): void {
  for (const [key, { kind, optional }] of Object.entries(task.connections)) {
    if (kind === 'output' || kind === 'init-output' || optional || omitted.includes(key)) continue;
    if (inputs[key] === undefined) throw new InvalidQuantumError(`task "${task.name}": no value for ${kind} "${key}"`);
  }
}

/** Checks that a task returned what it declares. @throws {TaskOutputError} if not. */
export function checkOutputs(task: Task, outputs: Values, omitted: readonly string[]): void {
  for (const key of Object.keys(outputs))
    if (task.connections[key]?.kind !== 'output')
      throw new TaskOutputError(`task "${task.name}" returned "${key}", which is no output of it`);
  for (const [key, { kind, optional, multiple }] of Object.entries(task.connections)) {
    if (kind !== 'output' || omitted.includes(key)) continue;
    const value = outputs[key];
    if (value === undefined && !optional)
      throw new TaskOutputError(`task "${task.name}" returned no "${key}"; throw NoWorkError or PartialOutputsError to leave it out`);
    if (value !== undefined && multiple && !Array.isArray(value))
      throw new TaskOutputError(`task "${task.name}": output "${key}" is no array`);
  }
}
