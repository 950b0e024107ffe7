import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExpressionSyntaxError } from '../errors.ts';
import { parseWhere } from './parse-where.ts';
import { type Expression, formatExpression } from './where-tree.ts';

const at = 0;
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.constantFrom('a', 'visit.exposure_time', 'x_1').map((name): Expression => ({ kind: 'identifier', name, at })),
  fc.constantFrom('1', '2.5', '1e5', '.5').map((text): Expression => ({ kind: 'number', text, at })),
  fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '*', 'é', '"') }).map((value): Expression => ({ kind: 'string', value, at })),
  fc.constant<Expression>({ kind: 'bind', name: 'b', at }),
  fc.constant<Expression>({ kind: 'null', at }),
);

const parens = (inner: Expression): Expression => ({ kind: 'parens', inner, at });

/** Trees in which every composite stands in parentheses, so that printing needs no precedence. */
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc
      .tuple(fc.constantFrom('AND', 'OR', '=', '!=', '<', '>=', 'OVERLAPS', '+', '-', '*', '%'), tie('tree'), tie('tree'))
      .map(([operator, left, right]) => parens({ kind: 'binary', operator: operator as 'AND', left, right, at })),
    fc
      .tuple(fc.constantFrom('NOT', '-'), tie('tree'))
      .map(([operator, operand]) => parens({ kind: 'unary', operator: operator as 'NOT', operand, at })),
    fc
      .tuple(tie('tree'), fc.boolean(), fc.array(leaf, { minLength: 1, maxLength: 3 }))
      .map(([operand, negated, items]) => parens({ kind: 'in', negated, operand, items, at })),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]): Expression => ({ kind: 'tuple', items: [a, b], at })),
    fc.array(tie('tree'), { maxLength: 3 }).map((given): Expression => ({ kind: 'call', name: 'f', arguments: given, at })),
  ),
}));

const withoutPlaces = (expression: Expression): unknown =>
  JSON.parse(JSON.stringify(expression, (name, value: unknown) => (name === 'at' ? undefined : value)));

test('parses what it prints (seed 20261120)', () => {
  fc.assert(
    fc.property(tree, (expression) => {
      expect(withoutPlaces(parseWhere(formatExpression(expression))!)).toEqual(withoutPlaces(expression));
    }),
    { seed: 20261120, numRuns: 500 },
  );
});

test('answers any text with a tree or a positioned error (seed 20261120)', () => {
  const words = fc.constantFrom(
    'a',
    '1',
    "'x'",
    '(',
    ')',
    ',',
    'AND',
    'OR',
    'NOT',
    'IN',
    '=',
    '..',
    ':',
    '1..3',
    "T'",
    '-',
    '.',
    ' ',
    '\u0000',
    'GLOB(',
    '<',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(words).map((list) => list.join(' ')),
        fc.array(words).map((list) => list.join('')),
        fc.string(),
      ),
      (text) => {
        try {
          parseWhere(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionSyntaxError);
          const { position } = (error as ExpressionSyntaxError).details!;
          expect(position >= 0 && position <= text.length).toBe(true);
        }
      },
    ),
    { seed: 20261120, numRuns: 2000 },
  );
});

test('refuses endless nesting instead of running out of stack', () => {
  expect(() => parseWhere('('.repeat(100_000))).toThrow(ExpressionSyntaxError);
  expect(() => parseWhere('NOT '.repeat(100_000))).toThrow(ExpressionSyntaxError);
});
