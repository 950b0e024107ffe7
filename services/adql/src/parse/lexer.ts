import { AdqlSyntaxError, positionOf } from '../errors.ts';
import { RESERVED_WORDS } from '../reserved-words.ts';

export type TokenKind = 'keyword' | 'identifier' | 'delimited' | 'integer' | 'number' | 'hexadecimal' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Keywords in upper case, strings and delimited identifiers without their quotes, everything else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PATTERNS: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /(?:\s+|--[^\n]*)+/y],
  ['hexadecimal', /0[xX][0-9a-fA-F]+/y],
  ['number', /(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+/y],
  ['integer', /\d+/y],
  ['identifier', /[A-Za-z][A-Za-z0-9_]*/y],
  ['delimited', /"(?:[^"]|"")*"/y],
  ['string', /'(?:[^']|'')*'/y],
  ['symbol', /<>|!=|<=|>=|\|\||[-+*/=<>(),.;]/y],
];

/**
 * Splits a query into tokens; the last one is of kind `end`.
 *
 * @throws {AdqlSyntaxError} at a character that begins no token, a quote that is not closed, or a number that runs into a word.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = matchAt(text, at);
    at = token.end;
    if (token.kind === 'space') continue;
    tokens.push(refine({ ...token, kind: token.kind }));
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return joinStrings(tokens);
}

function matchAt(text: string, start: number): { kind: TokenKind | 'space'; text: string; start: number; end: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const match = pattern.exec(text)?.[0];
    if (match === undefined) continue;
    const end = start + match.length;
    const isNumber = kind === 'integer' || kind === 'number' || kind === 'hexadecimal';
    if (isNumber && /[A-Za-z_]/.test(text[end] ?? ''))
      fail(text, start, end + 1, `expected a space between the number ${match} and the word after it`);
    return { kind, text: match, start, end };
  }
  const char = text[start] ?? '';
  if (char === '"' || char === "'") fail(text, start, text.length, `expected a closing ${char}; found the end of the query`);
  if (char === '_')
    fail(text, start, start + 1, 'expected a name that begins with a letter; put a name that begins with _ in double quotes');
  fail(text, start, start + 1, `expected a word, number, quoted text or operator; found ${JSON.stringify(char)}`);
}

function refine(token: Token): Token {
  if (token.kind === 'identifier') {
    const upper = token.text.toUpperCase();
    return RESERVED_WORDS.has(upper) ? { ...token, kind: 'keyword', text: upper } : token;
  }
  if (token.kind === 'string') return { ...token, text: token.text.slice(1, -1).replaceAll("''", "'") };
  if (token.kind === 'delimited') return { ...token, text: token.text.slice(1, -1).replaceAll('""', '"') };
  return token;
}

/** SQL-92 joins literals that only white space separates. */
function joinStrings(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (const token of tokens) {
    const last = out.at(-1);
    if (token.kind === 'string' && last?.kind === 'string') out[out.length - 1] = { ...last, text: last.text + token.text, end: token.end };
    else out.push(token);
  }
  return out;
}

function fail(text: string, start: number, end: number, problem: string): never {
  const position = positionOf(text, { start, end });
  throw new AdqlSyntaxError(`${problem} (line ${position.line}, column ${position.column})`, {
    details: { position, found: text.slice(start, Math.min(end, start + 20)) },
  });
}
