import { cellAt, findColumn, type Column, type Table } from '@almagest/table';
import { PlotError } from '../errors.ts';
import { suggest } from '../suggest.ts';
import type { Chart } from './chart.ts';

export interface LightCurveRequest {
  readonly title: string;
  readonly time?: string;
  readonly value?: string;
  readonly error?: string;
  readonly band?: string;
  /** [day] */
  readonly period?: number;
}

const TIMES = ['midpointMjdTai', 'mjd', 'time', 'jd', 't'];
const VALUES = ['scienceFlux', 'psfFlux', 'flux', 'mag', 'psfMag'];

/** Brightness against time or phase, a series for each band. @throws {PlotError} naming a column that is not there. */
export function lightCurveChart(table: Table, request: LightCurveRequest): Chart {
  const { title, period } = request;
  const time = columnOf(table, request.time, TIMES, '--time');
  const value = columnOf(table, request.value, VALUES, '--value');
  const error = request.error === undefined ? findColumn(table, `${value.name}Err`) : columnOf(table, request.error, [], '--error');
  const band = request.band === undefined ? findColumn(table, 'band') : columnOf(table, request.band, [], '--band');
  const [times, values] = [numbersOf(time), numbersOf(value)];
  const start = times.reduce((a, b) => (b < a ? b : a), Number.POSITIVE_INFINITY);
  const rows = [...times.keys()];
  const groups = band ? Map.groupBy(rows, (row) => textOf(band, row)) : new Map([['', rows]]);
  const errors = error && numbersOf(error);
  const phase = (t: number): number => (period === undefined ? t : ((t - start) / period) % 1);
  return {
    title: period === undefined ? title : `${title}, folded by ${period} days`,
    x: period === undefined ? withUnit(time) : 'phase',
    y: withUnit(value),
    flipY: /mag/i.test(value.name),
    series: [...groups]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, own]) => ({
        name,
        kind: 'points' as const,
        x: Float64Array.from(own, (row) => phase(times[row]!)),
        y: Float64Array.from(own, (row) => values[row]!),
        ...(errors ? { error: Float64Array.from(own, (row) => errors[row]!) } : {}),
      })),
  };
}

/** How often values fall into equal steps between the least and the largest. @throws {PlotError} naming a column that is not there. */
export function histogramChart(table: Table, request: { readonly title: string; readonly column: string; readonly bins: number }): Chart {
  const column = columnOf(table, request.column, [], '--column');
  const values = numbersOf(column).filter(Number.isFinite);
  if (values.length === 0) throw new PlotError(`column ${column.name} has no number to plot`);
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const bins = Math.max(1, Math.round(request.bins));
  const step = (high - low || 1) / bins;
  const counts = new Float64Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / step))]! += 1;
  return {
    title: `${request.title}: ${values.length} values of ${column.name}`,
    x: withUnit(column),
    y: 'rows',
    series: [{ name: column.name, kind: 'bars', x: counts.map((_, i) => low + (i + 0.5) * step), y: counts }],
  };
}

function columnOf(table: Table, name: string | undefined, usual: readonly string[], option: string): Column {
  const found =
    name === undefined ? usual.map((each) => findColumn(table, each)).find((each) => each !== undefined) : findColumn(table, name);
  if (found) return found;
  const names = table.columns.map((each) => each.name);
  const near = name === undefined ? undefined : suggest(name, names);
  const wanted = name === undefined ? `none of ${usual.join(', ')} is there: name one with ${option}` : `there is no column ${name}`;
  throw new PlotError(`${wanted}${near ? `; did you mean ${near}?` : `; the table has ${names.join(', ')}`}`);
}

function numbersOf(column: Column): Float64Array {
  return Float64Array.from({ length: column.data.length }, (_, i) => (column.nulls?.[i] ? Number.NaN : Number(column.data[i])));
}

function withUnit({ name, unit }: Column): string {
  return unit === undefined ? name : `${name} [${unit}]`;
}

function textOf(column: Column, row: number): string {
  const cell = cellAt(column, row);
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'bigint' ? String(cell) : '';
}
