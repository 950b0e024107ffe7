import { ARCSEC, DEGREE, matchSky, type MatchKeep, type SkyColumns } from '@almagest/sphere';
import { type Column, getColumn, makeColumn, makeTable, type Table, takeRows, UnsupportedTableError } from '@almagest/table';

export const KEEPS = ['one-to-one', 'nearest', 'all'] as const satisfies readonly MatchKeep[];

export interface TableMatchOptions {
  readonly radiusArcsec: number;
  readonly keep: MatchKeep;
  /** Names of the two position columns [deg] in each table. */
  readonly first: readonly [ra: string, dec: string];
  readonly second: readonly [ra: string, dec: string];
}

/**
 * Joins two tables by position: the columns of both, those of one name with _1 and _2 behind it, and `separation` [arcsec].
 * Rows without a position match nothing.
 */
export function matchTables(first: Table, second: Table, { radiusArcsec, keep, ...names }: TableMatchOptions): Table {
  const { a, b, separation } = matchSky(positions(first, names.first), positions(second, names.second), {
    radius: radiusArcsec * ARCSEC,
    keep,
  });
  const common = new Set(first.columns.map(({ name }) => name).filter((name) => second.columns.some((column) => column.name === name)));
  const named = (table: Table, suffix: string): Column[] =>
    table.columns.map((column) => (common.has(column.name) ? { ...column, name: `${column.name}_${suffix}` } : column));
  const apart = separation.map((value) => value / ARCSEC);
  return makeTable(
    [
      ...named(takeRows(first, a), '1'),
      ...named(takeRows(second, b), '2'),
      makeColumn({ name: 'separation', datatype: 'float64', unit: 'arcsec', ucd: 'pos.angDistance', data: apart }),
    ],
    first.meta,
  );
}

function positions(table: Table, [ra, dec]: readonly [string, string]): SkyColumns {
  return { lon: radians(getColumn(table, ra)), lat: radians(getColumn(table, dec)) };
}

function radians({ name, data, nulls, shape }: Column): Float64Array {
  if (shape.length > 0 || !(data instanceof Float64Array || data instanceof Float32Array))
    throw new UnsupportedTableError(`column "${name}" must hold one real number a row, in degrees`, {
      details: { format: 'match', column: name },
    });
  const angles = new Float64Array(data.length);
  for (let row = 0; row < data.length; row++) angles[row] = nulls?.[row] ? Number.NaN : (data[row] as number) * DEGREE;
  return angles;
}
