import type { ByteSource } from '@almagest/fits';
import { StorageClassError } from '../errors.ts';
import type { Formatter } from './formatter.ts';
import { formatYaml, readYaml } from './yaml-dialect.ts';

/** Largest text artifact that is read at once [byte]. */
const MAX_TEXT = 512 * 1024 * 1024;

/** Whole text of an artifact. @throws {StorageClassError} if it is too large. */
export async function readText(source: ByteSource, path: string): Promise<string> {
  if (source.size > MAX_TEXT) throw new StorageClassError(`text artifact ${path} has ${source.size} bytes, more than ${MAX_TEXT}`);
  return new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size));
}

/** Plain mappings, lists and scalars as JSON. */
export const JSON_FORMATTER: Formatter = {
  name: 'lsst.daf.butler.formatters.json.JsonFormatter',
  extension: () => '.json',
  encode: (value, { storageClass }) => encodeText(toJson(value), storageClass),
  decode: async (source, { path }) => JSON.parse(await readText(source, path)) as unknown,
};

/**
 * Plain mappings, lists and scalars as YAML.
 * Reading drops tags that name Python classes: such objects come as plain mappings.
 */
export const YAML_FORMATTER: Formatter = {
  name: 'lsst.daf.butler.formatters.yaml.YamlFormatter',
  extension: () => '.yaml',
  encode: (value, { storageClass }) => encodeText(formatYaml(toPlain(value)), storageClass),
  decode: async (source, { path }) => readYaml(await readText(source, path), path),
};

/** Plain text, such as configuration files. */
export const TEXT_FORMATTER: Formatter = {
  name: 'lsst.pipe.base.formatters.pexConfig.PexConfigFormatter',
  extension: () => '.py',
  encode: (value, { storageClass }) => {
    if (typeof value === 'string') return new TextEncoder().encode(value);
    throw new StorageClassError(`storage class ${storageClass} is stored as text; found ${typeof value}`);
  },
  decode: async (source, { path }) => await readText(source, path),
};

/** Versions of packages as a YAML mapping. */
export const PACKAGES_FORMATTER: Formatter = {
  ...YAML_FORMATTER,
  name: 'lsst.daf.butler.formatters.packages.PackagesFormatter',
};

/** Log records as JSON. */
export const LOGS_FORMATTER: Formatter = {
  ...JSON_FORMATTER,
  name: 'lsst.daf.butler.formatters.logs.ButlerLogRecordsFormatter',
};

/** Bytes as they are; what cannot be interpreted can still be stored, moved and read back. */
export const BYTES_FORMATTER: Formatter = {
  name: 'lsst.daf.butler.formatters.file.FileFormatter',
  extension: () => '.bin',
  encode: (value, { storageClass }) => {
    if (value instanceof Uint8Array) return value;
    throw new StorageClassError(`storage class ${storageClass} is stored as bytes; found ${typeof value}`);
  },
  decode: async (source) => await source.read(0, source.size),
};

function encodeText(text: string, storageClass: string): Uint8Array {
  if (typeof text !== 'string')
    throw new StorageClassError(`storage class ${storageClass} takes plain data; found a value without a text form`);
  return new TextEncoder().encode(text);
}

function toJson(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner instanceof Map ? Object.fromEntries(inner) : inner,
  ) as string | undefined;
  if (text === undefined) throw new StorageClassError(`a ${typeof value} cannot be stored as JSON`);
  return text;
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol' || value === undefined)
    throw new StorageClassError(`a ${typeof value} cannot be stored as YAML`);
  return value;
}
