import { BadCardError } from '../errors.ts';
import { type Card, CARD_LENGTH, type CardValue, COMMENTARY, parseCards, textOf } from './card.ts';
import { formatCard, formatReal, formatValue } from './format-card.ts';

/** Bytes of one FITS block; headers and data fill whole blocks. */
export const BLOCK = 2880;

/**
 * The cards of one HDU in order, with lookup by keyword.
 *
 * Keywords are upper case and lookups ignore case; HIERARCH keywords are looked up without the prefix.
 * Cards that were read are written back character by character unless they are changed.
 */
export class Header implements Iterable<Card> {
  /** HDU number in its file, where it came from a file. */
  readonly hdu: number | undefined;
  #cards: Card[];
  #index: Map<string, number> | undefined;

  constructor(cards: Iterable<Card> = [], hdu?: number) {
    this.#cards = [...cards];
    this.hdu = hdu;
  }

  /** A header of new cards: `Header.of({ OBJECT: 'M13', EXPTIME: [30, '[s] exposure'] })`. */
  static of(values: Readonly<Record<string, CardValue | readonly [CardValue, string]>>): Header {
    const header = new Header();
    for (const [keyword, entry] of Object.entries(values)) {
      if (Array.isArray(entry)) header.set(keyword, entry[0] as CardValue, entry[1] as string);
      else header.set(keyword, entry as CardValue);
    }
    return header;
  }

  get cards(): readonly Card[] {
    return this.#cards;
  }

  get length(): number {
    return this.#cards.length;
  }

  [Symbol.iterator](): Iterator<Card> {
    return this.#cards[Symbol.iterator]();
  }

  has(keyword: string): boolean {
    return this.#find(keyword) !== undefined;
  }

  /** The first card with this keyword. */
  card(keyword: string): Card | undefined {
    const at = this.#find(keyword);
    return at === undefined ? undefined : this.#cards[at];
  }

  /** All cards with this keyword, in order. */
  all(keyword: string): Card[] {
    const name = normalize(keyword);
    return this.#cards.filter((card) => card.keyword === name);
  }

  /** Value of the first card with this keyword; undefined where there is none or it is malformed, null where it has no value. */
  get(keyword: string): CardValue | undefined {
    const card = this.card(keyword);
    return card === undefined || card.kind === 'malformed' ? undefined : card.value;
  }

  /** Value as a double; undefined unless the card is there and holds a number. */
  getNumber(keyword: string): number | undefined {
    const value = this.get(keyword);
    return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined;
  }

  /** Value as a string; undefined unless the card is there and holds a string. */
  getString(keyword: string): string | undefined {
    const value = this.get(keyword);
    return typeof value === 'string' ? value : undefined;
  }

  /** Value as a logical; undefined unless the card is there and holds one. */
  getBoolean(keyword: string): boolean | undefined {
    const value = this.get(keyword);
    return typeof value === 'boolean' ? value : undefined;
  }

  /**
   * Whole number that must be there (or has a fallback when absent) and lie in a range.
   *
   * @throws {BadCardError} naming the card otherwise.
   */
  requireInteger(keyword: string, range: { readonly min?: number; readonly max?: number; readonly fallback?: number } = {}): number {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, fallback } = range;
    const card = this.card(keyword);
    if (card === undefined && fallback !== undefined) return fallback;
    if (card === undefined) throw new BadCardError(`${keyword} is missing`, this.#place(keyword));
    const value = card.kind === 'malformed' ? undefined : card.value;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      const found = card.kind === 'malformed' ? (card.text ?? '').trim() : formatValue(value ?? null, keyword);
      throw new BadCardError(`${keyword} must be a whole number from ${min} to ${max}; found ${found}`, this.#place(keyword));
    }
    return value;
  }

  /** Texts of all cards of a commentary keyword. */
  commentary(keyword: 'COMMENT' | 'HISTORY' | ''): string[] {
    return this.all(keyword).map((card) => textOf(card));
  }

  /** Changes the first card of this keyword, or appends one; the old comment stays unless a new one is given. */
  set(keyword: string, value: CardValue, comment?: string): this {
    return this.#put(keyword, { keyword: normalize(keyword), value, comment: comment ?? this.card(keyword)?.comment ?? '', kind: 'value' });
  }

  /** Like {@link set} for a number that must keep its decimal point ("2.0"), as some readers want for reals. */
  setReal(keyword: string, value: number, comment?: string): this {
    this.set(keyword, value, comment);
    const name = normalize(keyword);
    if (!Number.isInteger(value) || !/^[A-Z0-9_-]{1,8}$/.test(name)) return this;
    const at = this.#find(name) as number;
    const card = this.#cards[at] as Card;
    const start = `${name.padEnd(8)}= ${formatReal(value, name).padStart(20)}`;
    const text = (card.comment === '' ? start : `${start} / ${card.comment}`).slice(0, CARD_LENGTH).padEnd(CARD_LENGTH);
    this.#cards[at] = { ...card, text };
    return this;
  }

  /** Adds a COMMENT, HISTORY or blank card at the end; long text takes several cards. */
  add(keyword: 'COMMENT' | 'HISTORY' | '', text: string): this {
    for (const line of text.match(/.{1,72}/g) ?? ['']) this.push({ keyword, value: line, comment: '', kind: 'commentary' });
    return this;
  }

  /** Appends a card even where the keyword is there already. */
  push(...cards: readonly Card[]): this {
    this.#cards.push(...cards);
    this.#index = undefined;
    return this;
  }

  /** Removes every card of this keyword; true if there was one. */
  delete(keyword: string): boolean {
    const name = normalize(keyword);
    const before = this.#cards.length;
    this.#cards = this.#cards.filter((card) => card.keyword !== name);
    this.#index = undefined;
    return this.#cards.length < before;
  }

  clone(): Header {
    return new Header(this.#cards, this.hdu);
  }

  /** A copy without the cards that the test rejects. */
  filter(keep: (card: Card) => boolean): Header {
    return new Header(this.#cards.filter(keep), this.hdu);
  }

  /**
   * Where this header says INHERIT = T, a copy with the primary header's cards that it lacks; otherwise a plain copy.
   *
   * @see FITS standard 4.0, appendix K.
   */
  withInherited(primary: Header): Header {
    if (this.getBoolean('INHERIT') !== true) return this.clone();
    const extra = primary.cards.filter((card) => !isStructural(card.keyword) && !COMMENTARY.has(card.keyword) && !this.has(card.keyword));
    return this.clone().push(...extra);
  }

  /** All records with END, filled with blanks to whole blocks. */
  toText(): string {
    const text = `${this.#cards.map(formatCard).join('')}${'END'.padEnd(CARD_LENGTH)}`;
    return text.padEnd(Math.ceil(text.length / BLOCK) * BLOCK);
  }

  /** Bytes of {@link toText}. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const text = this.toText();
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  #put(keyword: string, card: Card): this {
    const at = this.#find(keyword);
    if (at === undefined) {
      this.#cards.push(card);
      this.#index?.set(card.keyword, this.#cards.length - 1);
    } else this.#cards[at] = card;
    return this;
  }

  #find(keyword: string): number | undefined {
    if (this.#index === undefined) {
      this.#index = new Map();
      for (let i = this.#cards.length - 1; i >= 0; i--) this.#index.set((this.#cards[i] as Card).keyword, i);
    }
    return this.#index.get(normalize(keyword));
  }

  #place(card: string): { hdu: number | undefined; card: string } {
    return { hdu: this.hdu, card };
  }
}

/**
 * Reads a bare header: 80-character records run together, or one card a line; stops at END.
 *
 * Never fails; malformed cards are kept with kind `malformed`.
 */
export function headerFromText(text: string): Header {
  const lines = text.split(/\r\n|[\r\n]/);
  const joined = lines.some((line) => line.length > CARD_LENGTH) ? lines.join('') : lines.map((line) => line.padEnd(CARD_LENGTH)).join('');
  const cards = joined.slice(0, findEnd(joined) ?? joined.length);
  const used = Math.ceil(cards.trimEnd().length / CARD_LENGTH) * CARD_LENGTH;
  return new Header(parseCards(cards.slice(0, used)));
}

/** Offset of the END record in text of 80-character records. */
export function findEnd(text: string): number | undefined {
  for (let at = 0; at < text.length; at += CARD_LENGTH)
    if (text.startsWith('END', at) && text.slice(at + 3, at + CARD_LENGTH).trim() === '') return at;
  return undefined;
}

/** True for keywords that describe the layout of one HDU and so never pass to another. */
export function isStructural(keyword: string): boolean {
  return STRUCTURAL.test(keyword);
}

const STRUCTURAL =
  /^(?:SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|EXTEND|TFIELDS|THEAP|CHECKSUM|DATASUM|ZHECKSUM|ZDATASUM|BSCALE|BZERO|BLANK|INHERIT|EXTNAME|EXTVER|EXTLEVEL|END)$/;

function normalize(keyword: string): string {
  const upper = keyword.trim().toUpperCase();
  return upper.startsWith('HIERARCH ') ? upper.slice(9).trim() : upper;
}
