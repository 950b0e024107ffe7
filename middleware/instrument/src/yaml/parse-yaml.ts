import { parseDocument } from 'yaml';

/** Plain data of a YAML text, or what is wrong with it in one line. */
export type ParsedYaml = { readonly value: unknown; readonly problem: null } | { readonly value: null; readonly problem: Error };

/**
 * Parses YAML 1.2 to plain data; aliases that are unresolved or multiply beyond bounds are a problem, not a crash.
 *
 * @param options.uniqueKeys - False where a keyword may repeat, as in saved headers; the last one holds.
 */
export function parseYaml(source: string, options: { readonly uniqueKeys?: boolean } = {}): ParsedYaml {
  const document = parseDocument(source, { version: '1.2', uniqueKeys: options.uniqueKeys ?? true });
  const [first] = document.errors;
  if (first) return { value: null, problem: new Error(first.message.split('\n')[0] ?? first.message) };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, problem: null };
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error : new Error(String(error)) };
  }
}
