import type { z } from 'zod';
import { ConfigError } from '../errors.ts';

export type ConfigValues = Readonly<Record<string, unknown>>;

/**
 * Validates overrides, fills in defaults and freezes the result.
 *
 * @param where - Whose configuration this is, for messages.
 * @throws {ConfigError} naming every bad field by its full path.
 */
export function parseConfig(schema: z.ZodObject, overrides: ConfigValues, where: string): ConfigValues {
  const result = schema.safeParse(overrides);
  if (result.success) return deepFreeze(result.data as ConfigValues);
  const lines = result.error.issues.map((issue) => {
    const path = issue.path.join('.');
    if (issue.code === 'unrecognized_keys')
      return `${path === '' ? 'top level' : path}: no field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    return `${path}: ${issue.message}`;
  });
  throw new ConfigError(`configuration of ${where}: ${lines.join('; ')}`, { details: { issues: lines } });
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
