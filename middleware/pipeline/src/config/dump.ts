import { parse as parseYaml, stringify } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { globExpression, isPlainObject, leavesOf, type ResolvedConfig } from './layers.ts';
import type { ConfigValues } from './parse.ts';
import { describeFields } from './schema-walk.ts';

export interface FormatConfigOptions {
  /** Adds each field's documentation as a comment. */
  readonly schema?: z.ZodObject;
  /** Adds who set each value as a comment. */
  readonly history?: ResolvedConfig['history'];
  /** Keeps fields whose path matches; `*` means any characters. */
  readonly pattern?: string;
}

/**
 * Formats a configuration as YAML with sorted keys and one leaf per line: complete, diffable, and readable again with
 * {@link parseConfigText}.
 */
export function formatConfig(values: ConfigValues, options: FormatConfigOptions = {}): string {
  const docs = new Map((options.schema ? describeFields(options.schema) : []).map((field) => [field.path, field.doc]));
  const wanted = globExpression(options.pattern ?? '*');
  const lines: string[] = [];
  const print = (section: ConfigValues, prefix: string, indent: string): void => {
    for (const key of Object.keys(section).toSorted()) {
      const value = section[key];
      const path = `${prefix}${key}`;
      const nested = isPlainObject(value) && Object.keys(value).length > 0;
      if (nested ? !leavesOf(value, `${path}.`).some(([leaf]) => wanted.test(leaf)) : !wanted.test(path)) continue;
      const doc = docs.get(path);
      if (doc) lines.push(`${indent}# ${doc.replaceAll('\n', ' ')}`);
      if (nested) {
        lines.push(`${indent}${scalar(key)}:`);
        print(value, `${path}.`, `${indent}  `);
      } else {
        const source = options.history?.get(path)?.at(-1)?.source;
        lines.push(`${indent}${scalar(key)}: ${scalar(value)}${source && source !== 'default' ? `  # ${source}` : ''}`);
      }
    }
  };
  print(values, '', '');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Reads a dump back. @throws {ConfigError} if it is no mapping. */
export function parseConfigText(text: string, where: string): ConfigValues {
  const values: unknown = text.trim() === '' ? {} : parseYaml(text);
  if (values === null) return {};
  if (!isPlainObject(values)) throw new ConfigError(`${where}: expected a mapping of fields; found ${JSON.stringify(values).slice(0, 40)}`);
  return values;
}

/**
 * Reads flat dumps of the form `config.a.b = value`, as written by Python systems of the field, as data.
 *
 * Literals only: numbers, quoted text, True, False, None, lists, tuples, dicts, and float('inf'); anything else is refused.
 * @throws {ConfigError} naming the line.
 */
export function parseFlatConfig(text: string, where: string): ConfigValues {
  const values: Record<string, unknown> = {};
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('import ') || line.startsWith('assert ')) continue;
    const match = /^config\.([A-Za-z_][\w.]*)\s*=\s*(.+)$/.exec(line);
    if (!match) throw new ConfigError(`${where}, line ${i + 1}: expected config.path = literal; found "${line.slice(0, 60)}"`);
    values[match[1] ?? ''] = parseLiteral(match[2] ?? '', `${where}, line ${i + 1}`);
  }
  return values;
}

function parseLiteral(text: string, where: string): unknown {
  const converted = text
    .replaceAll(
      /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|float\(['"]([+-]?inf|nan)['"]\)|\b(?:True|False|None)\b|\(|\)/g,
      (token, special?: string) => {
        if (special !== undefined) return special === 'nan' ? '.nan' : special.replace('+', '').replace('inf', '.inf');
        if (token === 'True' || token === 'False') return token.toLowerCase();
        if (token === 'None') return 'null';
        if (token === '(') return '[';
        if (token === ')') return ']';
        return JSON.stringify(token.slice(1, -1).replaceAll(/\\(['"\\])/g, '$1'));
      },
    )
    .replaceAll(/(\{|,)\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*:/g, '$1 $2: ');
  try {
    const value: unknown = parseYaml(converted);
    if (typeof value !== 'string' || converted.startsWith('"')) return value;
  } catch {
    // reported below
  }
  throw new ConfigError(`${where}: expected a literal; found "${text.slice(0, 60)}"`);
}

function scalar(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}
