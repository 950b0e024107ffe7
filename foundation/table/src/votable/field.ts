import { TableFormatError, TableLimitError } from '../errors.ts';
import type { ColumnSpec, Link } from '../model/column.ts';
import { DATA_TYPES, type DataType } from '../model/datatype.ts';
import { childOf, childrenOf, type XmlElement } from '../xml/element.ts';

/** Values that one cell of fixed shape may claim. */
const MAX_CELL_VALUES = 100_000_000;

const TYPES: Readonly<Record<string, DataType>> = {
  boolean: 'boolean',
  bit: 'boolean',
  unsignedByte: 'uint8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  char: 'string',
  unicodeChar: 'string',
  // not in the standard, but written by services
  string: 'string',
  unicodeString: 'string',
  float: 'float32',
  double: 'float64',
  floatComplex: 'complex64',
  doubleComplex: 'complex128',
};

export interface FieldOptions {
  /** Meaning of datatype names that are not of the standard: `{ mytype: 'int' }`. */
  readonly datatypes?: Readonly<Record<string, string>>;
  /** VALUES elements of the document by ID. */
  readonly valuesById: ReadonlyMap<string, XmlElement>;
}

/** A FIELD element as a column without values. */
export function parseField(field: XmlElement, options: FieldOptions): ColumnSpec {
  const a = field.attributes;
  const name = a['name'] ?? a['ID'] ?? '';
  const declared = a['datatype'] ?? 'char';
  const votable = options.datatypes?.[declared] ?? declared;
  const datatype = Object.hasOwn(TYPES, votable) ? TYPES[votable] : undefined;
  if (!datatype)
    throw new TableFormatError(
      `datatype must be one of ${Object.keys(TYPES).join(', ')}; found "${declared}" (FIELD "${name}"); give its meaning in options.datatypes`,
      {
        details: { format: 'votable', column: name },
      },
    );
  const isText = datatype === 'string';
  const { shape, charLength } = parseArraysize(a['arraysize'] ?? (votable.endsWith('tring') ? '*' : undefined), isText, name);
  const values = childOf(field, 'VALUES');
  const referred = values?.attributes['ref'] === undefined ? undefined : options.valuesById.get(values.attributes['ref']);
  const nullValue = parseNullValue(values?.attributes['null'] ?? referred?.attributes['null'], datatype);
  const min = values && childOf(values, 'MIN')?.attributes['value'];
  const max = values && childOf(values, 'MAX')?.attributes['value'];
  const choices = values ? childrenOf(values, 'OPTION').map((option) => option.attributes['value'] ?? '') : [];
  const links = childrenOf(field, 'LINK').map(parseLink);
  const description = childOf(field, 'DESCRIPTION')?.text.trim();
  const width = Number(a['width']);
  return {
    name,
    datatype,
    shape,
    ...defined({
      id: a['ID'],
      unit: a['unit'],
      ucd: a['ucd'],
      utype: a['utype'],
      xtype: a['xtype'],
      ref: a['ref'],
      precision: a['precision'],
    }),
    ...(charLength === undefined ? {} : { charLength }),
    ...(votable === 'bit' ? { votableType: 'bit' as const } : votable.startsWith('unicode') ? { votableType: 'unicodeChar' as const } : {}),
    ...(description ? { description } : {}),
    ...(Number.isInteger(width) && width > 0 ? { width } : {}),
    ...(nullValue === undefined ? {} : { nullValue }),
    ...defined({ min, max }),
    ...(choices.length > 0 ? { options: choices } : {}),
    ...(links.length > 0 ? { links } : {}),
  };
}

/** The arraysize attribute, whose first axis varies fastest, as a cell shape with the slowest axis first. */
function parseArraysize(text: string | undefined, isText: boolean, name: string): { shape: readonly number[]; charLength?: number } {
  if (text === undefined || text.trim() === '') return isText ? { shape: [], charLength: 1 } : { shape: [] };
  const parts = text.trim().split('x');
  const sizes = parts.map((part, i) => {
    const last = i === parts.length - 1;
    if (last && /^\d*\*$/.test(part)) return -1;
    if (/^\d+$/.test(part)) return Number(part);
    throw new TableFormatError(`arraysize must be like 3, 3x2, * or 2x5*; found "${text.slice(0, 40)}" (FIELD "${name}")`, {
      details: { format: 'votable', column: name },
    });
  });
  const claim = sizes.reduce((product, n) => product * Math.max(1, Math.abs(n)), 1);
  if (!(claim <= MAX_CELL_VALUES))
    throw new TableLimitError(`one cell may have at most ${MAX_CELL_VALUES} values; found arraysize "${text}" (FIELD "${name}")`, {
      details: { limit: 'cellValues', value: claim, maximum: MAX_CELL_VALUES },
    });
  if (isText) {
    const [characters, ...rest] = sizes;
    return { shape: rest.toReversed(), ...(characters === -1 ? {} : { charLength: characters }) };
  }
  // A single value is a single value, whether or not its length is spelt out.
  if (sizes.length === 1 && sizes[0] === 1) return { shape: [] };
  return { shape: sizes.toReversed() };
}

function parseNullValue(text: string | undefined, datatype: DataType): bigint | number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const { kind } = DATA_TYPES[datatype];
  if (kind === 'integer') return /^\s*[+-]?(\d{1,20}|0[xX][0-9a-fA-F]{1,16})\s*$/.test(text) ? parseBig(text.trim()) : undefined;
  if (kind !== 'float') return undefined;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function parseBig(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace(/^\+/, ''));
}

/** A LINK element. */
export function parseLink(link: XmlElement): Link {
  const a = link.attributes;
  return defined({
    href: a['href'],
    title: a['title'],
    role: a['content-role'],
    contentType: a['content-type'],
    action: a['action'],
    value: a['value'],
  });
}

/** The same object without undefined values. */
export function defined<T extends Record<string, string | undefined>>(object: T): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as { readonly [K in keyof T]?: string };
}
