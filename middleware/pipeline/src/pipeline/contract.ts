import { ExpressionError } from '../errors.ts';

type Value = unknown;
/** Resolves a dotted name such as `isr.doFlat`; returns {@link UNKNOWN_LABEL} when the first part is no task. */
export type NameLookup = (path: readonly string[]) => Value;

/** Marks a name whose task is not in the pipeline; a contract over it does not apply. */
export const UNKNOWN_LABEL: unique symbol = Symbol('unknown label');

class NotApplicable extends Error {}

interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'operator' | 'end';
  readonly text: string;
  readonly at: number;
}

/** Binding powers, loosest first. */
const BINARY: Readonly<Record<string, number>> = {
  or: 1, and: 2, '==': 4, '!=': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, in: 4, 'not in': 4, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6,
}; // prettier-ignore

/**
 * Evaluates a contract: a pure expression over configuration values.
 *
 * Grammar: `or`, `and`, `not`, comparisons, `in` and `not in` a list, map or text, `+ - * / %`, parentheses, `[lists]`,
 * numbers, quoted text, true, false, null (also True, False, None), dotted names `label.field.field`, and `len(x)`.
 * @returns Whether it holds; undefined when it names a task that is not in the pipeline.
 * @throws {ExpressionError} with the position of what was not understood.
 */
export function evaluateContract(text: string, lookup: NameLookup): boolean | undefined {
  const tokens = tokenize(text);
  let next = 0;
  const peek = (): Token => tokens[next] as Token;
  const fail = (token: Token): never => {
    throw new ExpressionError(
      `contract "${text}", position ${token.at + 1}: unexpected ${token.kind === 'end' ? 'end' : `"${token.text}"`}`,
    );
  };
  const expectText = (wanted: string): void => {
    if (peek().text !== wanted || peek().kind === 'string') fail(peek());
    next++;
  };
  const list = (close: string): Value[] => {
    const items: Value[] = [];
    while (peek().text !== close) {
      items.push(expression(0));
      if (peek().text === ',') next++;
      else if (peek().text !== close) fail(peek());
    }
    next++;
    return items;
  };
  const primary = (): Value => {
    const token = peek();
    next++;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind === 'string') return token.text;
    if (token.text === '-') return -(primary() as number);
    if (token.text === 'not') return !expression(3);
    if (token.text === '[') return list(']');
    if (token.text === '(') {
      const value = expression(0);
      expectText(')');
      return value;
    }
    if (token.kind !== 'name') return fail(token);
    if (token.text === 'len' && peek().text === '(') {
      next++;
      return sizeOf(list(')')[0]);
    }
    const word = token.text.toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null' || word === 'none') return null;
    const value = lookup(token.text.split('.'));
    if (value === UNKNOWN_LABEL) throw new NotApplicable();
    if (value === undefined) throw new ExpressionError(`contract "${text}": no configuration field "${token.text}"`);
    return value;
  };
  const expression = (power: number): Value => {
    let left = primary();
    for (;;) {
      const operator = peek().kind === 'end' || peek().kind === 'string' ? '' : peek().text;
      const binding = BINARY[operator];
      if (binding === undefined || binding <= power) return left;
      next++;
      left = apply(operator, left, expression(binding));
    }
  };
  try {
    const value = expression(0);
    if (peek().kind !== 'end') fail(peek());
    return Boolean(value);
  } catch (error) {
    if (error instanceof NotApplicable) return undefined;
    throw error;
  }
}

function apply(operator: string, left: Value, right: Value): Value {
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case 'or':
      return Boolean(left) || Boolean(right);
    case 'and':
      return Boolean(left) && Boolean(right);
    case '==':
      return sameValue(left, right);
    case '!=':
      return !sameValue(left, right);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

function sameValue(left: Value, right: Value): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') return container.includes(String(item));
  if (Array.isArray(container)) return container.some((each) => sameValue(each, item));
  return typeof container === 'object' && container !== null && Object.hasOwn(container, String(item));
}

function sizeOf(value: Value): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function tokenize(text: string): readonly Token[] {
  const pattern =
    /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(not\s+in\b)|([A-Za-z_][\w-]*(?:\.[A-Za-z_0-9][\w-]*)*)|(==|!=|<=|>=|[<>+\-*/%()[\],]))/y;
  const tokens: Token[] = [];
  while (pattern.lastIndex < text.trimEnd().length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new ExpressionError(`contract "${text}", position ${at + 1}: unexpected "${text.slice(at).trim().slice(0, 10)}"`);
    const [, number, double, single, notIn, name, operator] = match;
    const quoted = double ?? single;
    if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replaceAll(/\\(.)/g, '$1'), at });
    else if (notIn !== undefined) tokens.push({ kind: 'operator', text: 'not in', at });
    else if (name !== undefined) tokens.push({ kind: ['and', 'or', 'not', 'in'].includes(name) ? 'operator' : 'name', text: name, at });
    else tokens.push({ kind: 'operator', text: operator ?? '', at });
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}
