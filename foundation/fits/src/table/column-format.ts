import { BadCardError, type FitsPlace } from '../errors.ts';

/** Element codes of binary table columns. */
export type ElementCode = 'L' | 'X' | 'B' | 'I' | 'J' | 'K' | 'A' | 'E' | 'D' | 'C' | 'M';

/** A parsed TFORM of a binary table. */
export interface ColumnFormat {
  readonly code: ElementCode;
  /** Elements a cell; bits for X, characters for A; the length of the longest cell, where it is given, for variable arrays. */
  readonly repeat: number;
  /** Variable-length arrays: P has 32-bit and Q 64-bit descriptors. */
  readonly variable: 'P' | 'Q' | undefined;
  /** Characters of each of several strings in one cell ("60A10"). */
  readonly stringWidth: number | undefined;
}

const FORMAT = /^\s*(\d*)([LXBIJKAEDCM])(\d*)\s*$/;
const VARIABLE = /^\s*([01]?)([PQ])([LXBIJKAEDCM])(?:\((\d+)\))?.*$/;

/** Parses TFORM of a binary table. @throws {BadCardError} */
export function parseColumnFormat(text: string, place: FitsPlace = {}): ColumnFormat {
  const variable = VARIABLE.exec(text);
  if (variable !== null)
    return {
      code: variable[3] as ElementCode,
      repeat: variable[1] === '0' ? 0 : Number(variable[4] ?? 0),
      variable: variable[1] === '0' ? undefined : (variable[2] as 'P' | 'Q'),
      stringWidth: undefined,
    };
  const fixed = FORMAT.exec(text);
  const repeat = fixed === null ? Number.NaN : Number(fixed[1] === '' ? 1 : fixed[1]);
  if (fixed === null || !Number.isSafeInteger(repeat))
    throw new BadCardError(`a column format is a count and one of L X B I J K A E D C M P Q; found "${text}"`, place);
  const code = fixed[2] as ElementCode;
  const width = code === 'A' && fixed[3] !== '' ? Number(fixed[3]) : undefined;
  return { code, repeat, variable: undefined, stringWidth: width !== undefined && width > 0 && width < repeat ? width : undefined };
}

/** Text of a format, as TFORM has it. */
export function formatColumnFormat({ code, repeat, variable, stringWidth }: ColumnFormat): string {
  if (variable !== undefined) return `1${variable}${code}(${repeat})`;
  return `${repeat}${code}${stringWidth ?? ''}`;
}

/** Bytes of one element; for X use {@link cellBytes}. */
export const ELEMENT_BYTES: Readonly<Record<ElementCode, number>> = { L: 1, X: 1, B: 1, I: 2, J: 4, K: 8, A: 1, E: 4, D: 8, C: 8, M: 16 };

/** Bytes that `count` elements take. */
export function elementsBytes(code: ElementCode, count: number): number {
  return code === 'X' ? Math.ceil(count / 8) : ELEMENT_BYTES[code] * count;
}

/** Bytes of a cell in its row. */
export function cellBytes(format: ColumnFormat): number {
  if (format.variable !== undefined) return format.variable === 'P' ? 8 : 16;
  return elementsBytes(format.code, format.repeat);
}

/** Numbers an element: two for complex ones. */
export function numbersOf(code: ElementCode): number {
  return code === 'C' || code === 'M' ? 2 : 1;
}
