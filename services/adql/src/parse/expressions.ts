import type { Aggregate, CastType, ComparisonOperator, Condition, Expression, Name } from '../tree.ts';
import { parseFunction } from './functions.ts';
import { atGeometry, parseGeometry } from './geometry.ts';
import type { Grammar } from './grammar.ts';
import { at, atName, expect, failAt, lastEnd, nested, next, parseName, peek, take } from './token-stream.ts';

const CONDITION_KINDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'comparison', 'between', 'in', 'like', 'is-null', 'exists']);
const AGGREGATES: ReadonlySet<string> = new Set(['COUNT', 'SUM', 'AVG', 'MIN', 'MAX']);
const COMPARISONS: readonly string[] = ['=', '<>', '!=', '<', '>', '<=', '>='];

type Node = Expression | Condition;

/** Any value: arithmetic, text, a function, a column, a sub-query of one value. */
export function parseValue(grammar: Grammar): Expression {
  return nested(grammar.stream, () => asValue(grammar, parseAdditive(grammar)));
}

/** A search condition. */
export function parseCondition(grammar: Grammar): Condition {
  return nested(grammar.stream, () => asCondition(grammar, parseOr(grammar)));
}

/*
 * Parentheses hold conditions and values alike, so both are parsed by one descent that finds out on the way which of the
 * two it has; nothing is parsed twice, and the time stays linear in the length of the query.
 */
function parseOr(grammar: Grammar): Node {
  let left = parseAnd(grammar);
  while (at(grammar.stream, 'OR')) {
    const condition = asCondition(grammar, left);
    next(grammar.stream);
    const right = asCondition(grammar, parseAnd(grammar));
    left = { kind: 'or', left: condition, right, start: condition.start, end: right.end };
  }
  return left;
}

function parseAnd(grammar: Grammar): Node {
  let left = parseNot(grammar);
  while (at(grammar.stream, 'AND')) {
    const condition = asCondition(grammar, left);
    next(grammar.stream);
    const right = asCondition(grammar, parseNot(grammar));
    left = { kind: 'and', left: condition, right, start: condition.start, end: right.end };
  }
  return left;
}

function parseNot(grammar: Grammar): Node {
  const not = take(grammar.stream, 'NOT');
  if (!not) return parsePredicate(grammar);
  return nested(grammar.stream, () => {
    const operand = asCondition(grammar, parseNot(grammar));
    return { kind: 'not', operand, start: not.start, end: operand.end };
  });
}

function parsePredicate(grammar: Grammar): Node {
  const { stream } = grammar;
  const exists = take(stream, 'EXISTS');
  if (exists) {
    expect(stream, '(');
    const query = grammar.query();
    expect(stream, ')');
    return { kind: 'exists', query, start: exists.start, end: lastEnd(stream) };
  }
  const node = parseAdditive(grammar);
  if (at(stream, ...COMPARISONS)) {
    const left = asValue(grammar, node);
    const symbol = next(stream).text;
    const right = asValue(grammar, parseAdditive(grammar));
    const operator = (symbol === '!=' ? '<>' : symbol) as ComparisonOperator;
    return { kind: 'comparison', operator, left, right, start: left.start, end: right.end };
  }
  if (at(stream, 'IS')) return parseIsNull(grammar, asValue(grammar, node));
  if (at(stream, 'NOT', 'BETWEEN', 'IN', 'LIKE', 'ILIKE')) return parseRange(grammar, asValue(grammar, node));
  return node;
}

function parseIsNull(grammar: Grammar, operand: Expression): Condition {
  expect(grammar.stream, 'IS');
  const negated = take(grammar.stream, 'NOT') !== undefined;
  expect(grammar.stream, 'NULL');
  return { kind: 'is-null', negated, operand, start: operand.start, end: lastEnd(grammar.stream) };
}

function parseRange(grammar: Grammar, operand: Expression): Condition {
  const { stream } = grammar;
  const negated = take(stream, 'NOT') !== undefined;
  const { start } = operand;
  if (take(stream, 'BETWEEN')) {
    const low = asValue(grammar, parseAdditive(grammar));
    expect(stream, 'AND');
    const high = asValue(grammar, parseAdditive(grammar));
    return { kind: 'between', negated, operand, low, high, start, end: high.end };
  }
  if (at(stream, 'LIKE', 'ILIKE')) {
    const ignoreCase = peek(stream).text === 'ILIKE';
    if (ignoreCase && grammar.version === '2.0') failAt(stream, ['LIKE'], 'ILIKE is new in ADQL 2.1');
    next(stream);
    const pattern = asValue(grammar, parseAdditive(grammar));
    return { kind: 'like', negated, ignoreCase, operand, pattern, start, end: pattern.end };
  }
  if (!take(stream, 'IN')) failAt(stream, negated ? ['BETWEEN', 'IN', 'LIKE', 'ILIKE'] : ['IN']);
  expect(stream, '(');
  const values = atQuery(grammar, 1) ? grammar.query() : parseList(grammar);
  expect(stream, ')');
  return { kind: 'in', negated, operand, values, start, end: lastEnd(stream) };
}

function parseList(grammar: Grammar): Expression[] {
  const values = [grammar.value()];
  while (take(grammar.stream, ',')) values.push(grammar.value());
  return values;
}

function parseAdditive(grammar: Grammar): Node {
  let left = parseMultiplicative(grammar);
  while (at(grammar.stream, '+', '-', '||')) {
    const value = asValue(grammar, left);
    const operator = next(grammar.stream).text as '+' | '-' | '||';
    const right = asValue(grammar, parseMultiplicative(grammar));
    left = { kind: 'binary', operator, left: value, right, start: value.start, end: right.end };
  }
  return left;
}

function parseMultiplicative(grammar: Grammar): Node {
  let left = parseUnary(grammar);
  while (at(grammar.stream, '*', '/')) {
    const value = asValue(grammar, left);
    const operator = next(grammar.stream).text as '*' | '/';
    const right = asValue(grammar, parseUnary(grammar));
    left = { kind: 'binary', operator, left: value, right, start: value.start, end: right.end };
  }
  return left;
}

function parseUnary(grammar: Grammar): Node {
  if (!at(grammar.stream, '-', '+')) return parsePrimary(grammar);
  const sign = next(grammar.stream);
  return nested(grammar.stream, () => {
    const operand = asValue(grammar, parseUnary(grammar));
    return { kind: 'unary', operator: sign.text as '-' | '+', operand, start: sign.start, end: operand.end };
  });
}

function parsePrimary(grammar: Grammar): Node {
  const { stream } = grammar;
  const token = peek(stream);
  const { start, end } = token;
  switch (token.kind) {
    case 'integer':
    case 'number':
    case 'hexadecimal':
      if (token.kind === 'hexadecimal' && grammar.version === '2.0') failAt(stream, ['a value'], 'hexadecimal numbers are new in ADQL 2.1');
      next(stream);
      return { kind: 'number', text: token.text, form: token.kind === 'number' ? 'decimal' : token.kind, start, end };
    case 'string':
      next(stream);
      return { kind: 'string', value: token.text, start, end };
    case 'identifier':
    case 'delimited':
      if (token.kind === 'identifier' && peek(stream, 1).text === '(' && peek(stream, 1).kind === 'symbol') return parseFunction(grammar);
      return parseColumn(grammar);
    case 'keyword':
      return parseKeyword(grammar);
    default:
      if (at(stream, '(')) return parseParentheses(grammar);
      return failAt(stream, ['a value']);
  }
}

function parseKeyword(grammar: Grammar): Node {
  const { stream } = grammar;
  const { text, start, end } = peek(stream);
  if (text === 'NULL') {
    next(stream);
    return { kind: 'null', start, end };
  }
  if (text === 'CAST') return parseCast(grammar);
  if (AGGREGATES.has(text)) return parseAggregate(grammar);
  if (atGeometry(stream)) return parseGeometry(grammar);
  if (peek(stream, 1).text === '(') return parseFunction(grammar);
  return failAt(stream, ['a value']);
}

function parseParentheses(grammar: Grammar): Node {
  const { stream } = grammar;
  const open = expect(stream, '(');
  return nested(stream, () => {
    if (at(stream, 'SELECT', 'WITH')) {
      const query = grammar.query();
      expect(stream, ')');
      return { kind: 'scalar-query', query, start: open.start, end: lastEnd(stream) };
    }
    const inner = parseOr(grammar);
    expect(stream, ')');
    return inner;
  });
}

function parseColumn(grammar: Grammar): Expression {
  const { stream } = grammar;
  const names: Name[] = [parseName(stream, 'a column name')];
  while (at(stream, '.') && peek(stream, 1).text !== '*') {
    next(stream);
    names.push(parseName(stream, 'a column name'));
  }
  const name = names.at(-1) as Name;
  const span = { start: (names[0] as Name).start, end: name.end };
  if (names.length > 4) failAt(stream, ['at most catalog.schema.table.column'], undefined, span);
  return { kind: 'column', qualifier: names.slice(0, -1), name, ...span };
}

function parseAggregate(grammar: Grammar): Aggregate {
  const { stream } = grammar;
  const token = next(stream);
  const name = token.text as Aggregate['name'];
  expect(stream, '(');
  const { start } = token;
  if (name === 'COUNT' && take(stream, '*')) {
    expect(stream, ')');
    return { kind: 'aggregate', name, distinct: false, start, end: lastEnd(stream) };
  }
  const distinct = take(stream, 'DISTINCT') !== undefined;
  if (!distinct) take(stream, 'ALL');
  const argument = grammar.value();
  expect(stream, ')');
  return { kind: 'aggregate', name, distinct, argument, start, end: lastEnd(stream) };
}

function parseCast(grammar: Grammar): Expression {
  const { stream } = grammar;
  const token = expect(stream, 'CAST');
  if (grammar.version === '2.0') failAt(stream, ['a value'], 'CAST is new in ADQL 2.1', token);
  expect(stream, '(');
  const operand = grammar.value();
  expect(stream, 'AS');
  const type = parseCastType(grammar);
  expect(stream, ')');
  return { kind: 'cast', operand, type, start: token.start, end: lastEnd(stream) };
}

const CAST_TYPES: readonly string[] = [
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'REAL',
  'DOUBLE',
  'CHAR',
  'VARCHAR',
  'TIMESTAMP',
  'POINT',
  'CIRCLE',
  'POLYGON',
];

function parseCastType(grammar: Grammar): CastType {
  const { stream } = grammar;
  if (!at(stream, ...CAST_TYPES))
    failAt(
      stream,
      CAST_TYPES.map((type) => (type === 'DOUBLE' ? 'DOUBLE PRECISION' : type)),
    );
  const text = next(stream).text;
  if (text === 'DOUBLE') {
    expect(stream, 'PRECISION');
    return { name: 'DOUBLE PRECISION' };
  }
  const name = text as CastType['name'];
  if ((name !== 'CHAR' && name !== 'VARCHAR') || !take(stream, '(')) return { name };
  const token = next(stream);
  if (token.kind !== 'integer') failAt(stream, ['a length'], undefined, token);
  expect(stream, ')');
  return { name, length: Number(token.text) };
}

/**
 * Whether a query begins here, perhaps in parentheses. One pair directly around SELECT is a query when the caller is about
 * to take that pair itself; with more pairs, or `opened` ones, what follows the innermost pair tells a query from
 * something that merely begins with one, such as `((SELECT ...) AS a JOIN b ...)`.
 */
export function atQuery(grammar: Grammar, opened = 0): boolean {
  const { stream } = grammar;
  if (at(stream, 'SELECT', 'WITH')) return true;
  let ahead = 0;
  while (peek(stream, ahead).text === '(' && peek(stream, ahead).kind === 'symbol') ahead++;
  if (ahead === 0 || peek(stream, ahead).kind !== 'keyword' || peek(stream, ahead).text !== 'SELECT') return false;
  if (ahead + opened === 1) return true;
  const innermost = stream.index + ahead - 1;
  const close = stream.closing[innermost] ?? -1;
  if (close < 0) return true;
  const after = stream.tokens[close + 1];
  return (
    after !== undefined && after.kind !== 'identifier' && ['UNION', 'EXCEPT', 'INTERSECT', ')', 'ORDER', 'OFFSET', ''].includes(after.text)
  );
}

function asValue(grammar: Grammar, node: Node): Expression {
  if (CONDITION_KINDS.has(node.kind)) failAt(grammar.stream, ['a value'], 'this is a condition, which is true or false', node);
  return node as Expression;
}

function asCondition(grammar: Grammar, node: Node): Condition {
  if (CONDITION_KINDS.has(node.kind)) return node as Condition;
  const hint =
    node.kind === 'geometry-function' && (node.name === 'CONTAINS' || node.name === 'INTERSECTS')
      ? `${node.name} gives 1 or 0: write 1 = ${node.name}(...)`
      : atName(grammar.stream)
        ? undefined
        : 'compare it with something';
  return failAt(grammar.stream, ['a condition such as a comparison, BETWEEN, IN, LIKE or IS NULL'], hint, node);
}
