import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '@almagest/resources';
import { HeaderFileError } from '../errors.ts';
import { readText } from '../header/read-headers.ts';
import { type ObservationInfo, observationInfoFromJson, observationInfoToJson } from '../properties/observation-info.ts';
import { PROPERTY_NAMES } from '../properties/properties.ts';

/** An observation in standard form as sidecar and index files hold it. */
export interface SidecarEntry {
  /** Camera that translated it; null where the file does not say. */
  readonly translator: string | null;
  readonly info: ObservationInfo;
}

/** Path of the sidecar of a raw: same name, `.json`. */
export function sidecarPath(raw: string): string {
  return join(dirname(raw), `${basename(raw).replace(/(?:\.fits?|\.fts)?(?:\.fz|\.gz)?$/i, '')}.json`);
}

/** Path of the index of a folder. */
export function indexPath(folder: string): string {
  return join(folder, '_index.json');
}

/** Text of a sidecar, in the field's form. */
export function formatSidecar(entry: SidecarEntry): string {
  return `${JSON.stringify({ ...entryJson(entry), __CONTENT__: 'translated' })}\n`;
}

/** Text of an index: what all files share once, the rest by file name. */
export function formatIndex(entries: ReadonlyMap<string, SidecarEntry>): string {
  const all = [...entries].map(([file, entry]) => [file, entryJson(entry)] as const);
  const [first] = all;
  const common: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(first?.[1] ?? {})) {
    if (all.length > 1 && all.every(([, json]) => JSON.stringify(json[key]) === JSON.stringify(value))) common[key] = value;
  }
  const own = all.map(([file, json]) => [file, Object.fromEntries(Object.entries(json).filter(([key]) => !(key in common)))] as const);
  return `${JSON.stringify({ __CONTENT__: 'translated', __COMMON__: common, ...Object.fromEntries(own) })}\n`;
}

function entryJson({ translator, info }: SidecarEntry): Record<string, unknown> {
  const json = observationInfoToJson(info);
  const known = PROPERTY_NAMES.filter((name) => json[name] !== null).map((name) => [name, json[name]]);
  return { _translator: translator, ...Object.fromEntries(known) };
}

/**
 * Parses a sidecar.
 *
 * @throws {HeaderFileError} if it is not JSON, no object, or holds a header that was not translated.
 */
export function parseSidecar(text: string, file: string | null = null): SidecarEntry {
  const json = parseObject(text, file);
  if (json['__CONTENT__'] === 'metadata') {
    throw new HeaderFileError('the sidecar holds an untranslated header; translate it first', { details: { file } });
  }
  return entryFromJson(json, file);
}

/** Parses an index to file name and entry. @throws {HeaderFileError} if it is no index. */
export function parseIndex(text: string, file: string | null = null): Map<string, SidecarEntry> {
  const { __CONTENT__: content, __COMMON__: common = {}, ...files } = parseObject(text, file);
  if (content !== 'translated' || typeof common !== 'object') {
    throw new HeaderFileError('an index must have "__CONTENT__": "translated" and "__COMMON__"', { details: { file } });
  }
  const out = new Map<string, SidecarEntry>();
  for (const [name, own] of Object.entries(files)) {
    if (typeof own !== 'object' || own === null) throw new HeaderFileError(`the entry of ${name} must be an object`, { details: { file } });
    out.set(name, entryFromJson({ ...common, ...own }, file));
  }
  return out;
}

function entryFromJson(json: Record<string, unknown>, file: string | null): SidecarEntry {
  const translator = json['_translator'];
  return { translator: typeof translator === 'string' ? translator : null, info: observationInfoFromJson(json, file) };
}

function parseObject(text: string, file: string | null): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HeaderFileError('the file is not JSON', { cause: error, details: { file } });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HeaderFileError(`expected a JSON object; found ${JSON.stringify(json).slice(0, 40)}`, { details: { file } });
  }
  return json as Record<string, unknown>;
}

/** Reads the sidecar of one file. */
export async function readSidecar(path: string): Promise<SidecarEntry> {
  return parseSidecar(await readText(path), path);
}

/** Writes the sidecar of a raw file and returns its path. */
export async function writeSidecar(raw: string, entry: SidecarEntry): Promise<string> {
  const path = sidecarPath(raw);
  await writeFileAtomic(path, formatSidecar(entry));
  return path;
}

/** Reads the index of a folder: entries by file name. */
export async function readIndex(folder: string): Promise<Map<string, SidecarEntry>> {
  return parseIndex(await readText(indexPath(folder)), indexPath(folder));
}

/** Writes the index of a folder and returns its path. */
export async function writeIndex(folder: string, entries: ReadonlyMap<string, SidecarEntry>): Promise<string> {
  const path = indexPath(folder);
  await writeFileAtomic(path, formatIndex(entries));
  return path;
}
