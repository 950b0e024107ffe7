import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { type ConfigValues, parseConfig } from './parse.ts';
import { defaultsOf, describeFields } from './schema-walk.ts';

/** Values set by one author: the instrument, a pipeline file, the command line. Keys may be dotted paths. */
export interface ConfigLayer {
  /** Who, such as `pipeline drp.yaml` or `command line`. */
  readonly source: string;
  readonly values: ConfigValues;
}

export interface HistoryEntry {
  readonly source: string;
  readonly value: unknown;
}

/** A complete, validated, frozen configuration and who set what. */
export interface ResolvedConfig {
  readonly values: ConfigValues;
  /** Every leaf path with its assignments, oldest first; the last one holds. */
  readonly history: ReadonlyMap<string, readonly HistoryEntry[]>;
  /** Deprecated fields that a layer sets, with what to use instead. */
  readonly warnings: readonly string[];
}

/**
 * Lays overrides over the defaults, each layer over the last.
 *
 * Sections and maps merge key by key; lists and scalars are replaced whole.
 * @param where - Whose configuration, for messages.
 * @throws {ConfigError} naming the layer that set a refused value.
 */
export function resolveConfig(schema: z.ZodObject, layers: readonly ConfigLayer[], where: string): ResolvedConfig {
  let merged: ConfigValues = defaultsOf(schema);
  const history = new Map<string, HistoryEntry[]>();
  const record = (source: string, values: ConfigValues): void => {
    for (const [path, value] of leavesOf(values)) {
      const entries = history.get(path);
      if (entries) entries.push({ source, value });
      else history.set(path, [{ source, value }]);
    }
  };
  record('default', merged);
  for (const layer of layers) {
    const nested = nestPaths(layer.values, layer.source);
    record(layer.source, nested);
    merged = mergeValues(merged, nested);
    if (!schema.safeParse(merged).success) parseConfig(schema, merged, `${where}, set by ${layer.source}`);
  }
  const values = parseConfig(schema, merged, where);
  const warnings = describeFields(schema)
    .filter((field) => field.deprecated !== undefined && (history.get(field.path)?.length ?? 0) > 1)
    .map((field) => `${where}: ${field.path} is deprecated: ${field.deprecated}`);
  return { values, history, warnings };
}

/** Turns `{'a.b': 1}` into `{a: {b: 1}}`; nested and dotted keys may be mixed. */
export function nestPaths(values: ConfigValues, source: string): ConfigValues {
  let nested: ConfigValues = {};
  for (const [path, value] of Object.entries(values)) {
    const inner = isPlainObject(value) ? nestPaths(value, source) : value;
    const parts = path.split('.');
    if (parts.includes('') || parts.includes('__proto__')) throw new ConfigError(`${source}: "${path}" is no field path`);
    nested = mergeValues(nested, parts.reduceRight<unknown>((tail, key) => ({ [key]: tail }), inner) as ConfigValues);
  }
  return nested;
}

/** Returns a merged copy: objects merge key by key, everything else is replaced. */
export function mergeValues(base: ConfigValues, over: ConfigValues): ConfigValues {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = merged[key];
    merged[key] = isPlainObject(old) && isPlainObject(value) ? mergeValues(old, value) : value;
  }
  return merged;
}

/** Lists leaf paths and values; empty objects and lists are leaves. */
export function leavesOf(values: ConfigValues, prefix = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(values).flatMap(([key, value]) =>
    isPlainObject(value) && Object.keys(value).length > 0 ? leavesOf(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const],
  );
}

/** Formats who set which fields; `pattern` is a path with `*` for any characters. */
export function formatHistory(config: ResolvedConfig, pattern = '*'): string {
  const wanted = globExpression(pattern);
  const lines: string[] = [];
  for (const [path, entries] of [...config.history].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!wanted.test(path)) continue;
    lines.push(path, ...entries.map(({ source, value }) => `  ${JSON.stringify(value) ?? 'unset'}  <- ${source}`));
  }
  return lines.join('\n');
}

/** Compiles a pattern where `*` means any characters; `**` is the same. */
export function globExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/**
 * Parses a command-line override `label:path=value`; the value is YAML.
 *
 * @throws {ConfigError} if the form is wrong.
 */
export function parseOverride(text: string): { readonly label: string; readonly path: string; readonly value: unknown } {
  const match = /^([^:=\s]+):([^:=\s]+)=([\s\S]*)$/.exec(text);
  if (!match) throw new ConfigError(`expected label:field=value, such as isr:doFringe=false; found "${text}"`);
  return { label: match[1] ?? '', path: match[2] ?? '', value: parseYaml(match[3] ?? '') as unknown };
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
