import { type KeyboardEvent, type ReactElement, useEffect, useMemo, useRef, useState } from 'react';
import type { Table } from '@almagest/table';
import { cellText, isNumeric, type Sorting } from './result-model.ts';

export interface ResultTableProps {
  readonly table: Table;
  readonly rows: Uint32Array;
  readonly sorting: Sorting | undefined;
  readonly filters: ReadonlyMap<string, string>;
  readonly current: number | undefined;
  readonly onSort: (sorting: Sorting | undefined) => void;
  readonly onFilter: (column: string, text: string) => void;
  readonly onCurrent: (row: number) => void;
}

const ROW = 30;
const HEAD = 76;
const HEIGHT = 520;
/** Browsers cut elements off at 17 to 33 million pixels; longer tables scroll through a shorter element. */
const TALLEST = 8_000_000;

/** A table of any length of which only the rows in sight are in the page. */
export function ResultTable(props: ResultTableProps): ReactElement {
  const { table, rows, current } = props;
  const [scrollTop, setScrollTop] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const widths = useMemo(() => table.columns.map((_, i) => widthOf(table, i)), [table]);
  const total = rows.length * ROW;
  const height = Math.min(total, TALLEST);
  const inSight = HEIGHT - HEAD;
  const stretch = height > inSight ? (total - inSight) / (height - inSight) : 1;
  const first = Math.max(0, Math.floor((scrollTop * stretch) / ROW) - 4);
  const shown = rows.subarray(first, first + Math.ceil(inSight / ROW) + 10);
  const offset = scrollTop - (scrollTop * stretch - first * ROW);
  useEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    setScrollTop(0);
  }, [table]);

  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 14, PageUp: -14, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    if (step === undefined || rows.length === 0 || (event.target as HTMLElement).tagName === 'INPUT') return;
    event.preventDefault();
    const at = current === undefined ? -1 : rows.indexOf(current);
    const next = Math.max(0, Math.min(rows.length - 1, at + step));
    props.onCurrent(rows[next]!);
    const top = (next * ROW) / stretch;
    const seen = box.current;
    if (seen && (top < seen.scrollTop || top > seen.scrollTop + inSight - 2 * ROW)) seen.scrollTop = Math.max(0, top - inSight / 2);
  };
  const template = { gridTemplateColumns: widths.map((width) => `${width}px`).join(' '), width: widths.reduce((a, b) => a + b, 0) };
  return (
    <div
      ref={box}
      className="result-table card"
      role="grid"
      aria-label="Rows of the result"
      aria-rowcount={rows.length + 1}
      aria-colcount={table.columns.length}
      tabIndex={0}
      style={{ height: Math.min(HEIGHT, HEAD + Math.max(total, ROW) + 18) }}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onKeyDown={move}
    >
      <div role="rowgroup" className="result-head" style={{ width: template.width }}>
        <div role="row" aria-rowindex={1} className="result-row" style={template}>
          {table.columns.map((column) => (
            <Heading key={column.name} {...props} name={column.name} unit={column.unit ?? ''} about={column.description ?? ''} />
          ))}
        </div>
      </div>
      <div role="rowgroup" style={{ height, minWidth: template.width, position: 'relative' }}>
        <div style={{ transform: `translateY(${offset}px)` }} role="presentation">
          {Array.from(shown, (row, i) => (
            <div
              key={row}
              role="row"
              aria-rowindex={first + i + 2}
              aria-selected={row === current}
              className="result-row"
              style={template}
              onClick={() => props.onCurrent(row)}
            >
              {table.columns.map((column) => (
                <span key={column.name} role="gridcell" className={isNumeric(column) ? 'number right' : ''}>
                  {cellText(column, row)}
                </span>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

interface HeadingProps extends ResultTableProps {
  readonly name: string;
  readonly unit: string;
  readonly about: string;
}

function Heading({ name, unit, about, sorting, filters, onSort, onFilter }: HeadingProps): ReactElement {
  const mine = sorting?.column === name ? sorting : undefined;
  const next = mine ? (mine.descending ? undefined : { column: name, descending: true }) : { column: name, descending: false };
  return (
    <span role="columnheader" aria-sort={mine ? (mine.descending ? 'descending' : 'ascending') : 'none'}>
      <button type="button" className="plain" title={about} onClick={() => onSort(next)}>
        <b>{name}</b>
        {unit !== '' && <i className="quiet">{unit}</i>}
        <span aria-hidden="true">{mine ? (mine.descending ? '↓' : '↑') : ''}</span>
      </button>
      <input
        aria-label={`Keep rows by ${name}`}
        placeholder="filter"
        title="> 5, 1..3, = x, !x, or a part of the text"
        value={filters.get(name) ?? ''}
        onChange={(event) => onFilter(name, event.target.value)}
      />
    </span>
  );
}

/** Wide enough for the name and what the first rows hold. */
function widthOf(table: Table, index: number): number {
  const column = table.columns[index]!;
  let longest = column.name.length + (column.unit?.length ?? 0) + 3;
  for (let row = 0; row < Math.min(60, table.nrows); row++) longest = Math.max(longest, cellText(column, row).length);
  return Math.round(Math.min(320, Math.max(96, 26 + 8 * longest)));
}
