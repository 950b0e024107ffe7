import type { Expression } from '../tree.ts';
import type { Grammar } from './grammar.ts';
import { expect, failAt, lastEnd, next, parseName, peek, take } from './token-stream.ts';

/** Functions of the standard with the least and greatest number of arguments. @see ADQL 2.1, sections 2.3 and 4 */
export const STANDARD_FUNCTIONS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ABS', [1, 1]],
  ['ACOS', [1, 1]],
  ['ASIN', [1, 1]],
  ['ATAN', [1, 1]],
  ['ATAN2', [2, 2]],
  ['CEILING', [1, 1]],
  ['COS', [1, 1]],
  ['COT', [1, 1]],
  ['DEGREES', [1, 1]],
  ['EXP', [1, 1]],
  ['FLOOR', [1, 1]],
  ['LOG', [1, 1]],
  ['LOG10', [1, 1]],
  ['MOD', [2, 2]],
  ['PI', [0, 0]],
  ['POWER', [2, 2]],
  ['RADIANS', [1, 1]],
  ['RAND', [0, 1]],
  ['ROUND', [1, 2]],
  ['SIGN', [1, 1]],
  ['SIN', [1, 1]],
  ['SQRT', [1, 1]],
  ['TAN', [1, 1]],
  ['TRUNCATE', [1, 2]],
  ['LOWER', [1, 1]],
  ['UPPER', [1, 1]],
  ['COALESCE', [1, Infinity]],
]);

const NEW_IN_21: ReadonlySet<string> = new Set(['SIGN', 'UPPER', 'COALESCE', 'IN_UNIT']);

/** A function of the standard, IN_UNIT, or one that the service declares. */
export function parseFunction(grammar: Grammar): Expression {
  const { stream } = grammar;
  const token = peek(stream);
  if (token.kind === 'keyword' && grammar.version === '2.0' && NEW_IN_21.has(token.text))
    failAt(stream, ['a value'], `${token.text} is new in ADQL 2.1`, token);
  if (token.kind === 'keyword' && token.text === 'IN_UNIT') return parseInUnit(grammar);
  const arity = token.kind === 'keyword' ? STANDARD_FUNCTIONS.get(token.text) : undefined;
  if (token.kind === 'keyword' && arity === undefined) failAt(stream, ['a value']);
  return arity === undefined ? parseUserFunction(grammar) : parseStandard(grammar, arity);
}

function parseStandard(grammar: Grammar, [least, most]: readonly [number, number]): Expression {
  const { stream } = grammar;
  const token = next(stream);
  const args = parseArguments(grammar);
  const span = { start: token.start, end: lastEnd(stream) };
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} or ${most}`;
    failAt(stream, [`${wanted} argument${least === 1 && most === 1 ? '' : 's'} of ${token.text}`], `it has ${args.length}`, span);
  }
  return { kind: 'function', name: token.text, args, ...span };
}

function parseUserFunction(grammar: Grammar): Expression {
  const { stream, userFunctions } = grammar;
  const name = parseName(stream, 'a function name');
  const declared = userFunctions?.get(name.text.toLowerCase());
  if (userFunctions && !declared) failAt(stream, ['a function that this service declares'], hintOf(name.text, userFunctions.keys()), name);
  const args = parseArguments(grammar);
  const span = { start: name.start, end: lastEnd(stream) };
  if (declared && !declared.some((candidate) => candidate.parameters.length === args.length))
    failAt(stream, [`${declared.map((d) => d.parameters.length).join(' or ')} arguments of ${name.text}`], `it has ${args.length}`, span);
  return { kind: 'udf', name, args, ...span };
}

function hintOf(name: string, declared: Iterable<string>): string {
  const all = [...declared, ...[...STANDARD_FUNCTIONS.keys()].map((key) => key.toLowerCase())];
  const near = all.find((candidate) => candidate.startsWith(name.toLowerCase().slice(0, 4)));
  return near === undefined ? 'no function has this name' : `no function has this name; did you mean ${near}?`;
}

function parseInUnit(grammar: Grammar): Expression {
  const { stream } = grammar;
  const token = next(stream);
  expect(stream, '(');
  const operand = grammar.value();
  expect(stream, ',');
  const unit = next(stream);
  if (unit.kind !== 'string') failAt(stream, ['a unit in single quotes'], undefined, unit);
  expect(stream, ')');
  return { kind: 'in-unit', operand, unit: unit.text, start: token.start, end: lastEnd(stream) };
}

/** A parenthesized list of values, possibly empty. */
export function parseArguments(grammar: Grammar): Expression[] {
  const { stream } = grammar;
  expect(stream, '(');
  const args: Expression[] = [];
  if (take(stream, ')')) return args;
  do args.push(grammar.value());
  while (take(stream, ','));
  expect(stream, ')');
  return args;
}
