import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { type ConfigOf, type ConfigShape, configSchema, type FieldDoc } from './fields.ts';

/** One interchangeable algorithm: its own configuration and how to make the function from it. */
export interface AlgorithmEntry<F> {
  readonly doc: string;
  readonly fields: ConfigShape;
  readonly make: (config: Readonly<Record<string, unknown>>) => F;
}

/** The value of a retargetable field: the name in use, and one configuration for each registered algorithm. */
export type AlgorithmChoice = { readonly use: string } & { readonly [name: string]: unknown };

/** A named, open set of algorithms with one signature `F`; configuration picks one by name. */
export interface AlgorithmRegistry<F> {
  readonly name: string;
  readonly names: () => readonly string[];
  readonly get: (name: string) => AlgorithmEntry<F>;
  /** Adds an algorithm; a second one of the same name is refused. */
  readonly register: <S extends ConfigShape>(name: string, entry: AlgorithmDeclaration<F, S>) => void;
  /** Makes the algorithm that a configuration value chose. */
  readonly make: (choice: AlgorithmChoice) => F;
}

export interface AlgorithmDeclaration<F, S extends ConfigShape> {
  readonly doc: string;
  readonly fields: S;
  readonly make: (config: ConfigOf<S>) => F;
}

/** Creates an empty registry of interchangeable algorithms. */
export function algorithmRegistry<F>(name: string): AlgorithmRegistry<F> {
  const entries = new Map<string, AlgorithmEntry<F>>();
  const get = (wanted: string): AlgorithmEntry<F> => {
    const entry = entries.get(wanted);
    if (!entry) throw new ConfigError(`${name}: expected one of ${[...entries.keys()].toSorted().join(', ')}; found "${wanted}"`);
    return entry;
  };
  return {
    name,
    names: () => [...entries.keys()].toSorted(),
    get,
    register(key, entry) {
      if (key === 'use') throw new ConfigError(`${name}: an algorithm cannot be called "use"`);
      if (entries.has(key)) throw new ConfigError(`${name}: algorithm "${key}" is registered twice`);
      entries.set(key, entry as unknown as AlgorithmEntry<F>);
    },
    make: (choice) => get(choice.use).make((choice[choice.use] ?? {}) as Readonly<Record<string, unknown>>),
  };
}

/**
 * Declares a retargetable field.
 *
 * The value is `{use: NAME, NAME: {...}, OTHER: {...}}`: each algorithm keeps its own settings when another is chosen.
 * Algorithms registered after the declaration, and before the configuration is read, are accepted too.
 */
export function algorithmField<F>(
  options: FieldDoc & { readonly registry: AlgorithmRegistry<F>; readonly default: string },
): z.ZodType<AlgorithmChoice> {
  const { registry } = options;
  const schema = z.lazy(() => {
    const sections = registry.names().map((name): [string, z.ZodType] => {
      const entry = registry.get(name);
      return [name, configSchema(entry.fields).prefault({}).meta({ description: entry.doc })];
    });
    const use = z
      .enum(registry.names() as [string, ...string[]])
      .default(options.default)
      .meta({ description: `Name of the ${registry.name} in use.` });
    return z.strictObject({ use, ...Object.fromEntries(sections) });
  });
  return schema.prefault({} as never).meta({ description: options.doc }) as never;
}
