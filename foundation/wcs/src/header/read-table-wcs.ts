import { type FitsFile, getColumn, readTable } from '@almagest/fits';
import { BadWcsCardError, MissingDistortionTableError, UnsupportedProjectionError } from '../errors.ts';
import type { SkyWcs } from '../model/sky-wcs.ts';
import { TableWcs } from '../model/table-wcs.ts';
import { findCelestialAxes } from './axes.ts';
import { type HeaderLike, readNumber, readString } from './header-like.ts';
import { readFrame } from './read-frame.ts';
import { readLinear } from './read-linear.ts';

/** Whether the sky of a header is looked up in a table. */
export function isTableWcs(header: HeaderLike, alternate: string = ''): boolean {
  for (let axis = 1; axis <= 9; axis++)
    if (/-TAB\s*$/.test(readString(header, `CTYPE${axis}${alternate}`) ?? '')) return hasTableSky(header, alternate);
  return false;
}

function hasTableSky(header: HeaderLike, alternate: string): boolean {
  try {
    return findCelestialAxes(header, alternate).code === 'TAB';
  } catch {
    // No celestial pair: said by whoever reads the WCS.
    return false;
  }
}

/**
 * Reads a WCS whose longitude and latitude are looked up in binary tables of the file: together in one array of pairs, or each in its own.
 *
 * @throws {BadWcsCardError} if a card names no table, or one of another shape; {MissingDistortionTableError} if the file lacks the table.
 * @throws {UnsupportedProjectionError} if the sky depends on further axes.
 */
export async function readTableWcs(header: HeaderLike, file: FitsFile, alternate: string = ''): Promise<SkyWcs> {
  const axes = findCelestialAxes(header, alternate);
  const { crpix, crval, cd } = readLinear(header, axes, alternate);
  const [lon, lat] = [await readAxis(header, file, axes.lon, alternate), await readAxis(header, file, axes.lat, alternate)];
  const shared = lon.key === lat.key;
  const most = shared ? 2 : 1;
  for (const { dimensions } of [lon, lat])
    if (dimensions !== most)
      throw new UnsupportedProjectionError(`a sky that is looked up must depend on its own two axes; the table has ${dimensions}`, {
        details: { projection: 'TAB' },
      });
  if (shared && lon.place === lat.place)
    throw new BadWcsCardError(`PV${axes.lat}_3 must name another axis of the table than PV${axes.lon}_3`, {
      details: { keyword: `PV${axes.lat}_3`, found: String(lat.place) },
    });
  const [width, height] = [lon.count, lat.count];
  const at = (axis: TableAxis, i: number, j: number): number => {
    if (!shared) return axis.values[axis === lon ? i : j];
    const [k1, k2, n1] = lon.place === 1 ? [i, j, width] : [j, i, height];
    return axis.values[2 * (k2 * n1 + k1) + axis.place - 1];
  };
  const grid = (axis: TableAxis): Float64Array =>
    Float64Array.from({ length: width * height }, (_unused, k) => at(axis, k % width, Math.floor(k / width)));
  const index = [lon.index, lat.index] as const;
  return new TableWcs({
    crpix,
    crval,
    cd,
    lon: grid(lon),
    lat: grid(lat),
    width,
    height,
    index,
    frame: readFrame(header, axes, alternate),
  });
}

interface TableAxis {
  /** Table and column, to tell whether two axes share them. */
  readonly key: string;
  /** Number of the axis in the table, from 1. */
  readonly place: number;
  /** Axes of the table. */
  readonly dimensions: number;
  /** Nodes along this one. */
  readonly count: number;
  readonly values: Float64Array;
  readonly index: Float64Array | undefined;
}

/** Reads what PSi and PVi say of an axis. */
async function readAxis(header: HeaderLike, file: FitsFile, axis: number, alternate: string): Promise<TableAxis> {
  const text = (m: number): string => (readString(header, `PS${axis}_${m}${alternate}`) ?? '').trim();
  const number = (m: number): number => readNumber(header, `PV${axis}_${m}${alternate}`) ?? 1;
  const bad = (keyword: string, rule: string, found: string): BadWcsCardError =>
    new BadWcsCardError(`${keyword} ${rule}; found "${found}"`, { details: { keyword, found } });
  const [extname, column, indexColumn, extver, place] = [text(0), text(1), text(2), number(1), number(3)];
  if (extname === '' || column === '')
    throw bad(`PS${axis}_${extname === '' ? 0 : 1}${alternate}`, 'must name the table and its column', '');
  for await (const hdu of file) {
    if (hdu.kind !== 'table' || hdu.name.trim() !== extname || hdu.version !== extver) continue;
    const table = await readTable(hdu, { rows: [0, 1], columns: indexColumn === '' ? [column] : [column, indexColumn] });
    const { values, cellShape } = getColumn(table, column);
    // The fastest axis holds the coordinates of a node; a plain list of nodes may leave it out.
    const shape = cellShape.length === 1 ? [...cellShape, 1] : cellShape;
    const dimensions = shape.at(-1) ?? 0;
    if (shape.length !== dimensions + 1)
      throw bad(`PS${axis}_1${alternate}`, `must name an array of M and M axes`, `[${shape.join(', ')}]`);
    const count = shape[dimensions - place];
    if (!Number.isInteger(place) || place < 1 || count === undefined)
      throw bad(`PV${axis}_3${alternate}`, 'must number an axis of the table', String(place));
    const index = indexColumn === '' ? undefined : Float64Array.from(getColumn(table, indexColumn).values as ArrayLike<number>, Number);
    if (index !== undefined && index.length !== count)
      throw bad(`PS${axis}_2${alternate}`, `must name ${count} coordinates of nodes`, String(index.length));
    const key = JSON.stringify([extname, extver, column]);
    return { key, place, dimensions, count, values: Float64Array.from(values as ArrayLike<number>, Number), index };
  }
  throw new MissingDistortionTableError(`the file has no binary table ${extname},${extver} that PS${axis}_0${alternate} names`, {
    details: { extname, extver },
  });
}
