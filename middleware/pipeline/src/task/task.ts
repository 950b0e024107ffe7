import type { z } from 'zod';
import { TaskDeclarationError } from '../errors.ts';
import { type ConfigOf, type ConfigShape, configSchema } from '../config/fields.ts';
import type { Connection, ConnectionKind } from './connections.ts';
import type { DataId, TaskContext } from './context.ts';

export type Connections = Readonly<Record<string, Connection>>;
type Pick2<C extends Connections, K extends ConnectionKind> = {
  readonly [N in keyof C as C[N]['kind'] extends K ? N : never]: C[N] extends Connection<infer T> ? T : never;
};
type OptionalKeys<O> = { [K in keyof O]-?: undefined extends O[K] ? K : never }[keyof O];
type Loosen<O> = Omit<O, OptionalKeys<O>> & Partial<Pick<O, OptionalKeys<O>>>;

/** What `run` receives: one value per input, prerequisite and init-input connection. */
export type InputsOf<C extends Connections> = Pick2<C, 'input' | 'prerequisite' | 'init-input'>;
/** What `run` returns: one value per output connection; optional ones may be left out. */
export type OutputsOf<C extends Connections> = Loosen<Pick2<C, 'output'>>;
export type InitInputsOf<C extends Connections> = Pick2<C, 'init-input'>;
export type InitOutputsOf<C extends Connections> = Loosen<Pick2<C, 'init-output'>>;

/** What a quantum asks of the machine, unless the run configuration says otherwise. */
export interface ResourceRequest {
  /** Memory [MiB], 2048 unless given. */
  readonly memoryMib: number;
  readonly cores: number;
  /** Wall-clock limit [s]; 0 for none. */
  readonly timeoutSec: number;
  /** Runs of the quantum in all, when its failures are retryable. */
  readonly maxAttempts: number;
  /** Memory of each new attempt after one that ran out of it, as a multiple of the last. */
  readonly memoryMultiplier: number;
  /** Expected wall seconds, for predicted cost and clustering. */
  readonly expectedSec: number;
}

/** The datasets that a quantum would read, by connection, for {@link TaskSpec.adjustQuantum}. */
export type QuantumInputs = Readonly<Record<string, readonly DataId[]>>;

export interface TaskSpec<C extends Connections, S extends ConfigShape> {
  /** camelCase verb phrase, such as `subtractBackground`; also the default label. */
  readonly name: string;
  readonly doc: string;
  /** Dimensions of one quantum, in the dimension universe's names. */
  readonly dimensions: readonly string[];
  readonly config?: S;
  /** Default values of `{name}` parts in dataset type names; a pipeline may override them. */
  readonly templates?: Readonly<Record<string, string>>;
  readonly connections: C;
  readonly resources?: Partial<ResourceRequest>;
  /** Changes connections by configuration: return the keys to drop. */
  readonly omitConnections?: (config: ConfigOf<S>) => readonly string[];
  /** Trims a quantum's inputs while the graph is built; throws NoWorkError to drop the quantum. */
  readonly adjustQuantum?: (inputs: QuantumInputs, config: ConfigOf<S>, dataId: DataId) => QuantumInputs;
  /** Makes the init-outputs, once per run. */
  readonly init?: (inputs: InitInputsOf<C>, config: ConfigOf<S>) => InitOutputsOf<C> | Promise<InitOutputsOf<C>>;
  /** Calls the pure algorithm. Must not read or write anything but its arguments. */
  readonly run: (inputs: InputsOf<C>, config: ConfigOf<S>, context: TaskContext) => OutputsOf<C> | Promise<OutputsOf<C>>;
}

/** A task class without its label; made by {@link defineTask}. */
export interface Task {
  readonly name: string;
  readonly doc: string;
  readonly dimensions: readonly string[];
  readonly configSchema: z.ZodObject;
  readonly templates: Readonly<Record<string, string>>;
  readonly connections: Connections;
  readonly resources: ResourceRequest;
  readonly omitConnections?: (config: Readonly<Record<string, unknown>>) => readonly string[];
  readonly adjustQuantum?: (inputs: QuantumInputs, config: Readonly<Record<string, unknown>>, dataId: DataId) => QuantumInputs;
  readonly init?: (inputs: Values, config: Readonly<Record<string, unknown>>) => Values | Promise<Values>;
  readonly run: (inputs: Values, config: Readonly<Record<string, unknown>>, context: TaskContext) => Values | Promise<Values>;
}

export type Values = Readonly<Record<string, unknown>>;

export const DEFAULT_RESOURCES: ResourceRequest = {
  memoryMib: 2048,
  cores: 1,
  timeoutSec: 0,
  maxAttempts: 1,
  memoryMultiplier: 2,
  expectedSec: 1,
};

/**
 * Declares a task: what it reads, what it writes, its configuration, and the function that calls the algorithm.
 *
 * @throws {TaskDeclarationError} if the declaration contradicts itself.
 * @example
 * export const doubleTask: Task = defineTask({
 *   name: 'double',
 *   doc: 'Doubles a number.',
 *   dimensions: ['instrument', 'visit'],
 *   config: { factor: numberField({ doc: 'Multiplier.', default: 2 }) },
 *   connections: {
 *     number: input<number>({ name: 'number', storageClass: 'Json', dimensions: ['instrument', 'visit'], doc: 'Any number.' }),
 *     doubled: output<number>({ name: 'doubled', storageClass: 'Json', dimensions: ['instrument', 'visit'], doc: 'Twice that.' }),
 *   },
 *   run: ({ number }, { factor }) => ({ doubled: number * factor }),
 * });
 */
export function defineTask<const C extends Connections, S extends ConfigShape = {}>(spec: TaskSpec<C, S>): Task {
  checkSpec(spec as unknown as TaskSpec<Connections, ConfigShape>);
  const { config, templates = {}, resources, ...rest } = spec;
  return Object.freeze({
    ...rest,
    templates,
    configSchema: configSchema(config ?? {}),
    resources: { ...DEFAULT_RESOURCES, ...resources },
  }) as unknown as Task;
}

function checkSpec(spec: TaskSpec<Connections, ConfigShape>): void {
  const fail = (what: string): never => {
    throw new TaskDeclarationError(`task "${spec.name}": ${what}`);
  };
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(spec.name)) fail('expected a name of letters, digits and _, starting with a letter');
  const seen = new Map<string, string>();
  for (const [key, connection] of Object.entries(spec.connections)) {
    const name = fillTemplate(connection.name, spec.templates ?? {}, `task "${spec.name}", connection "${key}"`);
    if (connection.storageClass === '') fail(`connection "${key}" has no storage class`);
    const outputs = connection.kind === 'output' || connection.kind === 'init-output';
    const earlier = seen.get(name);
    if (outputs && earlier !== undefined) fail(`connections "${earlier}" and "${key}" both mean dataset type "${name}"`);
    seen.set(name, key);
    const extra = connection.dimensions.filter((dimension) => !spec.dimensions.includes(dimension));
    if (connection.kind === 'output' && extra.length > 0 && !connection.multiple)
      fail(`output "${key}" has dimensions ${extra.join(', ')} beyond the task's, so it needs multiple: true`);
  }
  for (const [key, field] of Object.entries(spec.config ?? {}))
    if (field.description === undefined || field.description === '') fail(`configuration field "${key}" has no doc`);
}

/** Fills `{name}` parts. @throws {TaskDeclarationError} for a part without a value. */
export function fillTemplate(text: string, templates: Readonly<Record<string, string>>, where: string): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, key: string) => {
    const value = templates[key];
    if (value === undefined)
      throw new TaskDeclarationError(`${where}: no template "${key}" for "${text}"; known: ${Object.keys(templates).join(', ') || 'none'}`);
    return value;
  });
}
