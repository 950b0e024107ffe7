import { ColumnNotFoundError, getColumn, makeColumn, makeTable, type Table } from '@almagest/table';
import { modelTermCount, type PixelBasisModel } from './pixel-basis-model.ts';

const SCALARS = ['halfWidth', 'sampling', 'order', 'x0', 'y0', 'width', 'height', 'averageX', 'averageY', 'fwhm'] as const;

/**
 * A PSF model as a table, for FITS or Parquet: a row for each term u^xPower v^yPower with its samples; what belongs to the whole
 * model is repeated in each row, so that no format loses it.
 */
export function psfModelTable(model: PixelBasisModel): Table {
  const { halfWidth, sampling, order, box, coefficients, averagePosition, fwhmPixels } = model;
  const count = modelTermCount(order);
  const side = 2 * halfWidth + 1;
  const powers: [number, number][] = [];
  for (let j = 0; j <= order; j++) for (let i = 0; i <= order - j; i++) powers.push([i, j]);
  const values = [halfWidth, sampling, order, box.x0, box.y0, box.width, box.height, averagePosition.x, averagePosition.y, fwhmPixels];
  return makeTable(
    [
      makeColumn({ name: 'xPower', datatype: 'int32', data: Int32Array.from(powers, ([i]) => i) }),
      makeColumn({ name: 'yPower', datatype: 'int32', data: Int32Array.from(powers, ([, j]) => j) }),
      makeColumn({
        name: 'samples',
        datatype: 'float64',
        data: coefficients.slice(),
        shape: [side, side],
        description: 'Value of each sample for this term',
      }),
      ...SCALARS.map((name, k) => makeColumn({ name, datatype: 'float64', data: new Float64Array(count).fill(values[k]) })),
    ],
    { name: 'psf', description: 'Pixel-basis PSF: samples as polynomials of the position within the box' },
  );
}

/**
 * The model that {@link psfModelTable} wrote.
 *
 * @throws {ColumnNotFoundError} if the table is no such model.
 */
export function psfModelOfTable(table: Table): PixelBasisModel {
  const scalar = (name: (typeof SCALARS)[number]): number => Number(getColumn(table, name).data[0]);
  const samples = getColumn(table, 'samples').data;
  if (!(samples instanceof Float64Array))
    throw new ColumnNotFoundError('expected a column "samples" of float64', {
      details: { name: 'samples', known: table.columns.map((c) => c.name) },
    });
  return {
    halfWidth: scalar('halfWidth'),
    sampling: scalar('sampling'),
    order: scalar('order'),
    box: { x0: scalar('x0'), y0: scalar('y0'), width: scalar('width'), height: scalar('height') },
    coefficients: samples,
    averagePosition: { x: scalar('averageX'), y: scalar('averageY') },
    fwhmPixels: scalar('fwhm'),
  };
}
