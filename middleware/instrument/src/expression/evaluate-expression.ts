import { ExpressionValueError } from '../errors.ts';
import { isTaiTime, type TaiTime } from '../properties/observation-info.ts';
import type { CardValue } from '../header/header-record.ts';
import { FUNCTIONS, type FunctionContext } from './functions.ts';
import type { Expression } from './parse-expression.ts';

/** What an expression can yield; null is "not known" and spreads through arithmetic and most functions. */
export type ExpressionValue = string | number | boolean | null | TaiTime | readonly ExpressionValue[];

export interface Scope extends FunctionContext {
  /** Value of a header keyword; undefined where the header has no such card. */
  readonly keyword: (name: string) => CardValue | undefined;
  /** Value of another property, or undefined where there is no property of that name. */
  readonly name: (name: string) => ExpressionValue | undefined;
}

/**
 * Evaluates an expression; pure, no side effect beyond what the scope's lookups do.
 *
 * @throws {ExpressionValueError} for an unknown name or function, or an operand of the wrong type.
 */
export function evaluateExpression(tree: Expression, scope: Scope): ExpressionValue {
  switch (tree.node) {
    case 'literal':
      return tree.value;
    case 'keyword':
      return scope.keyword(tree.keyword) ?? null;
    case 'name': {
      const value = scope.name(tree.name);
      if (value === undefined) throw bad(`there is no property "${tree.name}"`);
      return value;
    }
    case 'list':
      return tree.items.map((item) => evaluateExpression(item, scope));
    case 'index':
      return indexed(evaluateExpression(tree.of, scope), evaluateExpression(tree.at, scope));
    case 'choose':
      return evaluateExpression(evaluateExpression(tree.test, scope) === true ? tree.yes : tree.no, scope);
    case 'unary': {
      const value = evaluateExpression(tree.of, scope);
      if (tree.op === '!') return value !== true;
      return value === null ? null : -asNumber(value, '-');
    }
    case 'call':
      return call(tree.name, tree.args, scope);
    case 'binary':
      return binary(tree.op, tree.left, tree.right, scope);
  }
}

function call(name: string, args: readonly Expression[], scope: Scope): ExpressionValue {
  // `defined` is the only function that is asked about null and answers with something else.
  if (name === 'defined') return args.every((a) => evaluateExpression(a, scope) !== null);
  const definition = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!definition) throw bad(`there is no function "${name}"`);
  if (args.length < definition.min || args.length > definition.max) {
    throw bad(`${name}() takes ${definition.min} to ${definition.max} arguments; found ${args.length}`);
  }
  const values = args.map((a) => evaluateExpression(a, scope));
  if (!definition.nulls && values.includes(null)) return null;
  return definition.apply(values, scope);
}

function binary(op: string, left: Expression, right: Expression, scope: Scope): ExpressionValue {
  const a = evaluateExpression(left, scope);
  if (op === '??') return a ?? evaluateExpression(right, scope);
  if (op === '&&') return a === true && evaluateExpression(right, scope) === true;
  if (op === '||') return a === true || evaluateExpression(right, scope) === true;
  const b = evaluateExpression(right, scope);
  if (op === '==') return same(a, b);
  if (op === '!=') return !same(a, b);
  if (a === null || b === null) return op === '<' || op === '<=' || op === '>' || op === '>=' ? false : null;
  if (op === '<' || op === '<=' || op === '>' || op === '>=') return compared(op, a, b);
  if (op === '+' && (typeof a === 'string' || typeof b === 'string')) return asText(a) + asText(b);
  const x = asNumber(a, op);
  const y = asNumber(b, op);
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return x / y;
    default:
      return x - y * Math.floor(x / y);
  }
}

function same(a: ExpressionValue, b: ExpressionValue): boolean {
  return isTaiTime(a) && isTaiTime(b) ? a.taiNs === b.taiNs : a === b;
}

function compared(op: string, a: ExpressionValue, b: ExpressionValue): boolean {
  const order =
    isTaiTime(a) && isTaiTime(b)
      ? Number(a.taiNs - b.taiNs)
      : typeof a === 'string' && typeof b === 'string'
        ? a < b
          ? -1
          : a > b
            ? 1
            : 0
        : asNumber(a, op) - asNumber(b, op);
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
}

function indexed(of: ExpressionValue, at: ExpressionValue): ExpressionValue {
  if (of === null || at === null) return null;
  if (typeof at !== 'number') throw bad('an index must be a number');
  if (typeof of === 'string') return of.at(at) ?? null;
  if (!Array.isArray(of)) throw bad('only lists and strings can be indexed');
  return (of as readonly ExpressionValue[]).at(at) ?? null;
}

function asNumber(value: ExpressionValue, op: string): number {
  if (typeof value === 'number') return value;
  throw bad(`"${op}" needs numbers; found ${JSON.stringify(isTaiTime(value) ? 'a time' : value)}`);
}

/** Text of a scalar, as string concatenation and lookup tables use it. */
export function asText(value: ExpressionValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw bad('only a scalar can become text');
}

function bad(message: string): ExpressionValueError {
  return new ExpressionValueError(message, { details: { expression: '' } });
}
