import { calibrationAt, type PhotoCalib } from '@almagest/image';
import { type Column, getColumn, makeColumn, type Table } from '@almagest/table';

/**
 * Fluxes of a table in nanojansky: every column of unit `count` is multiplied by the calibration at the row's place, and columns
 * of unit `count**2` by its square.
 *
 * Errors stay those of the pixels; the error of the zero point is the same for all rows and is kept with the calibration.
 *
 * @param table - With columns x and y [pixel].
 */
export function calibrateTable(table: Table, calib: PhotoCalib): Table {
  const x = getColumn(table, 'x').data;
  const y = getColumn(table, 'y').data;
  const factor = Float64Array.from({ length: table.nrows }, (_, i) => calibrationAt(calib, Number(x[i]), Number(y[i])));
  return { ...table, columns: table.columns.map((column) => calibrated(column, factor)) };
}

/** Published names of what stays as the camera counted it. */
const INSTRUMENTAL = /_instFlux(?:Err)?$/;

function calibrated(column: Column, factor: Float64Array): Column {
  if ((column.unit !== 'count' && column.unit !== 'count**2') || INSTRUMENTAL.test(column.name)) return column;
  const squared = column.unit === 'count**2';
  const data = Float64Array.from(factor, (f, i) => Number(column.data[i]) * (squared ? f * f : f));
  return makeColumn({ ...column, datatype: 'float64', data, unit: squared ? 'nJy**2' : 'nJy' });
}
