import { createRandom } from '@almagest/numerics';
import { filterRows, getColumn, makeColumn, type Table } from '@almagest/table';

/** Errors of the catalogue [mas, mag], about those of Gaia at these magnitudes. */
const POSITION_ERROR = 0.5;
const MAGNITUDE_ERROR = 0.005;
const FAINTEST = 22;

/**
 * A catalogue of reference stars as a survey would get it from elsewhere: the constant stars of a simulated sky to magnitude 22 in r, with
 * errors in positions and magnitudes.
 */
export function referenceOfTruth(objects: Table, seed: string): Table {
  const kind = getColumn(objects, 'kind').data as readonly string[];
  const r = getColumn(objects, 'rMag').data as Float64Array;
  const stars = filterRows(objects, (_, i) => kind[i] === 'star' && r[i]! < FAINTEST);
  const dec = getColumn(stars, 'dec').data as Float64Array;
  const random = createRandom(`${seed}/reference`);
  const degree = POSITION_ERROR / 3.6e6;
  return {
    ...stars,
    columns: stars.columns.map((column) => {
      const { name, data } = column;
      const shifted = (error: (i: number) => number): typeof column =>
        makeColumn({ ...column, data: (data as Float64Array).map((value, i) => value + random.normal(0, error(i))) });
      if (name === 'ra') return shifted((i) => degree / Math.cos((dec[i]! * Math.PI) / 180));
      if (name === 'dec') return shifted(() => degree);
      return name.endsWith('Mag') && name !== 'peakMag' ? shifted(() => MAGNITUDE_ERROR) : column;
    }),
  };
}
