import { BadWcsCardError } from '../errors.ts';

/** What is read of a FITS header; the Header of the fits room is one. */
export interface HeaderLike {
  /** Value of a card; undefined when there is none. */
  get(keyword: string): unknown;
  /** All cards of a keyword, for record-valued ones that repeat (DP1, D2IM1). */
  all?(keyword: string): readonly { readonly value?: unknown }[];
}

/** What is written to a FITS header; the Header of the fits room is one. */
export interface WritableHeader extends HeaderLike {
  set(keyword: string, value: string | number, comment?: string): unknown;
  setReal?(keyword: string, value: number, comment?: string): unknown;
  delete(keyword: string): unknown;
}

/** Number of a card; undefined when absent. @throws {BadWcsCardError} when it is there and is no finite number. */
export function readNumber(header: HeaderLike, keyword: string): number | undefined {
  const value = header.get(keyword);
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  throw new BadWcsCardError(`${keyword} must be a finite number; found ${text}`, { details: { keyword, found: text } });
}

/** Text of a card without trailing blanks; undefined when absent or not text. */
export function readString(header: HeaderLike, keyword: string): string | undefined {
  const value = header.get(keyword);
  return typeof value === 'string' ? value.trimEnd() : undefined;
}
