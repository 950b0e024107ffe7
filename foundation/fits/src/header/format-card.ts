import { BadArgumentError } from '../errors.ts';
import { type Card, CARD_LENGTH, type CardValue, COMMENTARY, textOf } from './card.ts';

/**
 * Formats a card as one or more 80-character records; a card that was read and not changed comes back as it was.
 *
 * Strings that do not fit are continued by the CONTINUE convention and keywords that do not fit use HIERARCH.
 * A comment that does not fit is cut.
 *
 * @throws {BadArgumentError} if the value cannot be expressed: not finite, or characters outside printable ASCII.
 */
export function formatCard(card: Card): string {
  if (card.text !== undefined) return card.text;
  if (card.kind !== 'value') return formatCommentary(card.keyword, textOf(card));
  const { keyword, value, comment } = card;
  checkAscii(keyword, keyword);
  checkAscii(comment, keyword);
  const plain = /^[A-Z0-9_-]{1,8}$/.test(keyword);
  if (!plain && !/^[A-Z0-9_ .+-]{1,60}$/.test(keyword)) throw new BadArgumentError(`"${keyword}" is no keyword`, { card: keyword });
  const start = plain ? `${keyword.padEnd(8)}= ` : `HIERARCH ${keyword} = `;
  if (typeof value === 'string') return formatString(start, value, comment, keyword);
  const text = formatValue(value, keyword);
  return withComment(start + (plain ? text.padStart(20) : text), comment);
}

/** The text of a value as it stands in a card; strings are quoted. */
export function formatValue(value: CardValue, keyword: string): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return formatNumber(value, keyword);
  if (typeof value === 'string') return quote(value);
  return `(${formatReal(value.re, keyword)}, ${formatReal(value.im, keyword)})`;
}

/** Shortest text that reads back as the same double; whole numbers up to 2^53 as integers. */
export function formatNumber(value: number, keyword: string): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : formatReal(value, keyword);
}

/** Like {@link formatNumber}, but always with a decimal point. */
export function formatReal(value: number, keyword: string): string {
  if (!Number.isFinite(value)) throw new BadArgumentError(`a header value must be finite; found ${value}`, { card: keyword });
  const text = Math.abs(value) >= 1e17 ? value.toExponential() : Object.is(value, -0) ? '-0' : String(value);
  const [mantissa = '', exponent] = text.split('e');
  const whole = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? whole : `${whole}E${exponent}`;
}

function formatString(start: string, value: string, comment: string, keyword: string): string {
  checkAscii(value, keyword);
  const quoted = quote(value);
  if (start.length + quoted.length <= CARD_LENGTH) return withComment((start + quoted).padEnd(30), comment);
  const records: string[] = [];
  let rest = value;
  let lead = start;
  for (;;) {
    const room = CARD_LENGTH - lead.length - 2;
    if (rest.replaceAll("'", "''").length <= room) break;
    let take = room - 1;
    while (rest.slice(0, take).replaceAll("'", "''").length > room - 1) take--;
    records.push(`${lead}'${rest.slice(0, take).replaceAll("'", "''")}&'`.padEnd(CARD_LENGTH));
    rest = rest.slice(take);
    lead = 'CONTINUE  ';
  }
  const last = `${lead}'${rest.replaceAll("'", "''")}'`;
  return records.join('') + withComment(last, comment);
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "''").padEnd(value === '' ? 0 : 8)}'`;
}

function withComment(text: string, comment: string): string {
  const whole = comment === '' ? text : `${text} / ${comment}`;
  if (text.length > CARD_LENGTH) throw new BadArgumentError(`the card does not fit 80 characters: ${text}`);
  return whole.slice(0, CARD_LENGTH).padEnd(CARD_LENGTH);
}

function formatCommentary(keyword: string, text: string): string {
  if (!COMMENTARY.has(keyword) && !/^[A-Z0-9_-]{1,8}$/.test(keyword))
    throw new BadArgumentError(`"${keyword}" is no commentary keyword`, { card: keyword });
  checkAscii(text, keyword);
  const lines = text.match(/.{1,72}/g) ?? [''];
  return lines.map((line) => (keyword.padEnd(8) + line).padEnd(CARD_LENGTH)).join('');
}

function checkAscii(text: string, keyword: string): void {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new BadArgumentError('header text must be printable ASCII', { card: keyword });
}
