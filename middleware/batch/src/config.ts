import { parse } from 'yaml';
import { z } from 'zod';
import { BatchConfigError } from './errors.ts';

const resources = z.strictObject({
  memoryMib: z.number().positive().optional(),
  cores: z.int().positive().optional(),
  /** Wall-clock limit of one quantum [s]. */
  walltimeSec: z.number().positive().optional(),
});

const schema = z.strictObject({
  system: z.enum(['slurm']).default('slurm'),
  /** Rules by name: which tasks share jobs, and what tells the jobs apart. */
  clusters: z
    .record(
      z.string(),
      z.strictObject({
        tasks: z.array(z.string()).min(1),
        dimensions: z.array(z.string()).default([]),
        /** Splits a job with more quanta than this; only for clusters of one task. */
        maxQuanta: z.int().positive().optional(),
      }),
    )
    .default({}),
  /** For tasks in no rule: quanta are put together until a job is expected to take this long [s]. */
  targetSec: z.number().positive().default(600),
  /** Most jobs that one task in no rule is split into. */
  maxJobsPerTask: z.int().positive().default(1000),
  tasks: z.record(z.string(), resources).default({}),
  /** Memory of the next attempt of a job that ran out of it, as a multiple. */
  memoryMultiplier: z.number().min(1).default(2),
  /** Memory that no job is given more than [MiB]. */
  memoryLimitMib: z.number().positive().default(491_520),
  /** Memory of a job beside its quantum [MiB]. */
  memoryOverheadMib: z.number().min(0).default(150),
  /** Where quanta of a job run: processes can be held to their memory. */
  workers: z.enum(['in-process', 'thread', 'process']).default('process'),
  /** Longest job [s] relative to what its quanta are expected to take; 0 leaves the limit to the system. */
  walltimeFactor: z.number().min(0).default(0),
  /** Further options for each job, such as --partition=main. */
  extra: z.array(z.string()).default([]),
});

export interface ClusterRule {
  readonly tasks: readonly string[];
  readonly dimensions: readonly string[];
  readonly maxQuanta?: number | undefined;
}

export interface TaskRequest {
  readonly memoryMib?: number | undefined;
  readonly cores?: number | undefined;
  readonly walltimeSec?: number | undefined;
}

/** How a graph is cut into jobs and what they ask for. */
export interface BatchConfig {
  readonly system: 'slurm';
  readonly clusters: Readonly<Record<string, ClusterRule>>;
  readonly targetSec: number;
  readonly maxJobsPerTask: number;
  readonly tasks: Readonly<Record<string, TaskRequest>>;
  readonly memoryMultiplier: number;
  readonly memoryLimitMib: number;
  readonly memoryOverheadMib: number;
  readonly workers: 'in-process' | 'thread' | 'process';
  readonly walltimeFactor: number;
  readonly extra: readonly string[];
}

/** Fills in defaults. @throws {BatchConfigError} naming each bad key. */
export function parseBatchConfig(values: unknown, where = 'batch configuration'): BatchConfig {
  const result = schema.safeParse(values ?? {});
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${issue.path.join('.') || 'top level'}: ${issue.message}`);
  throw new BatchConfigError(`${where}: ${lines.join('; ')}`);
}

/** Reads a YAML text. @throws {BatchConfigError} */
export function readBatchConfig(text: string, where: string): BatchConfig {
  try {
    return parseBatchConfig(parse(text), where);
  } catch (cause) {
    if (cause instanceof BatchConfigError) throw cause;
    throw new BatchConfigError(`${where}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
