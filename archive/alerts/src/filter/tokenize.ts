import { FilterSyntaxError } from '../errors.ts';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'symbol' | 'end';
  /** Names in lower case; numbers, names and symbols as written in `raw`. */
  readonly value: string;
  readonly raw: string;
  readonly at: number;
}

/** Longest filter [character]. */
export const MAX_FILTER_LENGTH = 10_000;

const PATTERN =
  /\s+|--[^\n]*|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|'(?<text>(?:[^']|'')*)'|"(?<quoted>[^"]*)"|(?<name>[A-Za-z_]\w*)|(?<symbol><=|>=|<>|!=|[-+*/=<>(),.])/y;

/** Splits a filter into tokens. */
export function tokenize(text: string): readonly Token[] {
  if (text.length > MAX_FILTER_LENGTH)
    throw new FilterSyntaxError(`a filter may have ${MAX_FILTER_LENGTH} characters; found ${text.length}`, {
      details: { position: MAX_FILTER_LENGTH },
    });
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(text);
    if (!match)
      throw syntaxError(text, at, text[at] === "'" ? 'a text without its closing quote' : `"${text[at]}" does not belong into a filter`);
    const { number, text: literal, quoted, name, symbol } = match.groups as Record<string, string | undefined>;
    const raw = match[0];
    if (number !== undefined) tokens.push({ kind: 'number', value: number, raw, at });
    else if (literal !== undefined) tokens.push({ kind: 'text', value: literal.replaceAll("''", "'"), raw, at });
    else if (quoted !== undefined) tokens.push({ kind: 'name', value: '', raw: quoted, at });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name.toLowerCase(), raw, at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', value: symbol === '<>' ? '!=' : symbol, raw, at });
    at += raw.length;
  }
  tokens.push({ kind: 'end', value: '', raw: 'the end', at: text.length });
  return tokens;
}

/** A mistake, with the place shown. */
export function syntaxError(text: string, at: number, what: string): FilterSyntaxError {
  const before = text.slice(Math.max(0, at - 30), at);
  const after = text.slice(at, at + 30);
  return new FilterSyntaxError(`${what} (character ${at + 1}: ${JSON.stringify(`${before}<here>${after}`)})`, {
    details: { position: at },
  });
}
