import { ExpressionSyntaxError } from '../errors.ts';

/** A parsed expression: plain immutable data. */
export type Expression =
  | { readonly node: 'literal'; readonly value: string | number | boolean | null }
  | { readonly node: 'keyword'; readonly keyword: string }
  | { readonly node: 'name'; readonly name: string }
  | { readonly node: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly node: 'index'; readonly of: Expression; readonly at: Expression }
  | { readonly node: 'list'; readonly items: readonly Expression[] }
  | { readonly node: 'unary'; readonly op: '-' | '!'; readonly of: Expression }
  | { readonly node: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
  | { readonly node: 'choose'; readonly test: Expression; readonly yes: Expression; readonly no: Expression };

interface Token {
  readonly kind: 'number' | 'string' | 'keyword' | 'name' | 'op' | 'end';
  readonly text: string;
  readonly at: number;
}

/** `$OBS-LONG` is one keyword: a minus sign inside it belongs to it, so a subtraction needs spaces around its sign. `$"TIME RECORDED"` quotes others. */
const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)|(?<string>'[^']*'|"[^"]*")|\$(?<keyword>[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)|\$"(?<quoted>[^"]+)"|(?<name>[A-Za-z_]\w*)|(?<op>\?\?|\|\||&&|[=!<>]=|[-+*/%<>!?:()[\],]))/y;

/** Binary operators, loosest first. */
const LEVELS: readonly (readonly string[])[] = [['??'], ['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

/**
 * Parses one expression of a camera file.
 *
 * Grammar: literals, `$KEYWORD`, names of properties, calls, `list[index]`, `[a, b]`, unary `-` and `!`,
 * `* / %`, `+ -`, comparisons, `&&`, `||`, `??`, and `test ? a : b`.
 *
 * @throws {ExpressionSyntaxError} with the position.
 */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokenize(source), source);
  return parser.whole();
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = source.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (!match?.groups) throw syntax(source, at, 'unexpected character');
    const { number, string, keyword, quoted, name, op } = match.groups;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string.slice(1, -1), at });
    else if (keyword !== undefined || quoted !== undefined) tokens.push({ kind: 'keyword', text: keyword ?? quoted ?? '', at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else tokens.push({ kind: 'op', text: op ?? '', at });
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at: end });
  return tokens;
}

class Parser {
  #next = 0;
  readonly #tokens: readonly Token[];
  readonly #source: string;

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.#source = source;
  }

  whole(): Expression {
    const tree = this.#choice(0);
    if (this.#peek().kind !== 'end') throw this.#unexpected();
    return tree;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#source.length };
  }

  #accept(op: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'op' || token.text !== op) return false;
    this.#next++;
    return true;
  }

  #expect(op: string): void {
    if (!this.#accept(op)) throw syntax(this.#source, this.#peek().at, `expected "${op}"`);
  }

  #unexpected(): ExpressionSyntaxError {
    const token = this.#peek();
    return syntax(this.#source, token.at, token.kind === 'end' ? 'unexpected end' : `unexpected "${token.text}"`);
  }

  #choice(depth: number): Expression {
    if (depth > 64) throw syntax(this.#source, this.#peek().at, 'nested deeper than 64');
    const test = this.#binary(0, depth);
    if (!this.#accept('?')) return test;
    const yes = this.#choice(depth + 1);
    this.#expect(':');
    return { node: 'choose', test, yes, no: this.#choice(depth + 1) };
  }

  #binary(level: number, depth: number): Expression {
    const ops = LEVELS[level];
    if (!ops) return this.#unary(depth);
    let left = this.#binary(level + 1, depth);
    for (;;) {
      const op = ops.find((o) => this.#accept(o));
      if (op === undefined) return left;
      left = { node: 'binary', op, left, right: this.#binary(level + 1, depth) };
    }
  }

  #unary(depth: number): Expression {
    if (depth > 64) throw syntax(this.#source, this.#peek().at, 'nested deeper than 64');
    if (this.#accept('-')) return { node: 'unary', op: '-', of: this.#unary(depth + 1) };
    if (this.#accept('!')) return { node: 'unary', op: '!', of: this.#unary(depth + 1) };
    let tree = this.#primary(depth);
    while (this.#accept('[')) {
      tree = { node: 'index', of: tree, at: this.#choice(depth + 1) };
      this.#expect(']');
    }
    return tree;
  }

  #primary(depth: number): Expression {
    const token = this.#peek();
    this.#next++;
    switch (token.kind) {
      case 'number':
        return { node: 'literal', value: Number(token.text) };
      case 'string':
        return { node: 'literal', value: token.text };
      case 'keyword':
        return { node: 'keyword', keyword: token.text };
      case 'name':
        return this.#nameOrCall(token.text, depth);
      default:
        break;
    }
    if (token.text === '(') {
      const inner = this.#choice(depth + 1);
      this.#expect(')');
      return inner;
    }
    if (token.text === '[') return { node: 'list', items: this.#list(']', depth) };
    this.#next--;
    throw this.#unexpected();
  }

  #nameOrCall(name: string, depth: number): Expression {
    if (name === 'true' || name === 'false') return { node: 'literal', value: name === 'true' };
    if (name === 'null') return { node: 'literal', value: null };
    if (!this.#accept('(')) return { node: 'name', name };
    return { node: 'call', name, args: this.#list(')', depth) };
  }

  #list(close: string, depth: number): Expression[] {
    const items: Expression[] = [];
    if (this.#accept(close)) return items;
    do items.push(this.#choice(depth + 1));
    while (this.#accept(','));
    this.#expect(close);
    return items;
  }
}

function syntax(expression: string, position: number, what: string): ExpressionSyntaxError {
  return new ExpressionSyntaxError(`${what} at position ${position} of "${expression}"`, { details: { expression, position } });
}
