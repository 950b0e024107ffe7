import { UnsupportedTableError } from '../errors.ts';
import { type Column, type ColumnSpec, hasNulls, type Link } from '../model/column.ts';
import { DATA_TYPES, type DataType, isBigIntType } from '../model/datatype.ts';
import { attributesXml, escapeXml } from '../xml/element.ts';

export type VotableFormat = 'TABLEDATA' | 'BINARY' | 'BINARY2';

/** A column as VOTable writes it: types that VOTable lacks are widened to the next one that holds them. */
export interface VotableField {
  readonly spec: ColumnSpec;
  /** Type in the file. */
  readonly datatype:
    | 'boolean'
    | 'bit'
    | 'unsignedByte'
    | 'short'
    | 'int'
    | 'long'
    | 'char'
    | 'unicodeChar'
    | 'float'
    | 'double'
    | 'floatComplex'
    | 'doubleComplex';
  /** Characters of each string, where that is fixed in the file; single characters are written as strings (arraysize 1 is deprecated, and none is remarked on). */
  readonly charLength: number | undefined;
  /** Integer written for null, where the format needs one. */
  readonly nullValue: bigint | undefined;
}

const NAMES: Readonly<Record<DataType, VotableField['datatype']>> = {
  boolean: 'boolean',
  int8: 'short',
  uint8: 'unsignedByte',
  int16: 'short',
  uint16: 'int',
  int32: 'int',
  uint32: 'long',
  int64: 'long',
  uint64: 'long',
  float32: 'float',
  float64: 'double',
  complex64: 'floatComplex',
  complex128: 'doubleComplex',
  string: 'char',
};

const NULL_BOUNDS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  unsignedByte: [255n, 0n],
  short: [-32768n, 32767n],
  int: [-2147483648n, 2147483647n],
  long: [-9223372036854775808n, 9223372036854775807n],
};

/** Plans the field of a column whose values are not known yet; `charLength` and `nullValue` of the column are trusted. */
export function planStreamedField(spec: ColumnSpec, format: VotableFormat): VotableField {
  const datatype = fileType(spec, false);
  const isArray = (spec.shape ?? []).length > 0;
  if (spec.datatype === 'string' && isArray && spec.charLength === undefined)
    throw new UnsupportedTableError(
      `column "${spec.name}" holds arrays of strings, which VOTable wants of one length; set its charLength`,
      {
        details: { format: 'votable', column: spec.name },
      },
    );
  const integer = NULL_BOUNDS[datatype];
  const wantsNull = integer !== undefined && (format === 'BINARY' || isArray);
  const given = typeof spec.nullValue === 'bigint' ? spec.nullValue : undefined;
  return {
    spec,
    datatype,
    charLength: spec.charLength,
    nullValue: wantsNull ? (given ?? (format === 'BINARY2' ? undefined : integer[0])) : undefined,
  };
}

/** Plans the field of a column from its values: string type and length, and a null that no value uses. */
export function planField(column: Column, format: VotableFormat): VotableField {
  const isArray = column.shape.length > 0;
  let longest = 0;
  let ascii = true;
  if (column.datatype === 'string')
    for (const text of column.data as string[]) {
      if (text.length > longest) longest = text.length;
      if (ascii && NON_ASCII.test(text)) ascii = false;
    }
  const datatype = fileType(column, !ascii);
  const fits = column.charLength !== undefined && longest <= column.charLength;
  const charLength =
    column.datatype !== 'string'
      ? undefined
      : fits && (isArray || column.charLength !== 1)
        ? column.charLength
        : isArray
          ? Math.max(1, longest)
          : undefined;
  const integer = NULL_BOUNDS[datatype];
  const fixedArray = isArray && column.shape[0] !== -1;
  const wantsNull =
    integer !== undefined &&
    ((hasNulls(column) && (format === 'BINARY' || (format === 'TABLEDATA' && fixedArray))) || column.itemNulls?.some((n) => n !== 0));
  return { spec: column, datatype, charLength, nullValue: wantsNull ? unusedValue(column, integer) : undefined };
}

// eslint-disable-next-line no-control-regex -- the range is ASCII
const NON_ASCII: RegExp = /[^\x00-\x7f]/;

function fileType(spec: ColumnSpec, needsUnicode: boolean): VotableField['datatype'] {
  if (spec.datatype === 'string') return needsUnicode || spec.votableType === 'unicodeChar' ? 'unicodeChar' : 'char';
  if (spec.datatype === 'boolean' && spec.votableType === 'bit') return 'bit';
  return NAMES[spec.datatype];
}

/** The column's own null value, a bound of the type, or the smallest value that does not occur. */
function unusedValue(column: Column, bounds: readonly [bigint, bigint]): bigint {
  const used = new Set<number | bigint | string>(column.data);
  const inUse = (value: bigint): boolean => used.has(isBigIntType(column.datatype) ? value : Number(value));
  if (typeof column.nullValue === 'bigint' && !inUse(column.nullValue)) return column.nullValue;
  for (const bound of bounds) if (!inUse(bound)) return bound;
  const { min = 0n, max = 0n } = DATA_TYPES[column.datatype];
  for (let value = min; value <= max; value++) if (!inUse(value)) return value;
  throw new UnsupportedTableError(
    `column "${column.name}" uses every value of its type, so that none is left for null; write it as BINARY2`,
    {
      details: { format: 'votable', column: column.name },
    },
  );
}

/** The arraysize attribute; undefined for one value. */
function arraysizeOf(field: VotableField): string | undefined {
  const axes = (field.spec.shape ?? []).toReversed().map((n) => (n === -1 ? '*' : String(n)));
  // A single character has no arraysize (VOTable 1.3 erratum 3).
  if (field.spec.datatype === 'string' && (axes.length > 0 || field.charLength !== 1))
    axes.unshift(field.charLength === undefined ? '*' : String(field.charLength));
  return axes.length > 0 ? axes.join('x') : undefined;
}

/** The FIELD element. */
export function fieldXml(field: VotableField): string {
  const { spec } = field;
  const open = `<FIELD${attributesXml({
    ID: spec.id,
    name: spec.name,
    datatype: field.datatype,
    arraysize: arraysizeOf(field),
    width: spec.width,
    precision: spec.precision,
    unit: spec.unit === '' ? undefined : spec.unit,
    ucd: spec.ucd === '' ? undefined : spec.ucd,
    utype: spec.utype,
    xtype: spec.xtype,
    ref: spec.ref,
  })}`;
  const inner = descriptionXml(spec.description) + valuesXml(field) + (spec.links ?? []).map(linkXml).join('');
  return inner === '' ? `${open}/>` : `${open}>${inner}</FIELD>`;
}

function valuesXml(field: VotableField): string {
  const { min, max, options } = field.spec;
  if (field.nullValue === undefined && min === undefined && max === undefined && !options) return '';
  const inner =
    (min === undefined ? '' : `<MIN${attributesXml({ value: min })}/>`) +
    (max === undefined ? '' : `<MAX${attributesXml({ value: max })}/>`) +
    (options ?? []).map((value) => `<OPTION${attributesXml({ value })}/>`).join('');
  const open = `<VALUES${attributesXml({ null: field.nullValue === undefined ? undefined : String(field.nullValue) })}`;
  return inner === '' ? `${open}/>` : `${open}>${inner}</VALUES>`;
}

/** A LINK element. */
export function linkXml(link: Link): string {
  return `<LINK${attributesXml({ href: link.href, title: link.title, 'content-role': link.role, 'content-type': link.contentType, action: link.action, value: link.value })}/>`;
}

/** A DESCRIPTION element, or nothing. */
export function descriptionXml(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `<DESCRIPTION>${escapeXml(text)}</DESCRIPTION>`;
}
