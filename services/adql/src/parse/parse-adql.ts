import type { CommonTable, Statement } from '../tree.ts';
import { parseCondition, parseValue } from './expressions.ts';
import type { AdqlVersion, Grammar, UserFunction } from './grammar.ts';
import { tokenize } from './lexer.ts';
import { parseQuery } from './query.ts';
import { createTokenStream, expect, failAt, lastEnd, parseName, peek, take } from './token-stream.ts';

export interface ParseOptions {
  /** Language version; 2.1 when absent. */
  readonly version?: AdqlVersion;
  /** The functions that the service declares; when absent, any function name is accepted. */
  readonly userFunctions?: readonly UserFunction[];
}

/** Longer texts are refused before they are read. */
const MAX_LENGTH = 1_000_000;

/**
 * Parses one ADQL query into an immutable tree. A single semicolon at the end is allowed.
 *
 * Time is linear in the length of the text; nesting is limited to 200 levels and the text to a million characters.
 *
 * @throws {AdqlSyntaxError} with the position, what was expected and what was found.
 * @see ADQL 2.1, https://www.ivoa.net/documents/ADQL/20231215/
 */
export function parseAdql(text: string, options: ParseOptions = {}): Statement {
  const stream = createTokenStream(
    text.length > MAX_LENGTH ? '' : text,
    text.length > MAX_LENGTH ? [{ kind: 'end', text: '', start: 0, end: 0 }] : tokenize(text),
  );
  if (text.length > MAX_LENGTH) failAt(stream, [`a query of at most ${MAX_LENGTH} characters`], `it has ${text.length}`);
  const grammar: Grammar = {
    stream,
    version: options.version ?? '2.1',
    userFunctions: options.userFunctions && groupByName(options.userFunctions),
    query: () => parseQuery(grammar),
    value: () => parseValue(grammar),
    condition: () => parseCondition(grammar),
  };
  const { start } = peek(stream);
  const tables = parseWith(grammar);
  const query = parseQuery(grammar);
  take(stream, ';');
  if (peek(stream).kind !== 'end') failAt(stream, ['the end of the query']);
  return { kind: 'statement', text, with: tables, query, start, end: lastEnd(stream) };
}

function parseWith(grammar: Grammar): CommonTable[] {
  const { stream } = grammar;
  if (!peek(stream).text || peek(stream).text !== 'WITH') return [];
  if (grammar.version === '2.0') failAt(stream, ['SELECT'], 'WITH is new in ADQL 2.1');
  expect(stream, 'WITH');
  const tables: CommonTable[] = [];
  do {
    const name = parseName(stream, 'a name for the sub-query');
    const columns = take(stream, '(') ? parseColumns(grammar) : undefined;
    expect(stream, 'AS');
    expect(stream, '(');
    const query = grammar.query();
    expect(stream, ')');
    tables.push({ name, ...(columns ? { columns } : {}), query, start: name.start, end: lastEnd(stream) });
  } while (take(stream, ','));
  return tables;
}

function parseColumns(grammar: Grammar): CommonTable['columns'] {
  const names = [parseName(grammar.stream, 'a column name')];
  while (take(grammar.stream, ',')) names.push(parseName(grammar.stream, 'a column name'));
  expect(grammar.stream, ')');
  return names;
}

function groupByName(functions: readonly UserFunction[]): ReadonlyMap<string, readonly UserFunction[]> {
  return Map.groupBy(functions, (each) => each.name.toLowerCase());
}
