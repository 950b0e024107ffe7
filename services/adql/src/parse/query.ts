import type { AllColumns, Name, OrderItem, Query, Select, SelectItem, SetOperation } from '../tree.ts';
import { atQuery } from './expressions.ts';
import type { Grammar } from './grammar.ts';
import { parseFrom } from './from.ts';
import { at, atName, expect, failAt, lastEnd, nested, next, parseName, peek, take } from './token-stream.ts';

/** Selects joined by UNION, EXCEPT and INTERSECT, which binds tighter; then ORDER BY and OFFSET over the whole. */
export function parseQuery(grammar: Grammar): Query {
  const { stream } = grammar;
  return nested(stream, () => {
    if (at(stream, 'WITH')) failAt(stream, ['SELECT'], 'WITH stands once, at the beginning of the query');
    let left = parseTerm(grammar);
    while (at(stream, 'UNION', 'EXCEPT')) left = parseSet(grammar, left, parseTerm);
    const own = left.kind === 'select' && (left.top !== undefined || left.orderBy.length > 0 || left.offset !== undefined);
    if (own && lastEnd(stream) > left.end && at(stream, 'ORDER', 'OFFSET'))
      failAt(stream, ['the end of the query'], 'to order a limited query again, put it in FROM');
    const orderBy = parseOrderBy(grammar);
    const offset = parseOffset(grammar);
    if (orderBy.length === 0 && offset === undefined) return left;
    return { ...left, orderBy, ...(offset === undefined ? {} : { offset }), end: lastEnd(stream) };
  });
}

function parseTerm(grammar: Grammar): Query {
  let left = parsePrimary(grammar);
  while (at(grammar.stream, 'INTERSECT')) left = parseSet(grammar, left, parsePrimary);
  return left;
}

function parseSet(grammar: Grammar, left: Query, operand: (grammar: Grammar) => Query): SetOperation {
  const { stream } = grammar;
  if (grammar.version === '2.0') failAt(stream, ['the end of the query'], 'set operators are new in ADQL 2.1');
  const operator = next(stream).text as SetOperation['operator'];
  const all = take(stream, 'ALL') !== undefined;
  const right = operand(grammar);
  return { kind: 'set', operator, all, left, right, orderBy: [], start: left.start, end: right.end };
}

function parsePrimary(grammar: Grammar): Query {
  const { stream } = grammar;
  if (!at(stream, '(')) return parseSelect(grammar);
  if (!atQuery(grammar)) failAt(stream, ['SELECT']);
  next(stream);
  const query = parseQuery(grammar);
  expect(stream, ')');
  return query;
}

function parseSelect(grammar: Grammar): Select {
  const { stream } = grammar;
  const { start } = expect(stream, 'SELECT');
  const distinct = take(stream, 'DISTINCT') !== undefined;
  if (!distinct) take(stream, 'ALL');
  const top = take(stream, 'TOP') ? parseCount(grammar, 'TOP') : undefined;
  const items = [parseItem(grammar)];
  while (take(stream, ',')) items.push(parseItem(grammar));
  expect(stream, 'FROM');
  const from = parseFrom(grammar);
  const where = take(stream, 'WHERE') ? grammar.condition() : undefined;
  const groupBy = parseGroupBy(grammar);
  const having = take(stream, 'HAVING') ? grammar.condition() : undefined;
  return {
    kind: 'select',
    distinct,
    ...(top === undefined ? {} : { top }),
    items,
    from,
    ...(where === undefined ? {} : { where }),
    groupBy,
    ...(having === undefined ? {} : { having }),
    orderBy: [],
    start,
    end: lastEnd(stream),
  };
}

function parseItem(grammar: Grammar): AllColumns | SelectItem {
  const { stream } = grammar;
  const { start } = peek(stream);
  const star = take(stream, '*');
  if (star) return { kind: 'all-columns', qualifier: [], start, end: star.end };
  const qualifier = parseStarQualifier(grammar);
  if (qualifier) return { kind: 'all-columns', qualifier, start, end: lastEnd(stream) };
  const expression = grammar.value();
  const alias = parseAlias(grammar, 'a column name');
  return { kind: 'item', expression, ...(alias ? { alias } : {}), start, end: lastEnd(stream) };
}

/** `schema.table.*`: looked for ahead, since it begins like a column. */
function parseStarQualifier(grammar: Grammar): Name[] | undefined {
  const { stream } = grammar;
  let ahead = 0;
  while (['identifier', 'delimited'].includes(peek(stream, ahead).kind) && peek(stream, ahead + 1).text === '.') {
    ahead += 2;
    const token = peek(stream, ahead);
    if (token.kind !== 'symbol' || token.text !== '*') continue;
    const names: Name[] = [];
    while (!take(stream, '*')) {
      names.push(parseName(stream, 'a table name'));
      expect(stream, '.');
    }
    return names;
  }
  return undefined;
}

function parseAlias(grammar: Grammar, what: string): Name | undefined {
  if (take(grammar.stream, 'AS')) return parseName(grammar.stream, what);
  return atName(grammar.stream) ? parseName(grammar.stream, what) : undefined;
}

function parseGroupBy(grammar: Grammar): Select['groupBy'] {
  const { stream } = grammar;
  if (!take(stream, 'GROUP')) return [];
  expect(stream, 'BY');
  const terms = [grammar.value()];
  while (take(stream, ',')) terms.push(grammar.value());
  return terms;
}

function parseOrderBy(grammar: Grammar): OrderItem[] {
  const { stream } = grammar;
  if (!take(stream, 'ORDER')) return [];
  expect(stream, 'BY');
  const items = [parseOrderItem(grammar)];
  while (take(stream, ',')) items.push(parseOrderItem(grammar));
  return items;
}

function parseOrderItem(grammar: Grammar): OrderItem {
  const { stream } = grammar;
  const expression = grammar.value();
  const descending = take(stream, 'DESC') !== undefined;
  if (!descending) take(stream, 'ASC');
  const span = { start: expression.start, end: lastEnd(stream) };
  if (expression.kind === 'number' && expression.form === 'integer') return { position: Number(expression.text), descending, ...span };
  return { expression, descending, ...span };
}

function parseOffset(grammar: Grammar): number | undefined {
  const { stream } = grammar;
  if (!at(stream, 'OFFSET')) return undefined;
  if (grammar.version === '2.0') failAt(stream, ['the end of the query'], 'OFFSET is new in ADQL 2.1');
  next(stream);
  return parseCount(grammar, 'OFFSET');
}

function parseCount(grammar: Grammar, what: string): number {
  const token = peek(grammar.stream);
  if (token.kind !== 'integer' || !Number.isSafeInteger(Number(token.text)))
    failAt(grammar.stream, [`a whole number of rows after ${what}`]);
  next(grammar.stream);
  return Number(token.text);
}
