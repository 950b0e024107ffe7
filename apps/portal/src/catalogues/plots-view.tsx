import type { ReactElement } from 'react';
import { findColumn, type Table } from '@almagest/table';
import { note, useAddress } from '../routing/address.ts';
import { Histogram } from '../plots/histogram.tsx';
import { ScatterPlot } from '../plots/scatter-plot.tsx';
import type { ColourPair } from './colours.ts';
import { ColumnChoice } from './column-choice.tsx';
import { isNumeric, numbersOf } from './result-model.ts';
import type { Brush } from './result-part.tsx';

interface PlotsViewProps {
  readonly table: Table;
  /** Colours that the result has, with their magnitudes. */
  readonly pairs: readonly ColourPair[];
  readonly rows: Uint32Array;
  readonly chosen: Uint8Array | undefined;
  readonly current: number | undefined;
  readonly onBrush: (brush: Brush | undefined) => void;
}

/** A scatter plot and a histogram side by side; dragging over either brushes both and the table. */
export function PlotsView({ table, pairs, rows, chosen, current, onBrush }: PlotsViewProps): ReactElement {
  const { parameters } = useAddress();
  const numeric = table.columns.filter(isNumeric).map((column) => column.name);
  const plain = numeric.filter((name) => !/(^|_)id$|Id$/.test(name));
  const asked = (key: string, otherwise: string | undefined): string | undefined => {
    const name = parameters.get(key);
    return name !== null && numeric.includes(name) ? name : otherwise;
  };
  const x = asked('x', plain[0] ?? numeric[0]);
  const y = asked('y', plain[1] ?? numeric[1] ?? x);
  const h = asked('h', plain[2] ?? y);
  if (x === undefined || y === undefined || h === undefined) return <p className="quiet">There is no column of numbers to draw.</p>;
  const values = (name: string): Float64Array => numbersOf(findColumn(table, name)!);
  const label = (name: string): string => {
    const unit = findColumn(table, name)?.unit;
    return unit === undefined ? name : `${name} [${unit}]`;
  };
  const flips = (name: string): boolean =>
    (parameters.get('flip') ?? '').split(',').includes(name) || /mag/i.test(name) || name.toLowerCase() === 'ra';
  return (
    <div className="plots">
      <figure className="card pad stack">
        <figcaption className="row">
          <ColumnChoice table={table} label="Across" value={x} numeric onChoose={(name) => note({ x: name })} />
          <ColumnChoice table={table} label="Up" value={y} numeric onChoose={(name) => note({ y: name })} />
          {pairs.map(({ colour, magnitude }) => (
            <button
              key={colour}
              type="button"
              className="tiny"
              aria-pressed={x === colour && y === magnitude}
              onClick={() => note({ x: colour, y: magnitude })}
            >
              Colour–magnitude {colour}
            </button>
          ))}
          <RangeFields x={x} y={y} onBrush={onBrush} />
        </figcaption>
        <ScatterPlot
          x={values(x)}
          y={values(y)}
          rows={rows}
          chosen={chosen}
          current={current}
          labels={{ x: label(x), y: label(y) }}
          flip={{ x: flips(x) && !/mag/i.test(x), y: flips(y) && y.toLowerCase() !== 'ra' }}
          height={380}
          onBrush={(brush) =>
            onBrush(
              brush && {
                ranges: [
                  { column: x, low: brush.x[0], high: brush.x[1] },
                  { column: y, low: brush.y[0], high: brush.y[1] },
                ],
              },
            )
          }
        />
      </figure>
      <figure className="card pad stack">
        <figcaption className="row">
          <ColumnChoice table={table} label="Histogram of" value={h} numeric onChoose={(name) => note({ h: name })} />
        </figcaption>
        <Histogram
          values={values(h)}
          rows={rows}
          chosen={chosen}
          label={label(h)}
          bins={60}
          height={380}
          onBrush={(range) => onBrush(range && { ranges: [{ column: h, low: range[0], high: range[1] }] })}
        />
      </figure>
    </div>
  );
}

/** The brush for those who do not drag: four numbers. */
function RangeFields({
  x,
  y,
  onBrush,
}: {
  readonly x: string;
  readonly y: string;
  readonly onBrush: (brush: Brush | undefined) => void;
}): ReactElement {
  return (
    <details className="ranges">
      <summary>Brush by numbers</summary>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const range = (column: string, key: string) => {
            const [low, high] = [form.get(`${key}0`), form.get(`${key}1`)].map((each) =>
              typeof each === 'string' && each.trim() !== '' ? Number(each) : Number.NaN,
            );
            return low === undefined || high === undefined || Number.isNaN(low + high) ? [] : [{ column, low, high }];
          };
          const ranges = [...range(x, 'x'), ...range(y, 'y')];
          onBrush(ranges.length > 0 ? { ranges } : undefined);
        }}
      >
        {(['x', 'y'] as const).map((key) => (
          <span key={key} className="row tight">
            <span className="small">{key === 'x' ? x : y}</span>
            <input name={`${key}0`} type="number" step="any" aria-label={`${key === 'x' ? x : y}, from`} />
            <input name={`${key}1`} type="number" step="any" aria-label={`${key === 'x' ? x : y}, to`} />
          </span>
        ))}
        <button type="submit">Brush</button>
      </form>
    </details>
  );
}
