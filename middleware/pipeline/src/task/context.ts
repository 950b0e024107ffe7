/** Which element of each dimension: `{instrument: 'LSSTCam', visit: 2025042100123, detector: 94}`. */
export type DataId = Readonly<Record<string, string | number>>;

/** What a task may say about its run; kept with the quantum and queried later. */
export interface TaskMetadata {
  /** Records a value (plain JSON data) under a name; a second one replaces it. */
  readonly set: (name: string, value: unknown) => void;
  /** Adds to a counter. */
  readonly count: (name: string, by?: number) => void;
  /** Records a measured quantity with its unit. NaN is kept and means "not measurable". */
  readonly metric: (name: string, value: number, unit: string) => void;
  /** Records a warning for the run report. */
  readonly warn: (message: string) => void;
  /** Runs a step and records its wall and CPU seconds; nested calls are kept apart by name. */
  readonly time: <T>(name: string, step: () => T) => T;
}

/** Everything that a task may know beside its inputs and configuration. */
export interface TaskContext {
  /** Label of the task in its pipeline. */
  readonly label: string;
  /** Data ID of the quantum, with implied dimensions (band and so on) where known. */
  readonly dataId: DataId;
  /** Stable text identity of the quantum: `label{dimension=value, ...}`. */
  readonly quantumId: string;
  /** Unsigned 32-bit seed, a function of run seed, label and data ID alone: the same on every machine and on every retry. */
  readonly seed: number;
  /** Aborted on Ctrl-C, time-out or fail-fast; long loops should look at it. */
  readonly signal: AbortSignal;
  readonly metadata: TaskMetadata;
  /** Cores that the quantum may use. */
  readonly cores: number;
  /** Data IDs of a connection's datasets, in the order of its values. */
  readonly dataIds: (connection: string) => readonly DataId[];
}

/** Formats a data ID the same way everywhere, keys in the order given. */
export function formatDataId(dataId: DataId): string {
  return `{${Object.entries(dataId)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}}`;
}

/**
 * Derives the seed of one quantum: 32-bit FNV-1a over run seed, label and sorted required data ID, mixed once more.
 *
 * Collisions are harmless: a seed has to be stable, not unique.
 * @see Fowler, Noll, Vo: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis and prime)
 */
export function quantumSeed(runSeed: number, label: string, dataId: DataId): number {
  const keys = Object.keys(dataId).toSorted();
  const text = `${runSeed}|${label}|${keys.map((key) => `${key}=${dataId[key]}`).join(',')}`;
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
