import { makeColumn, type Table } from '@almagest/table';

/** Rows of the sources that made the calibration. */
export interface CalibrationRows {
  readonly astrometric: Iterable<number>;
  readonly photometric: Iterable<number>;
}

/** Adds columns that tell which sources the WCS and the zero point were fitted to. */
export function withCalibrationFlags(table: Table, { astrometric, photometric }: CalibrationRows): Table {
  const flags = (rows: Iterable<number>): Uint8Array => {
    const out = new Uint8Array(table.nrows);
    for (const row of rows) out[row] = 1;
    return out;
  };
  const column = (name: string, data: Uint8Array, description: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'boolean', data, description });
  return {
    ...table,
    columns: [
      ...table.columns,
      column('calib_astrometry_used', flags(astrometric), 'In the fit of the WCS'),
      column('calib_photometry_used', flags(photometric), 'In the fit of the zero point'),
      column('calib_photometry_reserved', flags([]), 'Kept out of the fit of the zero point'),
    ],
  };
}
