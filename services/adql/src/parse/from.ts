import type { Join, Name, TableExpression } from '../tree.ts';
import { atQuery } from './expressions.ts';
import type { Grammar } from './grammar.ts';
import { at, atName, expect, failAt, lastEnd, nested, next, parseName, take } from './token-stream.ts';

/** The comma-separated tables after FROM. */
export function parseFrom(grammar: Grammar): TableExpression[] {
  const tables = [parseJoined(grammar)];
  while (take(grammar.stream, ',')) tables.push(parseJoined(grammar));
  return tables;
}

const JOIN_WORDS = ['NATURAL', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'JOIN'] as const;

function parseJoined(grammar: Grammar): TableExpression {
  const { stream } = grammar;
  return nested(stream, () => {
    let left = parseTable(grammar);
    while (at(stream, ...JOIN_WORDS)) left = parseJoin(grammar, left);
    return left;
  });
}

function parseJoin(grammar: Grammar, left: TableExpression): Join {
  const { stream } = grammar;
  const natural = take(stream, 'NATURAL') !== undefined;
  const outer = at(stream, 'LEFT', 'RIGHT', 'FULL') ? next(stream).text : undefined;
  if (outer === undefined) take(stream, 'INNER');
  else take(stream, 'OUTER');
  expect(stream, 'JOIN');
  const right = parseTable(grammar);
  const base = { kind: 'join', type: (outer?.toLowerCase() ?? 'inner') as Join['type'], natural, left, right, start: left.start } as const;
  if (natural) return { ...base, end: lastEnd(stream) };
  if (take(stream, 'ON')) {
    const on = grammar.condition();
    return { ...base, on, end: on.end };
  }
  if (!take(stream, 'USING')) failAt(stream, ['ON', 'USING'], 'a join needs ON (condition) or USING (columns), or write NATURAL JOIN');
  expect(stream, '(');
  const using = [parseName(stream, 'a column name')];
  while (take(stream, ',')) using.push(parseName(stream, 'a column name'));
  expect(stream, ')');
  return { ...base, using, end: lastEnd(stream) };
}

function parseTable(grammar: Grammar): TableExpression {
  const { stream } = grammar;
  if (!at(stream, '(')) return parseTableName(grammar);
  if (!atQuery(grammar)) {
    next(stream);
    const inner = parseJoined(grammar);
    expect(stream, ')');
    return inner;
  }
  const { start } = expect(stream, '(');
  // The parentheses of a derived table may hold more: ((SELECT ...) UNION (SELECT ...)) AS t.
  const query = grammar.query();
  expect(stream, ')');
  const alias = parseAlias(grammar);
  if (!alias) failAt(stream, ['a name for the sub-query'], 'a sub-query in FROM needs a name: (SELECT ...) AS t');
  return { kind: 'derived', query, alias, start, end: lastEnd(stream) };
}

function parseTableName(grammar: Grammar): TableExpression {
  const { stream } = grammar;
  const path: Name[] = [parseName(stream, 'a table name')];
  while (take(stream, '.')) path.push(parseName(stream, 'a table name'));
  const { start } = path[0] as Name;
  if (path.length > 3) failAt(stream, ['at most catalog.schema.table'], undefined, { start, end: lastEnd(stream) });
  const alias = parseAlias(grammar);
  return { kind: 'table', path, ...(alias ? { alias } : {}), start, end: lastEnd(stream) };
}

function parseAlias(grammar: Grammar): Name | undefined {
  if (take(grammar.stream, 'AS')) return parseName(grammar.stream, 'a table name');
  return atName(grammar.stream) ? parseName(grammar.stream, 'a table name') : undefined;
}
