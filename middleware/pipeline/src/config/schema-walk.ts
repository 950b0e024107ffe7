import { z } from 'zod';
import type { ConfigValues } from './parse.ts';

/** One leaf or section of a configuration, as documented. */
export interface FieldInfo {
  readonly path: string;
  readonly doc: string;
  readonly section: boolean;
  /** What to use instead, for a deprecated field. */
  readonly deprecated?: string;
}

type Wrapped = {
  readonly def: {
    readonly type: string;
    readonly innerType?: z.ZodType;
    readonly defaultValue?: unknown;
    readonly getter?: () => z.ZodType;
  };
};

/** The object schema behind defaults, nullables and lazies, or undefined for a leaf. */
export function sectionOf(schema: z.ZodType): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  const { def } = schema as unknown as Wrapped;
  if (def.type === 'lazy' && def.getter) return sectionOf(def.getter());
  if (def.innerType && ['default', 'prefault', 'nullable', 'optional', 'readonly'].includes(def.type)) return sectionOf(def.innerType);
  return undefined;
}

/** Lists every field, sections before their members, sorted by path. */
export function describeFields(schema: z.ZodObject, prefix = ''): readonly FieldInfo[] {
  return Object.keys(schema.shape)
    .toSorted()
    .flatMap((key) => {
      const field = schema.shape[key] as z.ZodType;
      const path = `${prefix}${key}`;
      const section = sectionOf(field);
      const remedy = field.meta()?.['remedy'];
      const info = { path, doc: field.description ?? '', section: section !== undefined };
      const full = typeof remedy === 'string' ? { ...info, deprecated: remedy } : info;
      return [full, ...(section ? describeFields(section, `${path}.`) : [])];
    });
}

/** Collects the default of every field; a field without one is left out. */
export function defaultsOf(schema: z.ZodObject): ConfigValues {
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    const section = sectionOf(field as z.ZodType);
    if (section) values[key] = defaultsOf(section);
    else {
      const { def } = field as unknown as Wrapped;
      if (def.type === 'default' || def.type === 'prefault') values[key] = structuredClone(def.defaultValue);
    }
  }
  return values;
}
