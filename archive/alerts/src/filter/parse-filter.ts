import type { BinaryOperator, Expression, Filter } from './filter-tree.ts';
import { syntaxError, type Token, tokenize } from './tokenize.ts';

/** Functions over a list of records. */
export const AGGREGATES: ReadonlySet<string> = new Set(['count', 'min', 'max', 'mean', 'sum', 'stddev', 'first', 'last', 'any', 'all']);
const RESERVED = new Set(['select', 'where', 'and', 'or', 'not', 'in', 'is', 'null', 'between', 'as', 'true', 'false']);
/** Deepest nesting. */
const MAX_DEPTH = 50;

/**
 * Parses a filter: `[SELECT value [AS name], ...] [WHERE] condition`.
 *
 * @example
 * parseFilter("SELECT diaSource.psfFlux WHERE snr > 10 AND count(prvDiaSources WHERE band = 'r') >= 2");
 * @throws {FilterSyntaxError} at the first mistake.
 */
export function parseFilter(text: string): Filter {
  return new Parser(text).filter();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  filter(): Filter {
    const columns: { name: string; value: Expression }[] = [];
    const selecting = this.#takeWord('select');
    if (selecting) {
      do {
        const value = this.#expression();
        const name = this.#takeWord('as') ? this.#name() : value.kind === 'path' ? value.names.at(-1)! : `column${columns.length + 1}`;
        columns.push({ name, value });
      } while (this.#take(','));
    }
    const where: Expression =
      this.#takeWord('where') || !selecting ? this.#expression() : { kind: 'literal', value: true, at: this.#peek().at };
    if (this.#peek().kind !== 'end') throw this.#wrong('the filter should end here');
    return { columns, where };
  }

  #expression(): Expression {
    if ((this.#depth += 1) > MAX_DEPTH) throw this.#wrong(`expressions may be nested ${MAX_DEPTH} deep`);
    let left = this.#conjunction();
    for (let at = this.#peek().at; this.#takeWord('or'); at = this.#peek().at)
      left = { kind: 'binary', operator: 'or', left, right: this.#conjunction(), at };
    this.#depth -= 1;
    return left;
  }

  #conjunction(): Expression {
    let left = this.#negation();
    for (let at = this.#peek().at; this.#takeWord('and'); at = this.#peek().at)
      left = { kind: 'binary', operator: 'and', left, right: this.#negation(), at };
    return left;
  }

  #negation(): Expression {
    const { at } = this.#peek();
    let negations = 0;
    while (this.#takeWord('not')) negations += 1;
    const operand = this.#comparison();
    return negations % 2 === 1 ? { kind: 'unary', operator: 'not', operand, at } : operand;
  }

  #comparison(): Expression {
    const left = this.#sum();
    const { at, value, kind } = this.#peek();
    if (kind === 'symbol' && ['=', '!=', '<', '<=', '>', '>='].includes(value)) {
      this.#next += 1;
      return { kind: 'binary', operator: value as BinaryOperator, left, right: this.#sum(), at };
    }
    if (this.#takeWord('is')) {
      const negated = this.#takeWord('not');
      if (!this.#takeWord('null')) throw this.#wrong('NULL is expected after IS');
      return { kind: 'is-null', operand: left, negated, at };
    }
    const negated = this.#takeWord('not');
    if (this.#takeWord('between')) {
      const low = this.#sum();
      if (!this.#takeWord('and')) throw this.#wrong('AND is expected after BETWEEN');
      const between: Expression = {
        kind: 'binary',
        operator: 'and',
        left: { kind: 'binary', operator: '>=', left, right: low, at },
        right: { kind: 'binary', operator: '<=', left, right: this.#sum(), at },
        at,
      };
      return negated ? { kind: 'unary', operator: 'not', operand: between, at } : between;
    }
    if (this.#takeWord('in')) {
      this.#expect('(');
      const items = [this.#expression()];
      while (this.#take(',')) items.push(this.#expression());
      this.#expect(')');
      return { kind: 'in', operand: left, items, negated, at };
    }
    if (negated) throw this.#wrong('BETWEEN or IN is expected after NOT');
    return left;
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      const { at, value, kind } = this.#peek();
      if (kind !== 'symbol' || (value !== '+' && value !== '-')) return left;
      this.#next += 1;
      left = { kind: 'binary', operator: value, left, right: this.#product(), at };
    }
  }

  #product(): Expression {
    let left = this.#unary();
    for (;;) {
      const { at, value, kind } = this.#peek();
      if (kind !== 'symbol' || (value !== '*' && value !== '/')) return left;
      this.#next += 1;
      left = { kind: 'binary', operator: value, left, right: this.#unary(), at };
    }
  }

  #unary(): Expression {
    const { at } = this.#peek();
    let negative = false;
    for (;;) {
      if (this.#take('-')) negative = !negative;
      else if (!this.#take('+')) break;
    }
    const operand = this.#primary();
    return negative ? { kind: 'unary', operator: '-', operand, at } : operand;
  }

  #primary(): Expression {
    const token = this.#peek();
    const { at } = token;
    if (this.#take('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (token.kind === 'number' || token.kind === 'text') {
      this.#next += 1;
      return { kind: 'literal', value: token.kind === 'text' ? token.value : numberOf(token.value), at };
    }
    if (token.kind !== 'name') throw this.#wrong('a value is expected');
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.#takeWord(word)) return { kind: 'literal', value, at };
    if (RESERVED.has(token.value)) throw this.#wrong('a value is expected');
    const names = [this.#name()];
    if (this.#take('(')) return this.#call(token.value, at);
    while (this.#take('.')) names.push(this.#name());
    return { kind: 'path', names, at };
  }

  #call(name: string, at: number): Expression {
    if (AGGREGATES.has(name)) {
      const path = [this.#name()];
      while (this.#take('.')) path.push(this.#name());
      const where = this.#takeWord('where') ? this.#expression() : undefined;
      this.#expect(')');
      return { kind: 'aggregate', name, path, where, at };
    }
    const args: Expression[] = [];
    if (!this.#take(')')) {
      do args.push(this.#expression());
      while (this.#take(','));
      this.#expect(')');
    }
    return { kind: 'call', name, args, at };
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(symbol: string): boolean {
    const { kind, value } = this.#peek();
    if (kind !== 'symbol' || value !== symbol) return false;
    this.#next += 1;
    return true;
  }

  #takeWord(word: string): boolean {
    const { kind, value } = this.#peek();
    if (kind !== 'name' || value !== word) return false;
    this.#next += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#wrong(`"${symbol}" is expected`);
  }

  #name(): string {
    const { kind, raw, value } = this.#peek();
    if (kind !== 'name' || RESERVED.has(value)) throw this.#wrong('a name is expected');
    this.#next += 1;
    return raw;
  }

  #wrong(what: string): Error {
    const { at, raw } = this.#peek();
    return syntaxError(this.#text, at, `${what}; found ${raw.slice(0, 40)}`);
  }
}

/** Whole numbers beyond 2^53 stay exact, because ids are compared. */
function numberOf(text: string): number | bigint {
  return /^\d{16,}$/.test(text) ? BigInt(text) : Number(text);
}
