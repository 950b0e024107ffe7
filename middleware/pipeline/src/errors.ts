import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a task finds nothing to do for its quantum (empty input, no overlap). No action: the quantum counts as done without outputs, and what follows treats them as missing. */
export class NoWorkError extends AlmagestError {
  static override readonly code: string = 'pipeline.no-work';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the input data can never be used by this task, whatever is retried. Remedy: exclude the data ID or change the configuration; a restart skips the quantum. */
export class UnprocessableDataError extends AlmagestError {
  static override readonly code: string = 'pipeline.unprocessable-data';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the algorithm of a task did not converge or met a condition it cannot treat. Remedy: look at the quantum's metadata, then rerun it with another configuration. */
export class AlgorithmFailedError extends AlmagestError {
  static override readonly code: string = 'pipeline.algorithm-failed';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a task could make some of its outputs and not the others; those given in the error are written. Remedy: see the cause; downstream quanta run on what exists. */
export class PartialOutputsError extends AlmagestError {
  static override readonly code: string = 'pipeline.partial-outputs';
  static override readonly fault: ErrorFault = 'data';
  /** The outputs that could be made, by connection. */
  readonly outputs: Readonly<Record<string, unknown>>;

  constructor(message: string, options: { readonly outputs: Readonly<Record<string, unknown>>; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.outputs = options.outputs;
  }
}

/** Occurs when a quantum does not fit its task: a missing required input, too few inputs, an unknown connection. Remedy: rebuild the quantum graph; a retry fails again. */
export class InvalidQuantumError extends AlmagestError {
  static override readonly code: string = 'pipeline.invalid-quantum';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a task declaration contradicts itself (unknown template, output without dimensions, duplicate dataset type). Remedy: correct the declaration named in the message. */
export class TaskDeclarationError extends AlmagestError {
  static override readonly code: string = 'pipeline.task-declaration';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a pipeline names a task class that no registry and no module provides. Remedy: correct the "module#export" specifier or install the package. */
export class TaskNotFoundError extends AlmagestError {
  static override readonly code: string = 'pipeline.task-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a configuration value has the wrong type, is out of range or belongs to no field. Remedy: correct the value in the layer that the message names. */
export class ConfigError extends AlmagestError {
  static override readonly code: string = 'pipeline.config';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a task returns outputs that its connections do not declare, or leaves out required ones. Remedy: correct the task's run function. */
export class TaskOutputError extends AlmagestError {
  static override readonly code: string = 'pipeline.task-output';
  static override readonly fault: ErrorFault = 'internal';
}

/** Occurs when a pipeline file cannot be read or does not follow the format. Remedy: correct the file and key that the message names. */
export class PipelineFileError extends AlmagestError {
  static override readonly code: string = 'pipeline.pipeline-file';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the tasks of a pipeline do not fit together: a cycle, two producers of one dataset type, differing dimensions or storage classes. Remedy: rename or retype the dataset type in the tasks named. */
export class PipelineGraphError extends AlmagestError {
  static override readonly code: string = 'pipeline.pipeline-graph';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a contract between the configurations of a pipeline's tasks does not hold. Remedy: change one of the values in the expression. */
export class ContractError extends AlmagestError {
  static override readonly code: string = 'pipeline.contract';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a contract or task-selection expression does not parse or names something unknown. Remedy: correct the expression at the position given. */
export class ExpressionError extends AlmagestError {
  static override readonly code: string = 'pipeline.expression';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a quantum graph has no quantum to run. Remedy: the message names the term of the query or the dataset type that emptied it. */
export class EmptyGraphError extends AlmagestError {
  static override readonly code: string = 'pipeline.empty-graph';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when data IDs of a query have inputs but lack a prerequisite that their task cannot do without. Remedy: put the dataset type named in the message into an input collection (certify the calibration for these times, ingest the reference catalogue), or leave these data IDs out with missing prerequisites allowed. */
export class PrerequisiteMissingError extends AlmagestError {
  static override readonly code: string = 'pipeline.prerequisite-missing';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when outputs of a new graph exist already in its output run. Remedy: choose another run, skip existing outputs, or allow clobbering. */
export class OutputExistsError extends AlmagestError {
  static override readonly code: string = 'pipeline.output-exists';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a quantum graph file is truncated, damaged or of another format version. Remedy: write the graph again. */
export class GraphFileError extends AlmagestError {
  static override readonly code: string = 'pipeline.graph-file';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a dataset that a quantum reads is not in the store. Remedy: rerun the quantum that makes it, or rebuild the graph. */
export class DatasetMissingError extends AlmagestError {
  static override readonly code: string = 'pipeline.dataset-missing';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a worker thread or process ends without an answer (killed, crashed). Remedy: none needed, the quantum is tried again in a new worker. */
export class WorkerLostError extends AlmagestError {
  static override readonly code: string = 'pipeline.worker-lost';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Occurs when a quantum needs more memory than it asked for. Remedy: it is tried again with more while attempts are left; else raise `memoryMib` in the task's resources. */
export class OutOfMemoryError extends AlmagestError {
  static override readonly code: string = 'pipeline.out-of-memory';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Occurs when a quantum runs longer than its time-out. Remedy: raise `timeoutSec` in the task's resources, or look for an endless loop. */
export class QuantumTimeoutError extends AlmagestError {
  static override readonly code: string = 'pipeline.quantum-timeout';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Occurs when a run is already being executed, or its directory belongs to another graph or configuration. Remedy: wait for the other process, or choose another output run. */
export class RunConflictError extends AlmagestError {
  static override readonly code: string = 'pipeline.run-conflict';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a provenance file is missing or is damaged before its last block. Remedy: give the file of the run, or restore it. */
export class ProvenanceFileError extends AlmagestError {
  static override readonly code: string = 'pipeline.provenance-file';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a worker cannot begin: the graph file or the store does not open there. Remedy: see the cause; no quantum was run, and the run can be resumed. */
export class WorkerSetupError extends AlmagestError {
  static override readonly code: string = 'pipeline.worker-setup';
  static override readonly fault: ErrorFault = 'environment';
}
