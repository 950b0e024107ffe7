import { AlmagestError } from '@almagest/errors';
import { PartialOutputsError } from '../errors.ts';
import type { DataId } from '../task/context.ts';
import type { MetadataRecord } from '../task/metadata.ts';

/**
 * How an attempt ended.
 *
 * `success`; `no-work` and `unprocessable` count as done without outputs; `partial` as done with some;
 * `failed` may be tried again; `blocked` never ran, for a failure upstream.
 */
export type QuantumStatus = 'success' | 'no-work' | 'unprocessable' | 'partial' | 'failed' | 'blocked';

export interface QuantumError {
  readonly code: string;
  readonly message: string;
  readonly fault: string;
  readonly retryable: boolean;
  /** First lines of the stack of an error that is not one of ours. */
  readonly stack?: string;
}

/** A dataset as a quantum used it. */
export interface UsedDataset {
  readonly id: string;
  readonly type: string;
  readonly dataId: DataId;
  readonly run: string;
  readonly key: string;
}

export interface OutputDataset extends UsedDataset {
  /** Place among the connection's datasets. */
  readonly index: number;
  readonly storageClass: string;
  readonly dimensions: readonly string[];
  /** What the store said of the file. */
  readonly record: unknown;
}

/** All that is known of one attempt of one quantum; plain JSON data. */
export interface QuantumResult {
  readonly quantum: number;
  readonly label: string;
  readonly dataId: DataId;
  readonly attempt: number;
  readonly status: QuantumStatus;
  readonly error: QuantumError | null;
  /** Unix milliseconds. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly cpuSec: number;
  /** Resident memory of the worker process at the end [MiB]. */
  readonly memoryMib: number;
  readonly worker: string;
  readonly inputs: readonly UsedDataset[];
  readonly outputs: readonly OutputDataset[];
  readonly metadata: MetadataRecord | null;
}

/** Whether later quanta may run after this. */
export function isDone(status: QuantumStatus): boolean {
  return status !== 'failed' && status !== 'blocked';
}

const FINAL: Readonly<Record<string, QuantumStatus>> = {
  'pipeline.no-work': 'no-work',
  'pipeline.unprocessable-data': 'unprocessable',
  'pipeline.partial-outputs': 'partial',
};

/** Failures that come again whatever is retried. */
const DETERMINISTIC: ReadonlySet<string> = new Set([
  'pipeline.algorithm-failed',
  'pipeline.invalid-quantum',
  'pipeline.config',
  'pipeline.task-output',
  'pipeline.task-not-found',
  'pipeline.task-declaration',
]);

/** Tells what an error thrown by a task means. */
export function statusOfError(error: unknown): QuantumStatus {
  if (error instanceof PartialOutputsError) return 'partial';
  return error instanceof AlmagestError ? (FINAL[error.code] ?? 'failed') : 'failed';
}

/** Error as plain data. Errors of other rooms keep their own code and say whether a retry may help; unknown ones are worth one. */
export function describeError(error: unknown): QuantumError {
  if (error instanceof AlmagestError) {
    const { code, fault, message, retryable } = error.toJSON();
    return { code, fault, message, retryable: retryable || (fault === 'environment' && !DETERMINISTIC.has(code)) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 8).join('\n') : '';
  return { code: 'pipeline.unexpected', fault: 'internal', message, retryable: true, stack };
}

/** Result of an attempt that did not get as far as its task. */
export function failedResult(
  quantum: { readonly id: number; readonly label: string; readonly requiredDataId: DataId },
  facts: {
    readonly attempt: number;
    readonly worker: string;
    readonly error: unknown;
    readonly startedMs: number;
    readonly endedMs: number;
  },
): QuantumResult {
  const { attempt, worker, error, startedMs, endedMs } = facts;
  const { id, label, requiredDataId: dataId } = quantum;
  const none = { cpuSec: 0, memoryMib: 0, inputs: [], outputs: [], metadata: null };
  return { quantum: id, label, dataId, attempt, status: 'failed', error: describeError(error), startedMs, endedMs, worker, ...none };
}
