import { expect, test } from 'vitest';
import { ExpressionSyntaxError, ExpressionValueError } from '../errors.ts';
import { evaluateExpression, type ExpressionValue } from './evaluate-expression.ts';
import { parseExpression } from './parse-expression.ts';

const header = new Map<string, string | number>([
  ['OBS-LONG', 70.5],
  ['EXP-ID', ' HSCA04090000 '],
  ['TELFOCUS', '1.5, -2, 30'],
]);
const run = (source: string): ExpressionValue =>
  evaluateExpression(parseExpression(source), {
    tables: { bands: { r: 3 } },
    keyword: (key) => header.get(key),
    name: (name) => (name === 'exposure_id' ? 42 : name === 'unknown_yet' ? null : undefined),
  });

test.each([
  ['-$OBS-LONG + 1', -69.5],
  ['1 + 2 * 3 - 4 / 2', 5],
  ['-7 % 360', 353],
  ['2 < 3 && !(1 == 2)', true],
  ['$NOPE ?? 5', 5],
  ['$NOPE + 1', null],
  ['$NOPE > 1', false],
  ['defined($OBS-LONG, $NOPE)', false],
  ["number(split($TELFOCUS, ',')[2])", 30],
  ["match(trim($EXP-ID), '^HSC([A-Z])')", 'A'],
  ["code('B') - 65", 1],
  ["pad(exposure_id, 5) + 'x'", '00042x'],
  ["lookup('bands', 'r')", 3],
  ["lookup('bands', 'q')", null],
  ["hours('12:30:00')", 187.5],
  ["degrees('-00:30:00')", -0.5],
  ['wrap360(-58)', 302],
  ["number('6,4E-05')", 6.4e-5],
  ['text(unknown_yet)', null],
  ['true ? 1 : 2', 1],
  ['"a" < "b" ? [1, 2][1] : 0', 2],
])('%s', (source, want) => {
  expect(run(source)).toEqual(want);
});

test.each(['1 +', '(1', 'f(1,', '1 2', '@', "'open", '$', '[1'])('says where "%s" is wrong', (source) => {
  expect(() => parseExpression(source)).toThrow(ExpressionSyntaxError);
  expect(() => parseExpression(source)).toThrow(/position \d+/);
});

test.each(['nonsense(1)', 'no_such_property', "'a' * 2", 'hours("x")', 'time(3)', 'trim(1, 2)', 'constructor(1)'])(
  'refuses the value of %s',
  (source) => {
    expect(() => run(source)).toThrow(ExpressionValueError);
  },
);

test('nesting is bounded', () => {
  expect(() => parseExpression('('.repeat(500) + '1' + ')'.repeat(500))).toThrow(ExpressionSyntaxError);
  expect(() => parseExpression('-'.repeat(500) + '1')).toThrow(ExpressionSyntaxError);
});
