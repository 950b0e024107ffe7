import { ExpressionSyntaxError } from '../errors.ts';
import { readTimeLiteral } from './time-literal.ts';
import { type BinaryOperator, type Expression, FUNCTIONS } from './where-tree.ts';

interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'time' | 'range' | 'bind' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

/** Longest expression [character] and deepest nesting that are read. */
const MAX_LENGTH = 1_000_000;
const MAX_DEPTH = 500;

const PATTERNS: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['time', /[tT]'[^'\n]*'/y],
  ['string', /'[^'\n]*'/y],
  ['range', /[+-]?\d+\s*\.\.\s*[+-]?\d+(\s*:\s*[1-9]\d*)?/y],
  ['number', /(\d+(\.(?!\.)\d*)?|\.\d+)([eE][+-]?\d+)?/y],
  ['bind', /:[A-Za-z_][A-Za-z0-9_]*/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*/y],
  ['symbol', /<=|>=|!=|[=<>()+\-*/%,]/y],
];

const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'IN', 'OVERLAPS', 'NULL']);

/**
 * Parses the `where` language of data queries.
 * An empty text gives undefined: no restriction.
 *
 * @throws {ExpressionSyntaxError} with the offset of the first character that does not fit.
 */
export function parseWhere(text: string): Expression | undefined {
  if (text.length > MAX_LENGTH)
    throw new ExpressionSyntaxError(`the expression has ${text.length} characters, more than ${MAX_LENGTH}`, {
      details: { expression: text.slice(0, 100), position: MAX_LENGTH },
    });
  const parser = new Parser(text, tokenize(text));
  return parser.parse();
}

function fail(expression: string, position: number, problem: string): never {
  const from = Math.max(0, position - 40);
  const line = expression.slice(from, position + 40).replaceAll(/\s/g, ' ');
  throw new ExpressionSyntaxError(`${problem} at character ${position + 1}\n  ${line}\n  ${' '.repeat(position - from)}^`, {
    details: { expression, position },
  });
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  scan: while (at < text.length) {
    for (const [kind, pattern] of PATTERNS) {
      // A range starts with a sign only where a value may start: `a -1..5` is no subtraction of a range.
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match) continue;
      if (kind !== 'space') tokens.push({ kind, text: match[0], at });
      at += match[0].length;
      continue scan;
    }
    fail(text, at, text[at] === "'" ? 'the text is not closed' : `unexpected character ${JSON.stringify(text[at])}`);
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  parse(): Expression | undefined {
    if (this.#peek().kind === 'end') return undefined;
    const expression = this.#or();
    if (this.#peek().kind !== 'end') this.#unexpected('AND, OR or the end');
    return expression;
  }

  #or(): Expression {
    return this.#leftAssociative(
      () => this.#and(),
      (token) => (isWord(token, 'OR') ? 'OR' : undefined),
    );
  }

  #and(): Expression {
    return this.#leftAssociative(
      () => this.#not(),
      (token) => (isWord(token, 'AND') ? 'AND' : undefined),
    );
  }

  #not(): Expression {
    const token = this.#peek();
    if (!isWord(token, 'NOT')) return this.#comparison();
    this.#take();
    return this.#nested(() => ({ kind: 'unary', operator: 'NOT', operand: this.#not(), at: token.at }));
  }

  #comparison(): Expression {
    let left = this.#sum();
    for (;;) {
      const token = this.#peek();
      const operator = isWord(token, 'OVERLAPS')
        ? 'OVERLAPS'
        : token.kind === 'symbol' && ['=', '!=', '<', '<=', '>', '>='].includes(token.text)
          ? token.text
          : undefined;
      if (operator !== undefined) {
        this.#take();
        left = { kind: 'binary', operator: operator as BinaryOperator, left, right: this.#sum(), at: left.at };
      } else if (isWord(token, 'IN')) left = this.#in(left, false);
      else if (isWord(token, 'NOT') && isWord(this.#tokens[this.#next + 1], 'IN')) {
        this.#take();
        left = this.#in(left, true);
      } else return left;
    }
  }

  #in(operand: Expression, negated: boolean): Expression {
    this.#take();
    this.#expect('(');
    const items = [this.#item()];
    while (this.#peek().text === ',') {
      this.#take();
      items.push(this.#item());
    }
    this.#expect(')');
    return { kind: 'in', negated, operand, items, at: operand.at };
  }

  /** Members of IN are literals, names and binds, not computations. */
  #item(): Expression {
    const token = this.#peek();
    if (token.kind === 'range') return this.#range();
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
      this.#take();
      const number = this.#peek();
      if (number.kind !== 'number') this.#unexpected('a number');
      this.#take();
      return { kind: 'number', text: (token.text === '-' ? '-' : '') + number.text, at: token.at };
    }
    if (token.kind === 'symbol') this.#unexpected('a value');
    return this.#primary();
  }

  #range(): Expression {
    const token = this.#take();
    const [, start = '', stop = '', step] = /^(.*?)\s*\.\.\s*([+-]?\d+)(?:\s*:\s*(\d+))?$/.exec(token.text) ?? [];
    const range = { start: Number(start), stop: Number(stop), step: Number(step ?? 1) };
    if (range.stop < range.start) fail(this.#text, token.at, `the range ${token.text} ends before it begins`);
    if (!Number.isSafeInteger(range.start) || !Number.isSafeInteger(range.stop))
      fail(this.#text, token.at, `the range ${token.text} passes 2^53`);
    return { kind: 'range', ...range, at: token.at };
  }

  #sum(): Expression {
    return this.#leftAssociative(
      () => this.#product(),
      (token) => (token.kind === 'symbol' && (token.text === '+' || token.text === '-') ? token.text : undefined),
    );
  }

  #product(): Expression {
    return this.#leftAssociative(
      () => this.#signed(),
      (token) => (token.kind === 'symbol' && (token.text === '*' || token.text === '/' || token.text === '%') ? token.text : undefined),
    );
  }

  #signed(): Expression {
    const token = this.#peek();
    if (token.kind !== 'symbol' || (token.text !== '-' && token.text !== '+')) return this.#primary();
    this.#take();
    const operator = token.text;
    return this.#nested(() => ({ kind: 'unary', operator, operand: this.#signed(), at: token.at }));
  }

  #primary(): Expression {
    const token = this.#peek();
    switch (token.kind) {
      case 'number':
        this.#take();
        return { kind: 'number', text: token.text, at: token.at };
      case 'string':
        this.#take();
        return { kind: 'string', value: token.text.slice(1, -1), at: token.at };
      case 'bind':
        this.#take();
        return { kind: 'bind', name: token.text.slice(1), at: token.at };
      case 'time':
        return this.#time();
      case 'word':
        return this.#word();
      case 'symbol':
        if (token.text === '(') return this.#nested(() => this.#parenthesized());
        break;
      case 'range':
        fail(this.#text, token.at, `a range such as ${token.text} belongs inside IN (...)`);
        break;
      default:
        break;
    }
    return this.#unexpected('a value');
  }

  #time(): Expression {
    const token = this.#take();
    const text = token.text.slice(2, -1);
    const time = readTimeLiteral(text);
    if (!time)
      fail(
        this.#text,
        token.at,
        `${JSON.stringify(text)} is no time; write it as T'2020-01-31 12:00:00', T'mjd/58879.5/tai' or with another format and scale`,
      );
    return { kind: 'time', taiNs: time.taiNs, text: time.text, at: token.at };
  }

  #word(): Expression {
    const token = this.#peek();
    const upper = token.text.toUpperCase();
    if (upper === 'NULL') {
      this.#take();
      return { kind: 'null', at: token.at };
    }
    if (KEYWORDS.has(upper)) return this.#unexpected('a value');
    this.#take();
    if (this.#peek().text !== '(' || this.#peek().kind !== 'symbol') return { kind: 'identifier', name: token.text, at: token.at };
    return this.#nested(() => this.#call(token));
  }

  #call(token: Token): Expression {
    this.#expect('(');
    const given: Expression[] = [];
    if (this.#peek().text !== ')') given.push(this.#or());
    while (this.#peek().text === ',') {
      this.#take();
      given.push(this.#or());
    }
    this.#expect(')');
    const upper = token.text.toUpperCase();
    const known = FUNCTIONS[upper];
    if (!known) return { kind: 'call', name: token.text, arguments: given, at: token.at };
    if (given.length < known.least || given.length > known.most || (known.even && given.length % 2 === 1)) {
      const wanted = known.even ? `an even number of at least ${known.least}` : `${known.least}`;
      fail(this.#text, token.at, `${upper} takes ${wanted} arguments; found ${given.length}`);
    }
    return { kind: 'call', name: upper, arguments: given, at: token.at };
  }

  #parenthesized(): Expression {
    const open = this.#take();
    const first = this.#or();
    if (this.#peek().text === ',' && this.#peek().kind === 'symbol') {
      this.#take();
      const second = this.#or();
      this.#expect(')');
      return { kind: 'tuple', items: [first, second], at: open.at };
    }
    this.#expect(')');
    return { kind: 'parens', inner: first, at: open.at };
  }

  #leftAssociative(operand: () => Expression, operatorOf: (token: Token) => BinaryOperator | undefined): Expression {
    let left = operand();
    for (let operator = operatorOf(this.#peek()); operator !== undefined; operator = operatorOf(this.#peek())) {
      this.#take();
      left = { kind: 'binary', operator, left, right: operand(), at: left.at };
    }
    return left;
  }

  #nested(parse: () => Expression): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) fail(this.#text, this.#peek().at, `the expression nests deeper than ${MAX_DEPTH}`);
    const expression = parse();
    this.#depth -= 1;
    return expression;
  }

  #expect(symbol: string): void {
    if (this.#peek().kind !== 'symbol' || this.#peek().text !== symbol) this.#unexpected(symbol);
    this.#take();
  }

  #unexpected(wanted: string): never {
    const token = this.#peek();
    return fail(this.#text, token.at, `expected ${wanted}, found ${token.kind === 'end' ? 'the end' : token.text}`);
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#tokens[this.#next]!;
    this.#next += 1;
    return token;
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
