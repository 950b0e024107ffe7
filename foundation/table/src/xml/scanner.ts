import { TableFormatError, TableLimitError } from '../errors.ts';

/** One piece of an XML document. Names are local: a namespace prefix is dropped. */
export type XmlToken =
  | { readonly kind: 'start'; readonly name: string; readonly attributes: Readonly<Record<string, string>>; readonly selfClosing: boolean }
  | { readonly kind: 'end'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'more' }
  | { readonly kind: 'eof' };

/** Longest tag, comment or run of metadata text [byte]. */
const MAX_TOKEN_BYTES = 16 * 1024 * 1024;
const MAX_ATTRIBUTES = 1000;
const MORE: XmlToken = { kind: 'more' };
const LT = 60;
const GT = 62;

/**
 * A pull scanner over UTF-8 bytes that arrive in pieces.
 *
 * Reads the XML that tables are written in: elements, attributes, text, CDATA, comments, processing instructions and the five
 * predefined entities with character references. Declared entities are refused, so that no document can expand or fetch anything.
 * The bytes are public, so that a reader of bulk data can take over between two tokens.
 */
export class XmlScanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** Next byte to read. */
  at = 0;
  /** True after the last piece. */
  ended = false;
  #lineBase = 1;
  #wanted = 0;
  readonly #decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

  /** Appends bytes (adopted when nothing is left over). */
  feed(piece: Uint8Array): void {
    if (this.at >= this.bytes.length) {
      this.#countLines(this.bytes.length);
      this.bytes = piece;
      this.at = 0;
      return;
    }
    this.#countLines(this.at);
    const rest = this.bytes.length - this.at;
    const joined = new Uint8Array(rest + piece.length);
    joined.set(this.bytes.subarray(this.at));
    joined.set(piece, rest);
    this.bytes = joined;
    this.at = 0;
  }

  /** Bytes that are not yet read. */
  get pending(): number {
    return this.bytes.length - this.at;
  }

  /** Bytes below which another look at the same token is useless; doubled at each miss, so that rescanning stays linear. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Says that what begins at `at` is not complete. */
  waitForMore(): XmlToken {
    if (this.pending > MAX_TOKEN_BYTES)
      throw new TableLimitError(`one XML tag or text must have at most ${MAX_TOKEN_BYTES} bytes; found more (line ${this.line()})`, {
        details: { limit: 'tokenBytes', value: this.pending, maximum: MAX_TOKEN_BYTES },
      });
    this.#wanted = this.pending * 2;
    return MORE;
  }

  /** Current line, from 1. */
  line(): number {
    let count = this.#lineBase;
    for (let i = 0; i < Math.min(this.at, this.bytes.length); i++) if (this.bytes[i] === 10) count++;
    return count;
  }

  fail(message: string, details: { column?: string; row?: number } = {}): never {
    const line = this.line();
    throw new TableFormatError(`${message} (line ${line})`, { details: { format: 'votable', line, ...details } });
  }

  /** The next token, or `more` where the bytes so far do not hold a whole one. */
  next(): XmlToken {
    for (;;) {
      const { bytes, at } = this;
      if (at >= bytes.length) return this.ended ? { kind: 'eof' } : MORE;
      if (bytes[at] !== LT) return this.#text();
      const second = bytes[at + 1];
      if (second === undefined || (second === 33 && bytes.length - at < 9)) {
        if (this.ended) this.fail('the document ends inside a tag');
        return this.waitForMore();
      }
      if (second === 33) {
        const token = this.#declaration();
        if (token) return token;
      } else if (second === 63) {
        const end = indexOf2(bytes, 63, GT, at + 2);
        if (end < 0) return this.#incomplete('processing instruction');
        this.at = end + 2;
      } else return this.#tag();
    }
  }

  #text(): XmlToken {
    const end = this.bytes.indexOf(LT, this.at);
    if (end < 0 && !this.ended) return this.waitForMore();
    const stop = end < 0 ? this.bytes.length : end;
    const text = this.#decode(this.at, stop);
    const decoded = text.includes('&') ? this.decodeEntities(text) : text;
    this.at = stop;
    return { kind: 'text', text: decoded };
  }

  #declaration(): XmlToken | undefined {
    const { bytes, at } = this;
    if (bytes[at + 2] === 45 && bytes[at + 3] === 45) {
      const end = indexOf2(bytes, 45, 45, at + 4);
      if (end < 0 || bytes[end + 2] === undefined) return this.#incomplete('comment');
      if (bytes[end + 2] !== GT) this.fail('"--" must not occur inside a comment');
      this.at = end + 3;
      return undefined;
    }
    if (startsWith(bytes, at, '<![CDATA[')) {
      let end = indexOf2(bytes, 93, 93, at + 9);
      while (end >= 0 && bytes[end + 2] !== GT) end = bytes[end + 2] === undefined ? -1 : indexOf2(bytes, 93, 93, end + 1);
      if (end < 0) return this.#incomplete('CDATA section');
      const text = this.#decode(at + 9, end);
      this.at = end + 3;
      return { kind: 'text', text };
    }
    if (startsWith(bytes, at, '<!DOCTYPE')) {
      const end = bytes.indexOf(GT, at);
      const subset = bytes.indexOf(91, at);
      if (subset >= 0 && (end < 0 || subset < end))
        this.fail('a document type with declarations of its own is not read; remove the part in brackets');
      if (end < 0) return this.#incomplete('document type');
      this.at = end + 1;
      return undefined;
    }
    return this.fail('expected a comment, CDATA section or document type after "<!"');
  }

  #tag(): XmlToken {
    const { bytes, at } = this;
    let quote = 0;
    let end = at + 1;
    for (; end < bytes.length; end++) {
      const c = bytes[end];
      if (quote !== 0) {
        if (c === quote) quote = 0;
      } else if (c === 34 || c === 39) quote = c;
      else if (c === GT) break;
      else if (c === LT) this.fail('"<" must not occur inside a tag');
    }
    if (end >= bytes.length) return this.#incomplete('tag');
    if (end - at > MAX_TOKEN_BYTES) this.waitForMore();
    const text = this.#decode(at + 1, end);
    const token = this.#parseTag(text);
    this.at = end + 1;
    return token;
  }

  #parseTag(text: string): XmlToken {
    if (text.startsWith('/')) {
      const name = text.slice(1).trimEnd();
      if (!NAME.test(name)) this.fail(`expected a tag name; found "</${text.slice(1, 40)}>"`);
      return { kind: 'end', name: localName(name) };
    }
    const selfClosing = text.endsWith('/');
    const body = selfClosing ? text.slice(0, -1) : text;
    const name = /^[^\s]+/.exec(body)?.[0] ?? '';
    if (!NAME.test(name)) this.fail(`expected a tag name; found "<${text.slice(0, 40)}>"`);
    const attributes: Record<string, string> = {};
    if (body.length > name.length) this.#parseAttributes(body, name.length, attributes);
    return { kind: 'start', name: localName(name), attributes, selfClosing };
  }

  #parseAttributes(body: string, start: number, into: Record<string, string>): void {
    const pattern = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;
    pattern.lastIndex = start;
    let count = 0;
    let stop = start;
    for (let match = pattern.exec(body); match; match = pattern.exec(body)) {
      stop = pattern.lastIndex;
      const key = match[1];
      if (!NAME.test(key)) this.fail(`expected an attribute name; found "${key.slice(0, 40)}"`);
      if (++count > MAX_ATTRIBUTES)
        throw new TableLimitError(`a tag must have at most ${MAX_ATTRIBUTES} attributes (line ${this.line()})`, {
          details: { limit: 'attributes', value: count, maximum: MAX_ATTRIBUTES },
        });
      if (Object.hasOwn(into, key)) this.fail(`attribute "${key}" occurs twice in one tag`);
      const raw = match[2] ?? match[3] ?? '';
      const value = raw.includes('&') ? this.decodeEntities(raw) : raw;
      Object.defineProperty(into, key, { value: value.replace(/[\t\r\n]/g, ' '), enumerable: true, configurable: true, writable: true });
    }
    if (body.slice(stop).trim() !== '') this.fail(`expected attributes as name="value"; found "${body.slice(stop, stop + 40).trim()}"`);
  }

  /** Text with the predefined entities and character references replaced; others are refused. */
  decodeEntities(text: string): string {
    return text.replace(/&([^;&\s]{0,12});?/g, (whole, body: string) => {
      const known = whole.endsWith(';') ? ENTITIES[body] : undefined;
      if (known !== undefined) return known;
      const code = whole.endsWith(';') && body.startsWith('#') ? characterCode(body.slice(1)) : -1;
      if (code < 0) this.fail(`expected one of &lt; &gt; &amp; &quot; &apos; or a character reference; found "${whole.slice(0, 20)}"`);
      return String.fromCodePoint(code);
    });
  }

  #decode(start: number, end: number): string {
    return this.#decoder.decode(this.bytes.subarray(start, end));
  }

  #incomplete(what: string): XmlToken {
    if (this.ended) this.fail(`the document ends inside a ${what}`);
    return this.waitForMore();
  }

  #countLines(upTo: number): void {
    for (let i = this.bytes.indexOf(10); i >= 0 && i < upTo; i = this.bytes.indexOf(10, i + 1)) this.#lineBase++;
  }
}

const NAME = /^[A-Za-z_:\u0080-\uffff][\w:.\-\u0080-\uffff]*$/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function characterCode(digits: string): number {
  const code = /^x[0-9a-fA-F]{1,8}$/.test(digits) ? Number.parseInt(digits.slice(1), 16) : /^\d{1,9}$/.test(digits) ? Number(digits) : -1;
  const legal = code === 9 || code === 10 || code === 13 || (code >= 32 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0x10ffff);
  return legal ? code : -1;
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

function indexOf2(bytes: Uint8Array, first: number, second: number, from: number): number {
  let at = bytes.indexOf(first, from);
  while (at >= 0 && bytes[at + 1] !== second) at = at + 1 >= bytes.length ? -1 : bytes.indexOf(first, at + 1);
  return at;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
