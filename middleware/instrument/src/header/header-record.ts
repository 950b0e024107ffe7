import { HeaderFileError } from '../errors.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';

/** Value of one card; null is present but undefined. */
export type CardValue = string | number | boolean | null;

/** A header as translation sees it: keyword to value, in the order of the cards. Repeated commentary is dropped. */
export type HeaderRecord = ReadonlyMap<string, CardValue>;

const COMMENTARY: ReadonlySet<string> = new Set(['COMMENT', 'HISTORY', '']);

/**
 * Merges headers, later ones winning, as a detector extension inherits from the primary header.
 */
export function mergeHeaders(headers: readonly HeaderRecord[]): HeaderRecord {
  const out = new Map<string, CardValue>();
  for (const header of headers) for (const [key, value] of header) out.set(key, value);
  return out;
}

/** Takes a plain object or a list of pairs; commentary keys and values that no card can hold are left out. */
export function headerFromEntries(entries: Iterable<readonly [string, unknown]>): HeaderRecord {
  const out = new Map<string, CardValue>();
  for (const [key, value] of entries) {
    if (COMMENTARY.has(key)) continue;
    if (value === null || value === undefined) out.set(key, null);
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') out.set(key, value);
    else if (typeof value === 'bigint') out.set(key, Number(value));
    // A keyword that repeats was saved as a list; like FITS readers, take the last.
    else if (Array.isArray(value)) out.set(key, lastScalar(value));
  }
  return out;
}

function lastScalar(values: readonly unknown[]): CardValue {
  const last = values.at(-1);
  return typeof last === 'string' || typeof last === 'number' || typeof last === 'boolean' ? last : null;
}

/** Times stay text, and the tag of the field's property lists means nothing more than its sequence. */
const PROPERTY_LIST_TAGS = ['!<lsst.daf.base.PropertyList>', '!<lsst.daf.base.PropertySet>'] as const;

/**
 * Parses a header saved as YAML or JSON: a mapping of keyword to value, or a property list of `[keyword, type, value, comment]`.
 *
 * @throws {HeaderFileError} if the text is neither.
 */
export function parseHeaderText(source: string, file: string | null = null): HeaderRecord {
  const { value: root, problem } = parseYaml(stripTags(source), { uniqueKeys: false });
  if (problem) throw new HeaderFileError(`cannot read the saved header: ${problem.message}`, { cause: problem, details: { file } });
  if (Array.isArray(root)) return headerFromEntries(root.map((item) => propertyListItem(item, file)));
  if (typeof root === 'object' && root !== null) return headerFromEntries(Object.entries(root));
  throw new HeaderFileError(`expected a mapping of keyword to value; found ${typeof root}`, { details: { file } });
}

/**
 * Parses a corrections file: a mapping of keyword to value, and nothing else.
 *
 * @throws {HeaderFileError} otherwise.
 */
export function parseCorrections(source: string, file: string | null = null): HeaderRecord {
  const { value: root } = parseYaml(source);
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new HeaderFileError(`${file ?? 'a corrections file'} must be a mapping of keyword to value`, { details: { file } });
  }
  return headerFromEntries(Object.entries(root));
}

function stripTags(source: string): string {
  let text = source;
  for (const tag of PROPERTY_LIST_TAGS) text = text.replaceAll(tag, '');
  return text;
}

function propertyListItem(item: unknown, file: string | null): readonly [string, unknown] {
  if (!Array.isArray(item) || item.length < 3 || typeof item[0] !== 'string') {
    throw new HeaderFileError(`a property list item must be [keyword, type, value, comment]; found ${JSON.stringify(item)?.slice(0, 60)}`, {
      details: { file },
    });
  }
  return [item[0], item[2]];
}
