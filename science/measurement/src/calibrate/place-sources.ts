import type { ChromaticShift } from '@almagest/astrometry';
import { getColumn, makeColumn, type Table } from '@almagest/table';
import { computePixelArea, type SkyWcs } from '@almagest/wcs';
import type { SourceColors } from './colors-of-sources.ts';

export interface PlaceOptions {
  /** Size of the image [pixel]. */
  readonly width: number;
  readonly height: number;
  /** How places depend on colour, and the colours. */
  readonly colored?: { readonly chromatic: ChromaticShift; readonly colors: SourceColors };
}

const DEG = 180 / Math.PI;

/**
 * Adds positions on the sky, their errors and covariance [deg], and the area of the pixels there.
 *
 * @param table - With x, y, their errors [pixel] and covariance. @returns A new table, places first.
 */
export function placeSources(table: Table, wcs: SkyWcs, { width, height, colored }: PlaceOptions): Table {
  const [x, y, xErr, yErr, xyCov] = ['x', 'y', 'xErr', 'yErr', 'xyCov'].map((name) =>
    Float64Array.from(getColumn(table, name).data as Float64Array),
  );
  const count = table.nrows;
  const ra = new Float64Array(count);
  const dec = new Float64Array(count);
  wcs.pixelToSkyArray(x, y, ra, dec);
  const [raErr, decErr, covariance, jacobian] = [0, 1, 2, 3].map(() => new Float64Array(count));
  const middle = computePixelArea(wcs, (width - 1) / 2, (height - 1) / 2);
  const [stepX, stepY] = [neighbours(wcs, x, y, 1, 0), neighbours(wcs, x, y, 0, 1)];
  for (let i = 0; i < count; i++) {
    // Columns of the local matrix from pixels to right ascension (on the sphere) and declination.
    const cos = Math.cos(dec[i]);
    const eastX = wrap(stepX.ra[i] - ra[i]) * cos;
    const eastY = wrap(stepY.ra[i] - ra[i]) * cos;
    const northX = stepX.dec[i] - dec[i];
    const northY = stepY.dec[i] - dec[i];
    const [vx, vy, cxy] = [xErr[i] ** 2, yErr[i] ** 2, xyCov[i]];
    const east = eastX * eastX * vx + eastY * eastY * vy + 2 * eastX * eastY * cxy;
    const north = northX * northX * vx + northY * northY * vy + 2 * northX * northY * cxy;
    const both = eastX * northX * vx + eastY * northY * vy + (eastX * northY + eastY * northX) * cxy;
    // A colour moves the place; what is not known of it adds the scatter that colours bring.
    const shift = colored?.chromatic ?? NO_SHIFT;
    const color = colored?.colors.color[i] ?? Number.NaN;
    const spread = Number.isNaN(color) ? shift.colorScatter : (colored?.colors.scatter[i] ?? 0);
    const excess = Number.isNaN(color) ? 0 : color - shift.referenceColor;
    raErr[i] = Math.sqrt(east + (shift.east * spread) ** 2) * DEG;
    decErr[i] = Math.sqrt(north + (shift.north * spread) ** 2) * DEG;
    covariance[i] = (both + shift.east * shift.north * spread * spread) * DEG * DEG;
    jacobian[i] = Math.abs(eastX * northY - eastY * northX) / middle;
    ra[i] = (ra[i] - (shift.east * excess) / cos) * DEG;
    dec[i] = (dec[i] - shift.north * excess) * DEG;
  }
  const column = (name: string, data: Float64Array, unit: string, description: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data, unit, description });
  return {
    ...table,
    columns: [
      column('ra', ra, 'deg', 'Right ascension, ICRS'),
      column('dec', dec, 'deg', 'Declination, ICRS'),
      column('coord_ra', ra.slice(), 'deg', 'Right ascension, ICRS'),
      column('coord_dec', dec.slice(), 'deg', 'Declination, ICRS'),
      column('raErr', raErr, 'deg', 'Standard error along right ascension, on the sphere'),
      column('decErr', decErr, 'deg', 'Standard error of the declination'),
      column('ra_dec_Cov', covariance, 'deg**2', 'Covariance of the two'),
      ...table.columns,
      column('jacobian_value', jacobian, '', 'Area of a pixel here over that in the middle of the image'),
    ],
  };
}

const NO_SHIFT = { east: 0, north: 0, colorScatter: 0, referenceColor: 0 };

function neighbours(wcs: SkyWcs, x: Float64Array, y: Float64Array, dx: number, dy: number): { ra: Float64Array; dec: Float64Array } {
  const out = { ra: new Float64Array(x.length), dec: new Float64Array(x.length) };
  wcs.pixelToSkyArray(
    x.map((v) => v + dx),
    y.map((v) => v + dy),
    out.ra,
    out.dec,
  );
  return out;
}

function wrap(angle: number): number {
  return angle > Math.PI ? angle - 2 * Math.PI : angle < -Math.PI ? angle + 2 * Math.PI : angle;
}
