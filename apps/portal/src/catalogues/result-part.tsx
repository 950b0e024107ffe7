import { lazy, type ReactElement, Suspense, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { findColumn } from '@almagest/table';
import { note, useAddress } from '../routing/address.ts';
import type { QueryAnswer } from '../services/tap-client.ts';
import { withColours } from './colours.ts';
import { LightCurveView } from './light-curve-view.tsx';
import { PlotsView } from './plots-view.tsx';
import { numbersOf, type Sorting, viewOf } from './result-model.ts';
import { setSkyMarks } from '../sky/sky-marks.ts';
import { ResultTable } from './result-table.tsx';

/** The writers of all formats come when something is taken away. */
const Downloads = lazy(async () => ({ default: (await import('./downloads.tsx')).Downloads }));

/** A brushed range of one or two columns; every plot and the table follow it. */
export interface Brush {
  readonly ranges: readonly { readonly column: string; readonly low: number; readonly high: number }[];
}

const VIEWS = [
  ['plots', 'Plots'],
  ['light', 'Light curve'],
  ['take', 'Take away'],
] as const;

/** The result: table, plots and what belongs to the current row, all of the same rows. */
export function ResultPart({ answer, query }: { readonly answer: QueryAnswer; readonly query: string }): ReactElement {
  const { table, pairs } = useMemo(() => withColours(answer.table), [answer]);
  const { parameters } = useAddress();
  const [filters, setFilters] = useState<ReadonlyMap<string, string>>(() => readFilters(parameters.getAll('keep')));
  const [sorting, setSorting] = useState<Sorting>();
  const [current, setCurrent] = useState<number>();
  const applied = useDeferredValue(filters);
  const view = useMemo(() => viewOf(table, applied, sorting), [table, applied, sorting]);
  const brush = readBrush(parameters.get('brush'));
  const brushText = parameters.get('brush') ?? '';
  const chosen = useMemo(() => (brush ? markRows(table, view.rows, brush) : undefined), [table, view.rows, brushText]);
  const brushed = useMemo(() => (chosen ? view.rows.filter((row) => chosen[row] === 1) : view.rows), [view.rows, chosen]);
  useEffect(() => setSkyMarks({ query, points: positionsOf(answer, brushed) }), [answer, brushed, query]);
  const shown = VIEWS.find(([name]) => name === parameters.get('view'))?.[0] ?? 'plots';
  const setBrush = (changed: Brush | undefined): void =>
    note({ brush: changed?.ranges.map(({ column, low, high }) => `${column}:${low.toPrecision(8)}:${high.toPrecision(8)}`).join('|') });
  const onFilter = (column: string, text: string): void => {
    const next = new Map(filters);
    if (text === '') next.delete(column);
    else next.set(column, text);
    setFilters(next);
  };
  if (table.nrows === 0) return <p className="notice">No rows. The query is sound; nothing in the archive answers it.</p>;
  return (
    <section className="stack" aria-label="Result">
      <div className="row">
        <h2 className="grow">
          {view.rows.length === table.nrows
            ? `${table.nrows.toLocaleString('en')} rows`
            : `${view.rows.length.toLocaleString('en')} of ${table.nrows.toLocaleString('en')} rows`}
          {chosen && `, ${brushed.length.toLocaleString('en')} brushed`}
        </h2>
        {brush && (
          <button type="button" onClick={() => setBrush(undefined)}>
            Clear the brush
          </button>
        )}
      </div>
      <ResultTable
        table={table}
        rows={brushed}
        sorting={sorting}
        filters={filters}
        current={current}
        onSort={setSorting}
        onFilter={onFilter}
        onCurrent={setCurrent}
      />
      <div role="tablist" aria-label="Views of the result">
        {VIEWS.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === shown}
            aria-controls="result-view"
            onClick={() => note({ view: name })}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="result-view" role="tabpanel" aria-labelledby={`tab-${shown}`}>
        {shown === 'plots' && (
          <PlotsView table={table} pairs={pairs} rows={view.rows} chosen={chosen} current={current} onBrush={setBrush} />
        )}
        {shown === 'light' && <LightCurveView table={table} rows={brushed} />}
        {shown === 'take' && (
          <Suspense fallback={<p className="quiet waiting">Opening…</p>}>
            <Downloads table={answer.table} rows={brushed} query={query} />
          </Suspense>
        )}
      </div>
    </section>
  );
}

/** Most rows that the sky shows at once. */
const MOST_MARKS = 20_000;

/** Positions of rows, from the columns that say by their UCD, or by their names, that they are ICRS in degrees. */
function positionsOf({ table }: QueryAnswer, rows: Uint32Array): readonly { readonly ra: number; readonly dec: number }[] {
  const [ra, dec] = ['ra', 'dec'].map(
    (name) =>
      table.columns.find((column) => column.ucd?.startsWith(`pos.eq.${name}`)) ??
      table.columns.find((column) => column.name.toLowerCase() === name),
  );
  if (!ra || !dec) return [];
  const [ras, decs] = [numbersOf(ra), numbersOf(dec)];
  return Array.from(rows.subarray(0, MOST_MARKS), (row) => ({ ra: ras[row]!, dec: decs[row]! })).filter((each) =>
    Number.isFinite(each.ra + each.dec),
  );
}

function readFilters(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]));
}

function readBrush(text: string | null): Brush | undefined {
  const ranges = (text ?? '').split('|').flatMap((part) => {
    const [column = '', low = '', high = ''] = part.split(':');
    return column !== '' && Number.isFinite(Number(low)) && Number.isFinite(Number(high))
      ? [{ column, low: Number(low), high: Number(high) }]
      : [];
  });
  return ranges.length > 0 ? { ranges } : undefined;
}

function markRows(table: QueryAnswer['table'], rows: Uint32Array, { ranges }: Brush): Uint8Array {
  const marks = new Uint8Array(table.nrows);
  const tests = ranges.flatMap(({ column, low, high }) => {
    const found = findColumn(table, column);
    return found ? [{ values: numbersOf(found), low, high }] : [];
  });
  for (const row of rows) marks[row] = tests.every(({ values, low, high }) => values[row]! >= low && values[row]! <= high) ? 1 : 0;
  return marks;
}
