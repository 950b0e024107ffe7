import { getColumn, makeColumn, makeTable } from '@almagest/table';
import { expect, test } from 'vitest';
import { calibrateTable } from './calibrate-table.ts';
import { photoCalibData, photoCalibOfData } from './photo-calib-data.ts';

const calib = {
  calibrationMean: 2,
  calibrationErr: 0.1,
  scaling: { box: { x0: 0, y0: 0, width: 10, height: 10 }, coefficients: [[1, 0.5]] },
};

test('counts become nanojansky by the calibration at their place; other columns stay', () => {
  const table = makeTable([
    makeColumn({ name: 'x', datatype: 'float64', data: Float64Array.of(-0.5, 9.5) }),
    makeColumn({ name: 'y', datatype: 'float64', data: Float64Array.of(3, 3) }),
    makeColumn({ name: 'psfFlux', datatype: 'float64', data: Float64Array.of(100, 100), unit: 'count' }),
    makeColumn({ name: 'apFlux_12_0_instFlux', datatype: 'float64', data: Float64Array.of(100, 100), unit: 'count' }),
    makeColumn({ name: 'variance_value', datatype: 'float64', data: Float64Array.of(4, 4), unit: 'count**2' }),
  ]);
  const out = calibrateTable(table, calib);
  expect(Array.from(getColumn(out, 'psfFlux').data as Float64Array)).toEqual([100, 300]);
  expect(getColumn(out, 'psfFlux').unit).toBe('nJy');
  expect(Array.from(getColumn(out, 'variance_value').data as Float64Array)).toEqual([4, 36]);
  // Instrumental by its name: what the camera counted.
  expect(getColumn(out, 'apFlux_12_0_instFlux')).toEqual(getColumn(table, 'apFlux_12_0_instFlux'));
  expect(getColumn(out, 'x').data).toBe(getColumn(table, 'x').data);
});

test('a calibration survives JSON', () => {
  expect(photoCalibOfData(JSON.parse(JSON.stringify(photoCalibData(calib))) as ReturnType<typeof photoCalibData>)).toEqual(calib);
});
