import type { ConfigBlock } from '../pipeline/document.ts';
import type { ConfigValues } from '../config/parse.ts';
import type { ConnectionKind } from '../task/connections.ts';
import type { DataId } from '../task/context.ts';
import type { ResourceRequest } from '../task/task.ts';
import type { DimensionValue } from './source.ts';

/** Facts about a graph as a whole. */
export interface GraphHeader {
  readonly description: string;
  readonly inputCollections: readonly string[];
  readonly outputRun: string;
  readonly where: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly command: string;
  readonly seed: number;
  readonly codeVersion: string;
}

/** A connection of a task in a graph. */
export interface GraphConnection {
  readonly key: string;
  readonly kind: ConnectionKind;
  /** Index in {@link QuantumGraph.datasets}. */
  readonly dataset: number;
  readonly storageClass: string;
  readonly component?: string;
  readonly multiple: boolean;
  readonly deferred: boolean;
  readonly optional: boolean;
  readonly minimum: number;
  /** Edges of quantum q are `rows[offsets[q]] .. rows[offsets[q + 1]]`, rows of the dataset table. Init connections have none. */
  readonly offsets: Int32Array;
  readonly rows: Int32Array;
}

export interface GraphTask {
  readonly label: string;
  readonly specifier: string;
  readonly baseDir: string;
  readonly taskName: string;
  readonly config: ConfigValues;
  readonly variants: readonly ConfigBlock[];
  readonly resources: ResourceRequest;
  /** Required, then implied dimensions of the quantum data IDs. */
  readonly dimensions: readonly string[];
  readonly requiredCount: number;
  /** Quanta of the task have the ids `start .. start + count`. */
  readonly start: number;
  readonly count: number;
  /** Codes of the quantum data IDs, `count` rows of `dimensions.length`; -1 where an implied value is unknown. */
  readonly codes: Int32Array;
  readonly connections: readonly GraphConnection[];
}

/** All datasets of one type in a graph. */
export interface GraphDatasets {
  readonly name: string;
  readonly storageClass: string;
  readonly dimensions: readonly string[];
  readonly requiredCount: number;
  readonly calibration: boolean;
  readonly count: number;
  readonly codes: Int32Array;
  /** Quantum that makes each, or -1 for one that exists. */
  readonly producers: Int32Array;
  /** Id, run and location of the existing ones, by row. */
  readonly existing: ReadonlyMap<number, ExistingDataset>;
}

export interface ExistingDataset {
  readonly id: string;
  readonly run: string;
  readonly location?: unknown;
}

/** Which task runs on which data, and through which datasets quanta depend on each other. */
export interface QuantumGraph {
  readonly header: GraphHeader;
  readonly tasks: readonly GraphTask[];
  readonly datasets: readonly GraphDatasets[];
  readonly dictionaries: ReadonlyMap<string, readonly DimensionValue[]>;
  readonly report: GraphReport;
}

/** What the builder left out, and why. */
export interface GraphReport {
  readonly tasks: readonly TaskReport[];
  readonly warnings: readonly string[];
}

export interface TaskReport {
  readonly label: string;
  /** Data IDs that the query gave. */
  readonly candidates: number;
  readonly quanta: number;
  /** Quanta left out because all that they would write exists. */
  readonly skipped: number;
  /** Quanta left out for lack of a dataset type; the first one missing counts. */
  readonly missing: Readonly<Record<string, number>>;
  /** The first of the data IDs left out, by the dataset type that they lack. */
  readonly lacking?: Readonly<Record<string, readonly DataId[]>>;
  /** Quanta that the task's adjustQuantum left out, by reason. */
  readonly adjusted: Readonly<Record<string, number>>;
}

/** Numbers of a graph. */
export interface GraphSummary {
  readonly quanta: number;
  readonly datasets: number;
  readonly edges: number;
}

/** Counts quanta, datasets and edges. */
export function summarizeGraph(graph: QuantumGraph): GraphSummary {
  return {
    quanta: graph.tasks.reduce((sum, { count }) => sum + count, 0),
    datasets: graph.datasets.reduce((sum, { count }) => sum + count, 0),
    edges: graph.tasks.reduce((sum, { connections }) => sum + connections.reduce((n, { rows }) => n + rows.length, 0), 0),
  };
}

/** The task of a quantum id. */
export function taskOfQuantum(graph: { readonly tasks: readonly GraphTask[] }, quantum: number): GraphTask {
  const task = graph.tasks.find(({ start, count }) => quantum >= start && quantum < start + count);
  if (!task) throw new RangeError(`no quantum ${quantum}`);
  return task;
}
