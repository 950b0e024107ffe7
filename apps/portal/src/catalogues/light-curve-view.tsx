import { type ReactElement, useMemo, useState } from 'react';
import { findColumn, type Table } from '@almagest/table';
import { note, useAddress } from '../routing/address.ts';
import { LightCurve, type LightPoint } from '../plots/light-curve.tsx';
import { computePeriodogram, type Periodogram } from '../plots/period.ts';
import { ColumnChoice } from './column-choice.tsx';
import { cellText, isNumeric, numbersOf } from './result-model.ts';

/** Names that time, flux, its error and the band usually have, the likeliest first. */
const GUESSES = {
  time: [/^midpointMjdTai$/i, /mjd/i, /^(time|date|jd|hjd|bjd)/i],
  value: [/^psfFlux$/, /flux$/i, /mag(nitude)?$/i],
  error: [/(flux|mag).*(err|error|sigma)$/i, /err|sigma/i],
  band: [/^band$/i, /filter|band/i],
} as const;

const MOST = 20_000;

/** Light curve of the rows in view, with folding by a period that is given or searched. */
export function LightCurveView({ table, rows }: { readonly table: Table; readonly rows: Uint32Array }): ReactElement {
  const { parameters } = useAddress();
  const [searching, setSearching] = useState('');
  const pick = (role: keyof typeof GUESSES): string | undefined => {
    const asked = parameters.get(role);
    if (asked !== null && (asked === '-' || findColumn(table, asked))) return asked === '-' ? undefined : asked;
    const usable = table.columns.filter((column) => (role === 'band' ? true : isNumeric(column)));
    return GUESSES[role].map((pattern) => usable.find((column) => pattern.test(column.name))?.name).find((name) => name !== undefined);
  };
  const [time, value, error, band] = [pick('time'), pick('value'), pick('error'), pick('band')];
  const points = useMemo(() => readPoints(table, rows, { time, value, error, band }), [table, rows, time, value, error, band]);
  const period = Number(parameters.get('period') ?? Number.NaN);
  const isFolded = period > 0;
  const findPeriod = (): void => {
    setSearching('Searching…');
    // Lets the page say so before the search takes the processor.
    setTimeout(() => {
      const found = searchPeriod(points);
      setSearching(Number.isFinite(found.bestPeriod) ? trustText(found) : 'Too few measurements to find a period.');
      if (Number.isFinite(found.bestPeriod)) note({ period: found.bestPeriod.toPrecision(7) });
    }, 30);
  };
  const isMagnitude = /mag/i.test(value ?? '');
  return (
    <div className="stack">
      <div className="row">
        <ColumnChoice table={table} label="Time" value={time} numeric onChoose={(name) => note({ time: name })} />
        <ColumnChoice table={table} label="Value" value={value} numeric onChoose={(name) => note({ value: name })} />
        <ColumnChoice table={table} label="Error" value={error} numeric optional onChoose={(name) => note({ error: name ?? '-' })} />
        <ColumnChoice table={table} label="Band" value={band} optional onChoose={(name) => note({ band: name ?? '-' })} />
        <label className="field">
          Period [day]
          <input
            type="number"
            step="any"
            min="0"
            placeholder="not folded"
            value={parameters.get('period') ?? ''}
            onChange={(event) => note({ period: event.target.value })}
          />
        </label>
        <button type="button" onClick={findPeriod}>
          Find a period
        </button>
        {isFolded && (
          <button type="button" onClick={() => note({ period: undefined })}>
            Unfold
          </button>
        )}
        <span className="small quiet" role="status">
          {searching}
        </span>
      </div>
      {time !== undefined && value !== undefined ? (
        <LightCurve
          points={points}
          period={isFolded ? period : undefined}
          labels={{ time: `${time} [day]`, value: value + unitOf(table, value) }}
          isMagnitude={isMagnitude}
          height={380}
        />
      ) : (
        <p className="quiet">Choose the columns that hold time and brightness.</p>
      )}
      {rows.length > MOST && (
        <p className="quiet small">The first {MOST.toLocaleString('en')} rows are drawn; filter or brush to one object.</p>
      )}
    </div>
  );
}

interface Roles {
  readonly time: string | undefined;
  readonly value: string | undefined;
  readonly error: string | undefined;
  readonly band: string | undefined;
}

function readPoints(table: Table, rows: Uint32Array, roles: Roles): readonly LightPoint[] {
  const column = (name: string | undefined) => (name === undefined ? undefined : findColumn(table, name));
  const [time, value, error, band] = [column(roles.time), column(roles.value), column(roles.error), column(roles.band)];
  if (!time || !value) return [];
  return Array.from(rows.subarray(0, MOST), (row) => ({
    time: numbersOf(time)[row]!,
    value: numbersOf(value)[row]!,
    error: error ? numbersOf(error)[row]! : Number.NaN,
    band: band ? cellText(band, row) : '',
  }));
}

/** Shortest period that is looked for in a long series [day], that of the fastest stars that pulsate; short ones are looked into deeper. */
const SHORTEST_DAYS = 0.03;

/** The strongest period in the data; bands are brought to one level first. */
function searchPeriod(points: readonly LightPoint[]): Periodogram {
  const good = points.filter(({ time, value }) => Number.isFinite(time + value));
  const level = new Map(
    [...Map.groupBy(good, (point) => point.band)].map(([band, own]) => [band, own.reduce((sum, { value }) => sum + value, 0) / own.length]),
  );
  const times = Float64Array.from(good, ({ time }) => time);
  const values = Float64Array.from(good, ({ value, band }) => value - (level.get(band) ?? 0));
  const weights = Float64Array.from(good, ({ error }) => (error > 0 ? 1 / error ** 2 : 1));
  const span = good.length > 1 ? Math.max(...times) - Math.min(...times) : 0;
  return computePeriodogram(times, values, weights, { shortest: Math.min(SHORTEST_DAYS, span / 50), longest: Math.max(0.1, span) });
}

/** How far the period is to be trusted. */
function trustText({ falseAlarm }: Periodogram): string {
  if (falseAlarm < 1e-3) return 'A clear period: noise would hardly make one.';
  const percent =
    falseAlarm > 0.995 ? 'nearly all' : `${falseAlarm < 0.1 ? (100 * falseAlarm).toPrecision(2) : Math.round(100 * falseAlarm)} % of`;
  return falseAlarm < 0.05
    ? `Noise alone would give a period as good in ${percent} cases.`
    : `Not to be trusted: noise alone would give a period as good in ${percent} cases. More measurements are needed.`;
}

function unitOf(table: Table, name: string): string {
  const unit = findColumn(table, name)?.unit;
  return unit === undefined ? '' : ` [${unit}]`;
}
