import { AdqlSyntaxError, positionOf } from '../errors.ts';
import type { Name } from '../tree.ts';
import type { Token } from './lexer.ts';

/** A cursor over the tokens of one query. */
export interface TokenStream {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** For each opening parenthesis, the index of its closing one; -1 when there is none. */
  readonly closing: Int32Array;
  index: number;
  depth: number;
}

/** Deeper nesting is refused, so that no query can exhaust the stack. */
const MAX_DEPTH = 200;

export function createTokenStream(text: string, tokens: readonly Token[]): TokenStream {
  const closing = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'symbol') continue;
    if (token.text === '(') open.push(i);
    const start = token.text === ')' ? open.pop() : undefined;
    if (start !== undefined) closing[start] = i;
  }
  return { text, tokens, closing, index: 0, depth: 0 };
}

export function peek(stream: TokenStream, ahead = 0): Token {
  return stream.tokens[Math.min(stream.index + ahead, stream.tokens.length - 1)] as Token;
}

export function next(stream: TokenStream): Token {
  const token = peek(stream);
  if (token.kind !== 'end') stream.index++;
  return token;
}

/** Whether the token at hand is this keyword (upper case) or symbol. */
export function at(stream: TokenStream, ...texts: readonly string[]): boolean {
  const token = peek(stream);
  return (token.kind === 'keyword' || token.kind === 'symbol') && texts.includes(token.text);
}

/** Takes the keyword or symbol if it is next. */
export function take(stream: TokenStream, text: string): Token | undefined {
  return at(stream, text) ? next(stream) : undefined;
}

export function expect(stream: TokenStream, text: string): Token {
  return take(stream, text) ?? failAt(stream, [text]);
}

export function lastEnd(stream: TokenStream): number {
  return stream.tokens[stream.index - 1]?.end ?? 0;
}

export function atName(stream: TokenStream): boolean {
  const { kind } = peek(stream);
  return kind === 'identifier' || kind === 'delimited';
}

export function parseName(stream: TokenStream, what: string): Name {
  if (!atName(stream)) failAt(stream, [what]);
  const token = next(stream);
  if (token.text === '') failAt(stream, [what], 'a name in double quotes cannot be empty');
  return { text: token.text, delimited: token.kind === 'delimited', start: token.start, end: token.end };
}

/** Counts one level of nesting while `parse` runs. */
export function nested<T>(stream: TokenStream, parse: () => T): T {
  if (++stream.depth > MAX_DEPTH) failAt(stream, [`at most ${MAX_DEPTH} levels of nesting`]);
  const result = parse();
  stream.depth--;
  return result;
}

/** Refuses the token at hand (or the span given), saying what could have stood there. */
export function failAt(stream: TokenStream, expected: readonly string[], hint?: string, span?: { start: number; end: number }): never {
  const token = peek(stream);
  const where = span ?? token;
  const found = span
    ? stream.text.slice(span.start, Math.min(span.end, span.start + 40))
    : token.kind === 'end'
      ? 'the end of the query'
      : stream.text.slice(token.start, token.end);
  const position = positionOf(stream.text, where);
  const advice = hint ?? keywordHint(token, expected);
  const message = `expected ${listOf(expected)}; found ${token.kind === 'end' && !span ? found : JSON.stringify(found)} (line ${position.line}, column ${position.column})`;
  throw new AdqlSyntaxError(advice === undefined ? message : `${message}. ${advice}`, {
    details: { position, expected, found, ...(advice === undefined ? {} : { hint: advice }) },
  });
}

function listOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function keywordHint(token: Token, expected: readonly string[]): string | undefined {
  if (token.kind === 'keyword' && expected.some((word) => word.endsWith('name') || word === 'a value'))
    return `${token.text} is a reserved word: write "${token.text.toLowerCase()}" in double quotes if you mean a name`;
  if (token.kind !== 'identifier') return undefined;
  const near = expected.find((word) => /^[A-Z_ ]+$/.test(word) && isNear(token.text.toUpperCase(), word));
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** One insertion, deletion, replacement or swap apart. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const [x, y] = [a.slice(i), b.slice(i)];
  return x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1) || (x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2));
}
