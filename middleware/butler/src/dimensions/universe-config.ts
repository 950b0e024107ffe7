import { z } from 'zod';
import { UniverseConfigError } from '../errors.ts';

const column = z.object({
  name: z.string(),
  type: z.enum(['string', 'int', 'float', 'bool', 'hash', 'blob', 'region', 'uuid', 'timespan', 'long', 'datetime']),
  length: z.number().int().optional(),
  nbytes: z.number().int().optional(),
  nullable: z.boolean().optional(),
  doc: z.string().optional(),
});

/** Universes before version 3 write `storage.nested.view_of`; the shape is kept loose because it is only searched for `view_of`. */
const storage = z.looseObject({ cls: z.string().optional() });

const element = z.object({
  doc: z.string().optional(),
  keys: z.array(column).default([]),
  metadata: z.array(column).default([]),
  requires: z.array(z.string()).default([]),
  implies: z.array(z.string()).default([]),
  governor: z.boolean().default(false),
  always_join: z.boolean().default(false),
  defines_relationships: z.boolean().default(false),
  populated_by: z.string().optional(),
  is_cached: z.boolean().optional(),
  implied_union_target: z.string().optional(),
  storage: storage.optional(),
});

const universe = z.object({
  version: z.number().int().nonnegative(),
  namespace: z.string().default('daf_butler'),
  skypix: z.looseObject({ common: z.string() }),
  elements: z.record(z.string(), element),
  topology: z
    .object({
      spatial: z.record(z.string(), z.array(z.string())).default({}),
      temporal: z.record(z.string(), z.array(z.string())).default({}),
    })
    .default({ spatial: {}, temporal: {} }),
  packers: z.record(z.string(), z.object({ fixed: z.array(z.string()), dimensions: z.array(z.string()), cls: z.string() })).default({}),
});

/** One column of a dimension element as the universe definition gives it. */
export type UniverseColumn = z.infer<typeof column>;
/** One dimension or join element as the universe definition gives it. */
export type UniverseElement = z.infer<typeof element>;
/** A parsed universe definition, the published format of versions 0 to 8. */
export type UniverseConfig = z.infer<typeof universe>;
/** What a universe definition looks like before defaults are filled in. */
export type UniverseConfigInput = z.input<typeof universe>;

/**
 * Checks a universe definition that came from YAML or from the JSON text kept in a repository.
 *
 * @throws {UniverseConfigError} naming the first entry that is wrong.
 */
export function parseUniverseConfig(value: unknown): UniverseConfig {
  const parsed = universe.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UniverseConfigError(`universe definition: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`, {
    details: { path: issue?.path.map(String) ?? [] },
  });
}
