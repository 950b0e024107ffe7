import { type ApertureCorrection, fitApertureCorrection } from '@almagest/characterization';
import { evaluateField, type PixelBox } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { getColumn, makeColumn, type Table } from '@almagest/table';
import type { PsfOfImage } from './psf-of-image.ts';

/** Fluxes that are brought to the calibration aperture. */
const CORRECTED = ['psfFlux', 'gaussianFlux'] as const;

/** Corrections by flux. */
export type Corrections = Readonly<Partial<Record<(typeof CORRECTED)[number], ApertureCorrection>>>;

/** Half side of the square about a star that no other source may reach into [pixel]: the aperture and the wings beyond. */
const CLEARANCE = 20;
/** Fewer stars that stand alone than this are not worth leaving the others out. */
const ENOUGH_ALONE = 100;

/** Fits calibration flux over flux of the stars of the PSF model, those that stand alone where there are enough. */
export function fitCorrection(table: Table, { fit, stars }: PsfOfImage, box: PixelBox, segmentation: Plane<Int32Array>): Corrections {
  const all = fit.stars.filter((star) => star.used && stars.peak[star.candidate] >= 0);
  const alone = all.filter((star) => standsAlone(segmentation, star.x, star.y, stars.label[star.candidate]));
  const rows = (alone.length >= ENOUGH_ALONE ? alone : all).map((star) => stars.peak[star.candidate]);
  const column = (name: string): Float64Array => {
    const { data } = getColumn(table, name);
    return Float64Array.from(rows, (row) => Number(data[row]));
  };
  const [x, y, calib, calibErr] = ['x', 'y', 'calibFlux', 'calibFluxErr'].map(column);
  return Object.fromEntries(
    CORRECTED.flatMap((name) => {
      const flux = column(name);
      const ratio = calib.map((value, i) => value / flux[i]);
      const ratioErr = calibErr.map((value, i) => Math.abs(value / flux[i]));
      const correction = fitApertureCorrection({ x, y, ratio, ratioErr }, { box });
      return correction ? [[name, correction]] : [];
    }),
  );
}

/** Multiplies the fluxes and notes by what; without a correction they stay and are flagged. */
export function applyCorrection(table: Table, corrections: Corrections | undefined): Table {
  const x = getColumn(table, 'x').data;
  const y = getColumn(table, 'y').data;
  const rows = table.nrows;
  let columns = table.columns;
  for (const name of CORRECTED) {
    const correction = corrections?.[name];
    const factor = Float64Array.from({ length: rows }, (_, i) =>
      correction ? evaluateField(correction.field, Number(x[i]), Number(y[i])) : 1,
    );
    columns = columns.map((column) =>
      column.name === name || column.name === `${name}Err`
        ? { ...column, data: Float64Array.from(factor, (f, i) => f * Number(column.data[i])) }
        : column,
    );
    columns = [
      ...columns,
      makeColumn({ name: `${name}_apCorr`, datatype: 'float64', data: factor, description: `Correction that ${name} was multiplied by` }),
      makeColumn({
        name: `${name}_apCorrErr`,
        datatype: 'float64',
        data: new Float64Array(rows).fill(correction?.error ?? Number.NaN),
        description: `Standard error of ${name}_apCorr`,
      }),
      makeColumn({
        name: `${name}_flag_apCorr`,
        datatype: 'boolean',
        data: new Uint8Array(rows).fill(correction ? 0 : 1),
        description: `${name} could not be corrected to the calibration aperture`,
      }),
    ];
  }
  return { ...table, columns };
}

function standsAlone({ data, width, height, stride }: Plane<Int32Array>, x: number, y: number, label: number): boolean {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  for (let v = Math.max(0, cy - CLEARANCE); v <= Math.min(height - 1, cy + CLEARANCE); v++)
    for (let u = Math.max(0, cx - CLEARANCE); u <= Math.min(width - 1, cx + CLEARANCE); u++) {
      const other = data[v * stride + u];
      if (other !== 0 && other !== label) return false;
    }
  return true;
}
