import { parseDocument, stringify } from 'yaml';
import { TableFormatError, UnsupportedTableError } from '../errors.ts';
import type { ColumnSpec, JsonValue } from '../model/column.ts';
import { DATA_TYPES, type DataType } from '../model/datatype.ts';
import type { TableMeta } from '../model/table.ts';

/** A column of an ECSV header, and how its cells are written. */
export interface EcsvColumn {
  readonly spec: ColumnSpec;
  /** Cells are JSON text: lists, complex numbers of ours, or objects. */
  readonly json: boolean;
}

export interface EcsvHeader {
  readonly delimiter: string;
  readonly columns: readonly EcsvColumn[];
  readonly meta: TableMeta;
}

/** Keys of a column's `meta` that are columns' own properties here. */
const META_TEXT = ['ucd', 'utype', 'xtype'] as const;

/**
 * Reads the YAML of an ECSV header (its comment lines without their `# `).
 *
 * @throws {TableFormatError} if it is not ECSV 1.0, or describes a type that is not known.
 */
export function parseEcsvHeader(lines: readonly string[]): EcsvHeader {
  if (!/^%ECSV 1\.\d/.test(lines[0] ?? '')) fail(`an ECSV file begins with "# %ECSV 1.0"; found "${(lines[0] ?? '').slice(0, 40)}"`);
  const document = parseDocument(joinBlockMarks(lines.slice(1)).join('\n'), {
    maxAliasCount: 0,
    customTags: ['omap'],
    logLevel: 'error',
  } as object);
  if (document.errors.length > 0) fail(`the header is not YAML: ${document.errors[0].message.slice(0, 200)}`);
  let header: unknown;
  try {
    header = document.toJS({ maxAliasCount: 0, mapAsMap: false });
  } catch (error) {
    fail(`the header is not plain YAML: ${(error as Error).message.slice(0, 200)}`);
  }
  if (!isRecord(header) || !Array.isArray(header['datatype'])) fail('the header must have a "datatype" list of columns');
  const delimiter = header['delimiter'] ?? ' ';
  if (delimiter !== ' ' && delimiter !== ',') fail('the delimiter must be a blank or a comma');
  const columns = (header['datatype'] as unknown[]).map(parseColumn);
  const extra = plain(header['meta']);
  return {
    delimiter,
    columns,
    meta: isRecord(extra) && Object.keys(extra).length > 0 ? { extra: extra as { readonly [key: string]: JsonValue } } : {},
  };
}

/** Brings a block mark (`|`) that stands on a line of its own back to its key, as archives that wrap lines leave it. */
function joinBlockMarks(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const previous = out.at(-1);
    if (previous !== undefined && /^\s*[|>][+-]?\s*$/.test(line) && /:\s*$/.test(previous))
      out[out.length - 1] = `${previous.trimEnd()} ${line.trim()}`;
    else out.push(line);
  }
  return out;
}

function parseColumn(entry: unknown): EcsvColumn {
  if (!isRecord(entry) || typeof entry['name'] !== 'string' || typeof entry['datatype'] !== 'string')
    fail('each column must have a name and a datatype');
  const name = entry['name'] as string;
  const declared = entry['datatype'] as string;
  const subtype = typeof entry['subtype'] === 'string' ? entry['subtype'] : undefined;
  const meta = plain(entry['meta']);
  const texts: Record<string, string> = {};
  let extra: Record<string, JsonValue> = {};
  if (isRecord(meta))
    for (const [key, value] of Object.entries(meta)) {
      if ((META_TEXT as readonly string[]).includes(key) && typeof value === 'string') texts[key] = value;
      else extra = { ...extra, [key]: value as JsonValue };
    }
  if (typeof entry['format'] === 'string') extra = { ...extra, format: entry['format'] };
  const described = {
    name,
    ...texts,
    ...(typeof entry['unit'] === 'string' || typeof entry['unit'] === 'number' ? { unit: String(entry['unit']) } : {}),
    ...(typeof entry['description'] === 'string' ? { description: entry['description'] } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
  const match = subtype === undefined ? null : /^(\w+)\[([\d,null ]*)\]$/.exec(subtype);
  if (match) {
    const shape = match[2].split(',').map((n) => (n.trim() === 'null' ? -1 : Number(n)));
    if (!shape.every((n, i) => Number.isInteger(n) && (n > 0 || (i === 0 && n === -1))))
      fail(`subtype "${subtype}" of column "${name}" is not a shape`);
    return { spec: { ...described, datatype: typeOf(match[1], name), shape }, json: true };
  }
  // Objects, and arrays of differing lengths on several axes, stay the JSON text that they are.
  if (subtype !== undefined) return { spec: { ...described, datatype: 'string' }, json: false };
  return { spec: { ...described, datatype: typeOf(declared, name) }, json: false };
}

function typeOf(text: string, name: string): DataType {
  if (text === 'bool') return 'boolean';
  if (text === 'float16') return 'float32';
  if (text === 'float128') return 'float64';
  if (Object.hasOwn(DATA_TYPES, text)) return text as DataType;
  return fail(`datatype "${text}" of column "${name}" is not known`);
}

/** The header lines for columns, each beginning with `# `. */
export function formatEcsvHeader(columns: readonly ColumnSpec[], meta: TableMeta, delimiter: string): string {
  const datatype = columns.map((column) => {
    const { shape = [] } = column;
    const isArray = shape.length > 0;
    const type = column.datatype === 'boolean' ? 'bool' : column.datatype;
    if (isArray && DATA_TYPES[column.datatype].kind === 'complex')
      throw new UnsupportedTableError(`column "${column.name}" holds arrays of complex numbers, which ECSV cannot express`, {
        details: { format: 'ecsv', column: column.name },
      });
    const extra = {
      ...Object.fromEntries(META_TEXT.flatMap((key) => (column[key] === undefined ? [] : [[key, column[key]]]))),
      ...Object.fromEntries(Object.entries(column.extra ?? {}).filter(([key]) => key !== 'format')),
    };
    return {
      name: column.name,
      ...(column.unit === undefined ? {} : { unit: column.unit }),
      datatype: isArray ? 'string' : type,
      ...(isArray ? { subtype: `${type}[${shape.map((n) => (n === -1 ? 'null' : n)).join(',')}]` } : {}),
      ...(column.extra?.['format'] === undefined ? {} : { format: column.extra['format'] }),
      ...(column.description === undefined ? {} : { description: column.description }),
      ...(Object.keys(extra).length > 0 ? { meta: extra } : {}),
    };
  });
  const all: Record<string, unknown> = { delimiter, datatype };
  const extra = {
    ...(meta.name === undefined ? {} : { name: meta.name }),
    ...(meta.description === undefined ? {} : { description: meta.description }),
    ...meta.extra,
  };
  if (Object.keys(extra).length > 0) all['meta'] = extra;
  const yaml = stringify(all, { lineWidth: 0, aliasDuplicateObjects: false });
  return ['%ECSV 1.0', '---', ...yaml.trimEnd().split('\n')].map((line) => `# ${line}\n`).join('');
}

/** Maps of ordered pairs as plain objects. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return (value as unknown[]).map(plain);
  if (typeof value === 'bigint') return String(value);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fail(message: string): never {
  throw new TableFormatError(message, { details: { format: 'ecsv' } });
}
