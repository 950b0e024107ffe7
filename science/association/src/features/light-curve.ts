import { ColumnLengthError } from '../errors.ts';

/** Fluxes of one object in one band, any unit; points with a flux, error or time that is not finite are left out. */
export interface LightCurve {
  /** [day] */
  readonly time: Float64Array;
  readonly flux: Float64Array;
  /** One sigma, positive. */
  readonly error: Float64Array;
}

/** The usable points in order of time; fresh arrays. */
export function usablePoints({ time, flux, error }: LightCurve): LightCurve {
  if (flux.length !== time.length || error.length !== time.length)
    throw new ColumnLengthError(
      `a light curve needs as many fluxes and errors as times; found ${time.length}, ${flux.length}, ${error.length}`,
      {
        details: { expected: time.length, found: flux.length === time.length ? error.length : flux.length },
      },
    );
  const rows: number[] = [];
  for (let i = 0; i < time.length; i++)
    if (Number.isFinite(time[i]) && Number.isFinite(flux[i]) && error[i] > 0 && error[i] < Infinity) rows.push(i);
  rows.sort((a, b) => time[a] - time[b] || flux[a] - flux[b]);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (row) => values[row]);
  return { time: pick(time), flux: pick(flux), error: pick(error) };
}
