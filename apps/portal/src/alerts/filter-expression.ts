/** A filter over the plain fields of alerts: `snr > 10 AND (band = 'r' OR reliability >= 0.5)`. */
export type AlertTest = (fields: Readonly<Record<string, unknown>>) => boolean;

export interface FilterProblem {
  readonly message: string;
  /** Offset in the text. */
  readonly at: number;
}

type Token = { readonly kind: 'number' | 'text' | 'name' | 'mark' | 'end'; readonly text: string; readonly at: number };
type Value = (fields: Readonly<Record<string, unknown>>) => number | string | null;

const TOKENS = /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|'((?:[^']|'')*)'|([A-Za-z_][\w.]*)|(<=|>=|<>|!=|[-+*/()<>=]))/y;
const MOST_NESTED = 100;

/**
 * Parses a filter; an empty one lets everything pass.
 *
 * Comparisons with a field that is missing or null are false, whichever way round, as in SQL.
 */
export function parseFilter(text: string, names: ReadonlySet<string>): { readonly test: AlertTest } | { readonly problem: FilterProblem } {
  if (text.trim() === '') return { test: () => true };
  try {
    const reader = new Reader(tokensOf(text), names);
    const test = reader.either();
    reader.expectEnd();
    return { test };
  } catch (error) {
    if (error instanceof FilterFault) return { problem: { message: error.message, at: error.at } };
    throw error;
  }
}

class FilterFault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < text.trimEnd().length) {
    const start = TOKENS.lastIndex;
    const match = TOKENS.exec(text);
    if (!match) throw new FilterFault(`“${text.slice(start).trim().slice(0, 12)}” cannot stand here`, start);
    const [whole, number, quoted, name, mark] = match;
    const at = start + whole.length - whole.trimStart().length;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.replaceAll("''", "'"), at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else tokens.push({ kind: 'mark', text: mark ?? '', at });
  }
  return [...tokens, { kind: 'end', text: 'the end', at: text.length }];
}

class Reader {
  readonly #tokens: readonly Token[];
  readonly #names: ReadonlySet<string>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], names: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#names = names;
  }

  either(): AlertTest {
    let test = this.#both();
    while (this.#takeWord('OR')) {
      const [left, right] = [test, this.#both()];
      test = (fields) => left(fields) || right(fields);
    }
    return test;
  }

  expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== 'end') throw new FilterFault(`expected AND, OR or the end; found “${token.text}”`, token.at);
  }

  #both(): AlertTest {
    let test = this.#condition();
    while (this.#takeWord('AND')) {
      const [left, right] = [test, this.#condition()];
      test = (fields) => left(fields) && right(fields);
    }
    return test;
  }

  #condition(): AlertTest {
    if (++this.#depth > MOST_NESTED) throw new FilterFault('nested too deeply', this.#peek().at);
    try {
      if (this.#takeWord('NOT')) {
        const test = this.#condition();
        return (fields) => !test(fields);
      }
      const start = this.#at;
      if (this.#takeMark('(')) {
        // A parenthesis may hold a condition or a part of a sum; the first is tried first.
        try {
          const test = this.either();
          if (this.#takeMark(')')) return test;
        } catch (error) {
          if (!(error instanceof FilterFault)) throw error;
        }
        this.#at = start;
      }
      return this.#comparison();
    } finally {
      this.#depth--;
    }
  }

  #comparison(): AlertTest {
    const left = this.#sum();
    if (this.#takeWord('IS')) {
      const isNegated = this.#takeWord('NOT');
      if (!this.#takeWord('NULL')) throw new FilterFault('expected NULL', this.#peek().at);
      return (fields) => (left(fields) === null) !== isNegated;
    }
    if (this.#takeWord('BETWEEN')) {
      const low = this.#sum();
      if (!this.#takeWord('AND')) throw new FilterFault('expected AND', this.#peek().at);
      const high = this.#sum();
      return (fields) => compare(left(fields), low(fields), (a, b) => a >= b) && compare(left(fields), high(fields), (a, b) => a <= b);
    }
    const operator = this.#peek();
    const test = COMPARISONS[operator.text];
    if (operator.kind !== 'mark' || !test) throw new FilterFault(`expected a comparison; found “${operator.text}”`, operator.at);
    this.#at++;
    const right = this.#sum();
    return (fields) => compare(left(fields), right(fields), test);
  }

  #sum(): Value {
    let value = this.#product();
    for (;;) {
      const sign = this.#takeMark('+') ? 1 : this.#takeMark('-') ? -1 : 0;
      if (sign === 0) return value;
      const [left, right] = [value, this.#product()];
      value = (fields) => arithmetic(left(fields), right(fields), (a, b) => a + sign * b);
    }
  }

  #product(): Value {
    let value = this.#factor();
    for (;;) {
      const isTimes = this.#takeMark('*');
      if (!isTimes && !this.#takeMark('/')) return value;
      const [left, right] = [value, this.#factor()];
      value = (fields) => arithmetic(left(fields), right(fields), (a, b) => (isTimes ? a * b : a / b));
    }
  }

  #factor(): Value {
    if (++this.#depth > MOST_NESTED) throw new FilterFault('nested too deeply', this.#peek().at);
    try {
      return this.#atom();
    } finally {
      this.#depth--;
    }
  }

  #atom(): Value {
    if (this.#takeMark('-')) {
      const value = this.#factor();
      return (fields) => arithmetic(0, value(fields), (a, b) => a - b);
    }
    if (this.#takeMark('(')) {
      const value = this.#sum();
      if (!this.#takeMark(')')) throw new FilterFault('expected “)”', this.#peek().at);
      return value;
    }
    const token = this.#peek();
    this.#at++;
    if (token.kind === 'number') return () => Number(token.text);
    if (token.kind === 'text') return () => token.text;
    if (token.kind !== 'name') throw new FilterFault(`expected a field or a value; found “${token.text}”`, token.at);
    if (!this.#names.has(token.text))
      throw new FilterFault(`there is no field ${token.text}; there are ${[...this.#names].join(', ')}`, token.at);
    return (fields) => {
      const value = fields[token.text];
      return typeof value === 'number' || typeof value === 'string' ? value : null;
    };
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'the end', at: 0 };
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    const isIt = token.kind === 'name' && token.text.toUpperCase() === word;
    if (isIt) this.#at++;
    return isIt;
  }

  #takeMark(mark: string): boolean {
    const token = this.#peek();
    const isIt = token.kind === 'mark' && token.text === mark;
    if (isIt) this.#at++;
    return isIt;
  }
}

type Comparison = (a: number | string, b: number | string) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '!=': (a, b) => a !== b,
};

function compare(a: number | string | null, b: number | string | null, test: Comparison): boolean {
  return a !== null && b !== null && typeof a === typeof b && test(a, b);
}

function arithmetic(a: number | string | null, b: number | string | null, compute: (a: number, b: number) => number): number | null {
  return typeof a === 'number' && typeof b === 'number' ? compute(a, b) : null;
}
