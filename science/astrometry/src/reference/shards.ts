import { circleDeg, healpixEnvelope, iterateRanges, lonLatToNest } from '@almagest/sphere';
import { type Column, makeColumn, makeTable, type Table } from '@almagest/table';
import { BadAstrometryInputError } from '../errors.ts';
import type { ReferenceCatalogue } from './catalogue.ts';
import { referenceFromTable } from './from-table.ts';

const DEG = Math.PI / 180;
const MAS = DEG / 3.6e6;
/** Pixels of 1.8 degrees: some ten thousand stars to magnitude 20. */
export const DEFAULT_SHARD_ORDER = 5;

/**
 * Splits a catalogue by nested HEALPix pixel, one table each, to be kept as Parquet.
 *
 * Columns: id, ra and dec [deg], mag, epoch [yr], pmRa (times cos dec) and pmDec [mas/yr], parallax [mas], radialVelocity [km/s],
 * sigma [mas]; those that the catalogue lacks are left out. Rows are brightest first.
 */
export function shardCatalogue(catalogue: ReferenceCatalogue, order: number = DEFAULT_SHARD_ORDER): Map<number, Table> {
  const rowsOf = new Map<number, number[]>();
  for (let i = 0; i < catalogue.count; i++) {
    const pixel = lonLatToNest(order, catalogue.ra[i], catalogue.dec[i]);
    const rows = rowsOf.get(pixel);
    if (rows) rows.push(i);
    else rowsOf.set(pixel, [i]);
  }
  const key = (row: number): number => (Number.isNaN(catalogue.mag[row]) ? Number.POSITIVE_INFINITY : catalogue.mag[row]);
  return new Map(
    [...rowsOf]
      .toSorted(([a], [b]) => a - b)
      .map(([pixel, rows]) => [
        pixel,
        toTable(
          catalogue,
          rows.toSorted((a, b) => key(a) - key(b) || a - b),
          pixel,
          order,
        ),
      ]),
  );
}

/** Nested pixels of an order whose shards hold the stars within `radius` [rad] of a position. */
export function shardsOfCone(order: number, ra: number, dec: number, radius: number): number[] {
  const pixels: number[] = [];
  const circle = circleDeg(ra / DEG, dec / DEG, Math.min(radius / DEG, 180));
  for (const [start, end] of iterateRanges(healpixEnvelope(order, circle)))
    for (let pixel = start; pixel < end; pixel++) pixels.push(Number(pixel));
  return pixels;
}

/**
 * Joins shards to one catalogue.
 *
 * @throws {BadAstrometryInputError} when there are none or their columns differ.
 */
export function catalogueFromShards(shards: readonly Table[]): ReferenceCatalogue {
  const [first] = shards;
  if (!first) throw new BadAstrometryInputError('a catalogue needs at least one shard', { details: { argument: 'shards' } });
  const columns = first.columns.map((column) => {
    const parts = shards.map((shard) => shard.columns.find(({ name }) => name === column.name));
    if (parts.some((part) => !part || part.datatype !== column.datatype))
      throw new BadAstrometryInputError(`column ${column.name} is not the same in all shards`, { details: { argument: 'shards' } });
    return joinColumn(column, parts as Column[]);
  });
  return referenceFromTable(makeTable(columns, first.meta));
}

function joinColumn(column: Column, parts: readonly Column[]): Column {
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  const data = column.data instanceof BigInt64Array ? new BigInt64Array(length) : new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    (data as Float64Array).set(part.data as Float64Array, at);
    at += part.data.length;
  }
  return makeColumn({ name: column.name, datatype: column.datatype, ...(column.unit === undefined ? {} : { unit: column.unit }), data });
}

function toTable(catalogue: ReferenceCatalogue, rows: readonly number[], pixel: number, order: number): Table {
  const columns: Column[] = [];
  const add = (name: string, unit: string, ucd: string, values: Float64Array | undefined, scale = 1): void => {
    if (values)
      columns.push(makeColumn({ name, unit, ucd, datatype: 'float64', data: Float64Array.from(rows, (row) => values[row] / scale) }));
  };
  const { id } = catalogue;
  if (id)
    columns.push(makeColumn({ name: 'id', ucd: 'meta.id;meta.main', datatype: 'int64', data: BigInt64Array.from(rows, (row) => id[row]) }));
  add('ra', 'deg', 'pos.eq.ra;meta.main', catalogue.ra, DEG);
  add('dec', 'deg', 'pos.eq.dec;meta.main', catalogue.dec, DEG);
  add('mag', 'mag', 'phot.mag', catalogue.mag);
  columns.push(
    makeColumn({
      name: 'epoch',
      unit: 'yr',
      ucd: 'meta.ref;time.epoch',
      datatype: 'float64',
      data: new Float64Array(rows.length).fill(catalogue.epoch),
    }),
  );
  add('pmRa', 'mas/yr', 'pos.pm;pos.eq.ra', catalogue.pmRaCosDec, MAS);
  add('pmDec', 'mas/yr', 'pos.pm;pos.eq.dec', catalogue.pmDec, MAS);
  add('parallax', 'mas', 'pos.parallax.trig', catalogue.parallax, MAS);
  add('radialVelocity', 'km/s', 'spect.dopplerVeloc', catalogue.radialVelocity);
  add('sigma', 'mas', 'stat.error;pos.eq', catalogue.sigma, MAS);
  return makeTable(columns, { name: `reference stars of HEALPix pixel ${pixel}, order ${order}` });
}
