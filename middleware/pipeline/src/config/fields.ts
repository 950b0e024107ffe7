import { z } from 'zod';

/** What every field says of itself. Units go in brackets: "Mesh cell side [pixel]." */
export interface FieldDoc {
  readonly doc: string;
  /** Set when the field will go away: what to use instead. */
  readonly deprecated?: string;
}

export interface NumberFieldOptions<D> extends FieldDoc {
  readonly default: D;
  /** Smallest allowed value, inclusive. */
  readonly min?: number;
  /** Largest allowed value, inclusive. */
  readonly max?: number;
}

/** The fields of one configuration, by name. */
export type ConfigShape = Readonly<Record<string, z.ZodType>>;

/** The frozen plain object that a task receives for a shape. */
export type ConfigOf<S extends ConfigShape> = { readonly [K in keyof S]: z.output<S[K]> };

/** Declares a real number; null as default makes it optional ("not set"). NaN is refused; infinities are allowed as limits. */
export function numberField<D extends number | null>(options: NumberFieldOptions<D>): z.ZodType<D extends null ? number | null : number> {
  return finish(bounded(z.union([z.number(), z.literal(Infinity), z.literal(-Infinity)]), options), options) as never;
}

/** Declares an integer within the safe range; null as default makes it optional. */
export function integerField<D extends number | null>(options: NumberFieldOptions<D>): z.ZodType<D extends null ? number | null : number> {
  return finish(bounded(z.int(), options), options) as never;
}

/** Declares a text; null as default makes it optional. */
export function stringField<D extends string | null>(
  options: FieldDoc & { readonly default: D; readonly pattern?: RegExp },
): z.ZodType<D extends null ? string | null : string> {
  return finish(options.pattern ? z.string().regex(options.pattern) : z.string(), options) as never;
}

/** Declares a switch. */
export function booleanField(options: FieldDoc & { readonly default: boolean }): z.ZodType<boolean> {
  return finish(z.boolean(), options) as never;
}

/** Declares one of a fixed set of words; `choices` maps each to its meaning. */
export function choiceField<const K extends string>(
  options: FieldDoc & { readonly choices: Readonly<Record<K, string>>; readonly default: NoInfer<K> },
): z.ZodType<K> {
  const words = Object.entries<string>(options.choices).map(([word, meaning]) => `${word}: ${meaning}`);
  const keys = Object.keys(options.choices) as [K, ...K[]];
  return finish(z.enum(keys), { ...options, doc: `${options.doc} One of: ${words.join('; ')}.` }) as never;
}

/** Declares a list whose items all satisfy `item`; an override replaces the whole list. */
export function listField<T>(
  options: FieldDoc & {
    readonly item: z.ZodType<T>;
    readonly default: readonly T[];
    readonly minLength?: number;
    readonly maxLength?: number;
  },
): z.ZodType<readonly T[]> {
  let list = z.array(options.item);
  if (options.minLength !== undefined) list = list.min(options.minLength);
  if (options.maxLength !== undefined) list = list.max(options.maxLength);
  return finish(list, options) as never;
}

/** Declares a map from free keys to values; an override changes or adds single keys. */
export function mapField<T>(
  options: FieldDoc & { readonly value: z.ZodType<T>; readonly default: Readonly<Record<string, T>> },
): z.ZodType<Readonly<Record<string, T>>> {
  return finish(z.record(z.string(), options.value), options) as never;
}

/** Declares a nested configuration. */
export function sectionField<S extends ConfigShape>(options: FieldDoc & { readonly fields: S }): z.ZodType<ConfigOf<S>> {
  return configSchema(options.fields).prefault({}).meta(metaOf(options)) as never;
}

/** Builds the schema of a whole configuration from its fields; unknown keys are refused. */
export function configSchema(shape: ConfigShape): z.ZodObject {
  return z.strictObject(shape as z.core.$ZodLooseShape);
}

function bounded(schema: z.ZodType<number>, limits: { readonly min?: number; readonly max?: number }): z.ZodType<number> {
  const { min = -Infinity, max = Infinity } = limits;
  if (min === -Infinity && max === Infinity) return schema;
  return schema.refine((value) => value >= min && value <= max, { error: `expected a value from ${min} to ${max}` });
}

function finish(schema: z.ZodType, options: FieldDoc & { readonly default: unknown }): z.ZodType {
  const optional = options.default === null ? schema.nullable() : schema;
  return optional.default(options.default as never).meta(metaOf(options));
}

function metaOf(options: FieldDoc): { description: string; deprecated?: boolean; remedy?: string } {
  return options.deprecated === undefined
    ? { description: options.doc }
    : { description: options.doc, deprecated: true, remedy: options.deprecated };
}
