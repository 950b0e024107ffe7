import type { DataId } from './context.ts';

export type ConnectionKind = 'init-input' | 'init-output' | 'prerequisite' | 'input' | 'output';

/** A dataset that a task reads or writes, as declared; `T` is what `run` receives or returns for it. */
export interface Connection<T = unknown, K extends ConnectionKind = ConnectionKind> {
  readonly kind: K;
  /** Dataset type name; `{name}` parts are filled from the task's templates. */
  readonly name: string;
  readonly storageClass: string;
  readonly dimensions: readonly string[];
  readonly doc: string;
  /** Many datasets per quantum, as an array in the order of `context.dataIds(connection)`. */
  readonly multiple: boolean;
  /** The value is a {@link Deferred} to be read when needed. */
  readonly deferred: boolean;
  /** May be missing; the quantum runs without it. */
  readonly optional: boolean;
  /** Fewest datasets that the quantum needs (inputs only). */
  readonly minimum: number;
  /** The dataset type is validity-ranged: found by the time of the quantum in a CALIBRATION collection. */
  readonly calibration: boolean;
  /** How a prerequisite is found; absent means by data ID, by overlap on the sky, or by validity time. */
  readonly lookup?: PrerequisiteLookup;
  /** Never set: carries the type only. */
  readonly valueType?: T;
}

/** Finds the prerequisite datasets of one quantum; returns data IDs of the connection's dimensions. */
export type PrerequisiteLookup = (dataId: DataId, find: (where: string) => Promise<readonly DataId[]>) => Promise<readonly DataId[]>;

/** A dataset that is read on demand, whole or in part. */
export interface Deferred<T> {
  readonly dataId: DataId;
  /** @param parameters - Read parameters of the storage class, such as a bounding box or column names. */
  readonly get: (parameters?: Readonly<Record<string, unknown>>) => Promise<T>;
  /** Reads one component (such as `wcs`) without the rest. */
  readonly component: <C>(name: string) => Promise<C>;
}

interface BaseOptions {
  readonly name: string;
  readonly storageClass: string;
  readonly doc: string;
}

type Dimensioned = { readonly dimensions: readonly string[] };
type Item<T> = NonNullable<T> extends readonly (infer U)[] ? U : NonNullable<T>;
/** The flags follow from the value type, so that declaration and use cannot disagree. */
type MultipleFlag<T> = NonNullable<T> extends readonly unknown[] ? { readonly multiple: true } : { readonly multiple?: false };
type OptionalFlag<T> = undefined extends T ? { readonly optional: true } : { readonly optional?: false };
type DeferredFlag<T> = Item<T> extends Deferred<unknown> ? { readonly deferred: true } : { readonly deferred?: false };
type Flags<T> = unknown extends T
  ? { readonly multiple?: boolean; readonly optional?: boolean; readonly deferred?: boolean }
  : MultipleFlag<T> & OptionalFlag<T> & DeferredFlag<T>;
type OutputFlags<T> = unknown extends T ? { readonly multiple?: boolean; readonly optional?: boolean } : MultipleFlag<T> & OptionalFlag<T>;

export type InputOptions<T> = BaseOptions & Dimensioned & Flags<T> & { readonly minimum?: number };
export type PrerequisiteOptions<T> = InputOptions<T> & { readonly calibration?: boolean; readonly lookup?: PrerequisiteLookup };
export type OutputOptions<T> = BaseOptions & Dimensioned & OutputFlags<T> & { readonly calibration?: boolean };

/**
 * Declares a dataset that an earlier task of the pipeline, or the input collection, provides.
 *
 * `T` is exactly what `run` receives: `Exposure`, `Exposure | undefined` (optional), `readonly Table[]` (multiple), or
 * `readonly Deferred<Exposure>[]`; the compiler then asks for the matching flags.
 */
export function input<T = unknown>(options: InputOptions<T>): Connection<T, 'input'> {
  return complete('input', options);
}

/** Declares a dataset that must exist before the graph is built: calibrations, reference catalogues, earlier products. */
export function prerequisite<T = unknown>(options: PrerequisiteOptions<T>): Connection<T, 'prerequisite'> {
  return complete('prerequisite', options);
}

/** Declares a dataset that `run` returns under this key. */
export function output<T = unknown>(options: OutputOptions<T>): Connection<T, 'output'> {
  return complete('output', options);
}

/** Declares a dataset without dimensions that an earlier task makes once per run (a catalogue schema, say). */
export function initInput<T = unknown>(options: BaseOptions): Connection<T, 'init-input'> {
  return complete('init-input', { ...options, dimensions: [] });
}

/** Declares a dataset without dimensions that `init` makes once per run. */
export function initOutput<T = unknown>(options: BaseOptions): Connection<T, 'init-output'> {
  return complete('init-output', { ...options, dimensions: [] });
}

type AnyOptions = BaseOptions & Dimensioned & Partial<Omit<Connection, 'kind' | keyof BaseOptions | 'dimensions'>>;

function complete<T, K extends ConnectionKind>(kind: K, options: AnyOptions): Connection<T, K> {
  const optional = options.optional ?? false;
  const { multiple = false, deferred = false, calibration = false, minimum = optional ? 0 : 1, lookup } = options;
  const { name, storageClass, dimensions, doc } = options;
  const base = { kind, name, storageClass, dimensions: [...dimensions], doc, multiple, deferred, optional, minimum, calibration };
  return Object.freeze(lookup === undefined ? base : { ...base, lookup });
}
