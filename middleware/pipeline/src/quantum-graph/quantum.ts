import { createHash } from 'node:crypto';
import { type DataId, formatDataId } from '../task/context.ts';
import type { ExistingDataset, GraphConnection, GraphDatasets, GraphTask, QuantumGraph } from './quantum-graph.ts';
import { taskOfQuantum } from './quantum-graph.ts';
import type { DimensionValue } from './source.ts';

/** A dataset as plain data: enough to read or write it without the registry. */
export interface DatasetRef {
  readonly id: string;
  readonly datasetType: string;
  /** Storage class of the dataset type; a connection may read it as another. */
  readonly storageClass: string;
  /** Required dimensions. */
  readonly dimensions: readonly string[];
  /** Required and known implied values. */
  readonly dataId: DataId;
  readonly run: string;
  readonly calibration?: boolean;
  /** Set for a dataset that existed before the run. */
  readonly location?: unknown;
}

/** One unit of work: a task on one data ID, with the datasets that it reads and writes. */
export interface Quantum {
  readonly id: number;
  readonly label: string;
  readonly dataId: DataId;
  /** Data ID without implied values: identity and seed depend on it alone. */
  readonly requiredDataId: DataId;
  readonly inputs: Readonly<Record<string, readonly DatasetRef[]>>;
  readonly outputs: Readonly<Record<string, readonly DatasetRef[]>>;
}

/** Random access to the parts of a graph, in memory or in a file. */
export interface GraphAccess {
  readonly outputRun: string;
  readonly value: (dimension: string, code: number) => DimensionValue;
  readonly quantumCodes: (task: GraphTask, index: number) => ArrayLike<number>;
  readonly edges: (task: GraphTask, connection: GraphConnection, index: number) => ArrayLike<number>;
  readonly datasetCodes: (datasets: GraphDatasets, row: number) => ArrayLike<number>;
  readonly existing: (datasets: GraphDatasets, row: number) => ExistingDataset | undefined;
  readonly tasks: readonly GraphTask[];
  readonly datasets: readonly GraphDatasets[];
}

/** Reads a graph in memory at random. */
export function accessOf(graph: QuantumGraph): GraphAccess {
  return {
    outputRun: graph.header.outputRun,
    value: (dimension, code) => graph.dictionaries.get(dimension)?.[code] as DimensionValue,
    quantumCodes: ({ codes, dimensions }, index) => codes.subarray(index * dimensions.length, (index + 1) * dimensions.length),
    edges: (_, { offsets, rows }, index) => rows.subarray(offsets[index], offsets[index + 1]),
    datasetCodes: ({ codes, dimensions }, row) => codes.subarray(row * dimensions.length, (row + 1) * dimensions.length),
    existing: ({ existing }, row) => existing.get(row),
    tasks: graph.tasks,
    datasets: graph.datasets,
  };
}

/** Reads one quantum. @throws {RangeError} if there is no such id. */
export function quantumAt(access: GraphAccess, id: number): Quantum {
  const task = taskOfQuantum(access, id);
  const index = id - task.start;
  const codes = access.quantumCodes(task, index);
  const inputs: Record<string, readonly DatasetRef[]> = {};
  const outputs: Record<string, readonly DatasetRef[]> = {};
  for (const connection of task.connections) {
    const datasets = access.datasets[connection.dataset] as GraphDatasets;
    const init = connection.kind === 'init-input';
    if (connection.kind === 'init-output') continue;
    const rows = init ? [0] : Array.from(access.edges(task, connection, index));
    const refs = rows.map((row) => datasetRef(access, datasets, row));
    (connection.kind === 'output' ? outputs : inputs)[connection.key] = refs;
  }
  const dataId = decode(access, task.dimensions, codes);
  const requiredDataId = decode(access, task.dimensions.slice(0, task.requiredCount), codes);
  return { id, label: task.label, dataId, requiredDataId, inputs, outputs };
}

/** The quantum's data ID alone, which is cheap. */
export function quantumDataId(access: GraphAccess, id: number): DataId {
  const task = taskOfQuantum(access, id);
  return decode(access, task.dimensions.slice(0, task.requiredCount), access.quantumCodes(task, id - task.start));
}

/** Text identity of a quantum: `label{dimension=value, ...}`. */
export function formatQuantumId(quantum: Pick<Quantum, 'label' | 'requiredDataId'>): string {
  return `${quantum.label}${formatDataId(quantum.requiredDataId)}`;
}

/** One dataset of a graph; the id of one that does not exist yet follows from type, run and data ID. */
export function datasetRef(access: GraphAccess, datasets: GraphDatasets, row: number): DatasetRef {
  const dimensions = datasets.dimensions.slice(0, datasets.requiredCount);
  const codes = access.datasetCodes(datasets, row);
  const dataId = decode(access, datasets.dimensions, codes);
  const existing = access.existing(datasets, row);
  const { name, storageClass, calibration } = datasets;
  const run = existing?.run ?? access.outputRun;
  const id = existing?.id ?? predictedId(name, run, decode(access, dimensions, codes));
  const ref = { id, datasetType: name, storageClass, dimensions, dataId, run, ...(calibration ? { calibration } : {}) };
  return existing?.location === undefined ? ref : { ...ref, location: existing.location };
}

function decode(access: GraphAccess, dimensions: readonly string[], codes: ArrayLike<number>): DataId {
  const dataId: Record<string, DimensionValue> = {};
  for (let i = 0; i < dimensions.length; i++) {
    const code = codes[i] as number;
    const name = dimensions[i] as string;
    if (code >= 0) dataId[name] = access.value(name, code);
  }
  return dataId;
}

/** Namespace of deterministic dataset ids, fixed by the field's repositories. */
const NAMESPACE = Buffer.from('840b31d905cd5161b2c800d32b280d0f', 'hex');

/**
 * Id of the dataset that a run will make: UUID version 5 of type, run and required data ID, so that a repeated registration is the same one.
 *
 * @see RFC 9562, section 5.5; the name is that of the mode "data ID, type and run" of the field's repositories.
 */
export function predictedId(datasetType: string, run: string, requiredDataId: DataId): string {
  const keys = Object.keys(requiredDataId).toSorted();
  const name = [`dataset_type=${datasetType}`, `run=${run}`, ...keys.map((key) => `${key}=${requiredDataId[key]}`)].join(',');
  const bytes = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
