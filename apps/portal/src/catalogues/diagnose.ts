import { type AdqlErrorDetails, adqlName, type Catalog, planAdql } from '@almagest/adql';
import { AlmagestError } from '@almagest/errors';

/** What is wrong with a query and where, as offsets in the text. */
export interface Diagnosis {
  readonly message: string;
  readonly hint: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** Plans the query as the server would; undefined where it is sound, or empty. */
export function diagnose(text: string, catalog: Catalog): Diagnosis | undefined {
  if (text.trim() === '') return undefined;
  try {
    planAdql(text, catalog);
    return undefined;
  } catch (error) {
    if (!(error instanceof AlmagestError)) return undefined;
    const { position, hint } = (error.details ?? {}) as Partial<AdqlErrorDetails>;
    const start = Math.min(position?.offset ?? text.length, text.length);
    return {
      // The place is shown beside the message.
      message: error.message.replace(/ \(line \d+, column \d+\)$/, ''),
      hint,
      start,
      end: Math.max(start, Math.min(position?.end ?? text.length, text.length)),
      line: position?.line ?? 1,
      column: position?.column ?? 1,
    };
  }
}

export interface Suggestion {
  readonly text: string;
  readonly kind: 'table' | 'column' | 'word';
  readonly detail: string;
}

const WORDS =
  'SELECT FROM WHERE GROUP BY ORDER BY HAVING DISTINCT TOP JOIN LEFT JOIN ON USING AND OR NOT NULL BETWEEN LIKE ILIKE IN AS ASC DESC OFFSET UNION COUNT AVG SUM MIN MAX CONTAINS INTERSECTS POINT CIRCLE POLYGON DISTANCE CAST'
    .split(' ')
    .filter((word, i, all) => all.indexOf(word) === i);
const MOST = 12;

/** What could stand where the caret is, with the part of the text that it replaces. */
export function suggest(text: string, caret: number, catalog: Catalog): { readonly from: number; readonly list: readonly Suggestion[] } {
  const before = text.slice(0, caret);
  const typed = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? '';
  const from = caret - typed.length;
  if (typed === '' && !/\b(from|join)\s+$/i.test(before)) return { from, list: [] };
  const wanted = typed.toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().startsWith(wanted) && name.toLowerCase() !== wanted;
  const tables = catalog.tables.map((table) => ({ table, name: `${adqlName(table.schema)}.${adqlName(table.name)}` }));
  const tableList = tables
    .filter(({ table, name }) => fits(name) || (typed !== '' && fits(table.name)))
    .map(({ table, name }): Suggestion => ({ text: name, kind: 'table', detail: table.description ?? '' }));
  if (/\b(from|join)\s+[\w.]*$/i.test(before)) return { from, list: tableList.slice(0, MOST) };
  const named = tables.filter(({ table, name }) => new RegExp(`\\b${escaped(table.name)}\\b`, 'i').test(text) || text.includes(name));
  const prefix = typed.includes('.') ? typed.slice(0, typed.lastIndexOf('.') + 1) : '';
  const columnList = (named.length > 0 ? named : tables).flatMap(({ table }) =>
    table.columns
      .filter((column) => column.hidden !== true && fits(prefix + adqlName(column.name)))
      .map((column): Suggestion => ({
        text: prefix + adqlName(column.name),
        kind: 'column',
        detail: [column.unit, column.description].filter(Boolean).join(' · '),
      })),
  );
  const wordList = WORDS.filter(fits).map((word): Suggestion => ({ text: word, kind: 'word', detail: '' }));
  const seen = new Set<string>();
  const list = [...columnList, ...tableList, ...wordList].filter(({ text: name }) => !seen.has(name) && seen.add(name));
  return { from, list: list.slice(0, MOST) };
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
