/** A complex header value. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** What a card can hold: an integer beyond 2^53 is a bigint; null is the standard's "undefined value". */
export type CardValue = string | number | bigint | boolean | Complex | null;

/** One header card; a long string with its CONTINUE records is one card. */
export interface Card {
  /** Upper case; a HIERARCH card has its words without the prefix ("ESO DET ID"). Blank for a blank card. */
  readonly keyword: string;
  /** For commentary the text; null for an undefined or malformed value. */
  readonly value: CardValue;
  readonly comment: string;
  readonly kind: 'value' | 'commentary' | 'malformed';
  /** The original records, a multiple of 80 characters, written back as they were; absent on new cards. */
  readonly text?: string;
}

export const CARD_LENGTH = 80;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[EDed][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const COMPLEX = /^\(\s*([^,\s)]+)\s*,\s*([^,\s)]+)\s*\)$/;

/**
 * Parses header records into cards; never fails: what cannot be understood becomes a `malformed` card with its text kept.
 *
 * @param text - Records of 80 characters each, without END.
 */
export function parseCards(text: string): Card[] {
  const cards: Card[] = [];
  for (let at = 0; at < text.length; at += CARD_LENGTH) {
    const record = text.slice(at, at + CARD_LENGTH).padEnd(CARD_LENGTH);
    const last = cards.at(-1);
    if (record.startsWith('CONTINUE') && last !== undefined && canContinue(last)) {
      const joined = continueCard(last, record);
      if (joined) {
        cards[cards.length - 1] = joined;
        continue;
      }
    }
    cards.push(parseCard(record));
  }
  return cards.map(finishContinued);
}

/** Parses one 80-character record on its own. */
export function parseCard(record: string): Card {
  const name = record.slice(0, 8).trimEnd();
  if (name === 'HIERARCH') {
    const equals = record.indexOf('=');
    if (equals > 8) return valueCard(record.slice(8, equals).trim().replace(/\s+/g, ' ').toUpperCase(), record.slice(equals + 1), record);
  }
  if (record[8] === '=' && name !== '' && !COMMENTARY.has(name.toUpperCase())) {
    if (/^[A-Za-z0-9_-]+$/.test(name)) return valueCard(name.toUpperCase(), record.slice(9), record);
    return { keyword: name.toUpperCase(), value: null, comment: '', kind: 'malformed', text: record };
  }
  return { keyword: name.toUpperCase(), value: record.slice(8).trimEnd(), comment: '', kind: 'commentary', text: record };
}

/** Keywords whose text is free, even where an equals sign follows. */
export const COMMENTARY: ReadonlySet<string> = new Set(['COMMENT', 'HISTORY', 'CONTINUE', '']);

/** Text of a commentary card. */
export function textOf(card: Card): string {
  return typeof card.value === 'string' ? card.value : '';
}

function valueCard(keyword: string, field: string, text: string): Card {
  const start = field.trimStart();
  if (start.startsWith("'")) {
    const string = parseString(start);
    if (string === undefined) return { keyword, value: null, comment: '', kind: 'malformed', text };
    const comment = string.rest.trim();
    if (comment !== '' && !comment.startsWith('/')) return { keyword, value: null, comment, kind: 'malformed', text };
    return { keyword, value: string.value, comment: comment.slice(1).trim(), kind: 'value', text };
  }
  const slash = start.indexOf('/');
  const token = (slash < 0 ? start : start.slice(0, slash)).trim();
  const comment = slash < 0 ? '' : start.slice(slash + 1).trim();
  const value = parseValue(token);
  return value === undefined
    ? { keyword, value: null, comment, kind: 'malformed', text }
    : { keyword, value, comment, kind: 'value', text };
}

function parseValue(token: string): CardValue | undefined {
  if (token === '') return null;
  if (token === 'T') return true;
  if (token === 'F') return false;
  if (INTEGER.test(token)) {
    const value = Number(token);
    return Number.isSafeInteger(value) ? value : BigInt(token.replace('+', ''));
  }
  if (NUMBER.test(token)) return parseReal(token);
  const pair = COMPLEX.exec(token);
  if (pair?.[1] !== undefined && pair[2] !== undefined && NUMBER.test(pair[1]) && NUMBER.test(pair[2]))
    return { re: parseReal(pair[1]), im: parseReal(pair[2]) };
  return undefined;
}

function parseReal(token: string): number {
  return Number(token.replace(/[Dd]/, 'E'));
}

/** Reads a quoted string at the start of a field; trailing blanks are not significant, doubled quotes are one. */
function parseString(field: string): { value: string; rest: string } | undefined {
  for (let at = 1; at < field.length; at++) {
    if (field[at] !== "'") continue;
    if (field[at + 1] === "'") {
      at++;
      continue;
    }
    return { value: field.slice(1, at).replaceAll("''", "'").trimEnd(), rest: field.slice(at + 1) };
  }
  return undefined;
}

function canContinue(card: Card): boolean {
  return card.kind === 'value' && typeof card.value === 'string' && card.value.endsWith('&');
}

function continueCard(card: Card, record: string): Card | undefined {
  const string = parseString(record.slice(8).trimStart());
  if (string === undefined) return undefined;
  const comment = string.rest.trim().replace(/^\//, '').trim();
  return {
    ...card,
    value: (card.value as string).slice(0, -1) + string.value,
    comment: [card.comment, comment].filter((part) => part !== '').join(' '),
    text: (card.text ?? '') + record,
  };
}

/** A string that was continued and still ends in an ampersand ends in the continuation mark, not in a character of its own. */
function finishContinued(card: Card): Card {
  if ((card.text?.length ?? 0) > CARD_LENGTH && canContinue(card)) return { ...card, value: (card.value as string).slice(0, -1) };
  return card;
}
