import { withoutBlends } from './without-blends.ts';
import { type ByteSource, NotFitsError, openFits, readTable as readHdu } from '@almagest/fits';
import { magnitudeOfNjy } from '@almagest/image';
import {
  type Column,
  findColumn,
  makeColumn,
  readTable,
  type ReadTableOptions,
  type Table,
  tableFromFits,
  withColumn,
} from '@almagest/table';
import { MetricInputError } from '../errors.ts';
import { associateVisits } from './associate-visits.ts';
import { groupByObject, type MatchedCatalog, type MatchedRows } from './matched-catalog.ts';

const DEG = Math.PI / 180;
/** Bands by the numbers that the field's matched catalogues use. */
const BANDS = ['', 'u', 'g', 'r', 'i', 'z', 'y'] as const;
const FLAGS = ['saturated', 'cr', 'bad', 'edge'] as const;

/**
 * Reads a table of any format, naming the bits of the field's `flags` column.
 *
 * FITS tables that pack flags into one bit column with TFLAGn cards get a boolean column for each of them.
 */
export async function readMeasurementTable(source: ByteSource, options: ReadTableOptions = {}): Promise<Table> {
  const head = await source.read(0, Math.min(source.size, 6));
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  if (!packed && !new TextDecoder('latin1').decode(head).startsWith('SIMPLE')) return readTable(source, options);
  try {
    for await (const hdu of await openFits(source)) {
      if (hdu.kind !== 'table' && hdu.kind !== 'compressed-table') continue;
      const table = tableFromFits(await readHdu(hdu), hdu);
      const names = Array.from({ length: 1000 }, (_, i) => hdu.header.get(`TFLAG${i + 1}`)).filter((name) => typeof name === 'string');
      return names.length > 0 ? withNamedFlags(table, names) : table;
    }
  } catch (error) {
    if (!(error instanceof NotFitsError)) throw error;
  }
  return readTable(source, options);
}

function withNamedFlags(table: Table, names: readonly string[]): Table {
  const bits = findColumn(table, 'flags');
  if (bits?.datatype !== 'boolean' || bits.shape[0] === undefined || bits.shape[0] < names.length) return table;
  const per = bits.shape[0];
  const data = bits.data as Uint8Array;
  let out = table;
  for (const [bit, name] of names.entries()) {
    if (findColumn(out, name)) continue;
    const values = Uint8Array.from({ length: table.nrows }, (_, row) => data[row * per + bit]);
    out = withColumn(out, makeColumn({ name, datatype: 'boolean', data: values }));
  }
  return out;
}

export interface MatchedTableOptions {
  /** Radius [arcsec] within which rows of different visits are one object, where the table names no objects; 0.5 by default. */
  readonly radiusArcsec?: number;
}

/**
 * Matched measurements of a table: the field's matched catalogues, or tables in the columns of the survey's Source.
 *
 * | Quantity | Columns, the first that is there |
 * | --- | --- |
 * | object | `object`, `objectId`; else rows are matched by position |
 * | visit | `visit` |
 * | band | `band`, `filt` (1 to 6 for ugrizy), `physical_filter` |
 * | position | `coord_ra`, `coord_dec`, else `ra`, `dec` [deg unless the unit says rad] |
 * | magnitude | `base_PsfFlux_mag`, `psfMag` [mag], else from `psfFlux` [nJy] |
 * | signal to noise | `base_PsfFlux_snr`, `psfSnr`, else from `psfFlux` and `psfFluxErr`, else from `psfMagErr` |
 * | extendedness | `base_ClassificationExtendedness_value`, `extendedness`; optional |
 * | pixel flags | `base_PixelFlags_flag_*`, `pixelFlags_*` for saturated, cr, bad, edge; optional |
 * | primary | `detect_isPrimary`; optional. Rows with `deblend_nChild` above 0 are left out. |
 * | ellipticity | `e1`, `e2`, `psf_e1`, `psf_e2`, else from `ixx` ... `ixyPSF`; optional |
 *
 * @throws {MetricInputError} if a column that is not optional is missing.
 */
export function matchedCatalogOf(measurements: Table, options: MatchedTableOptions = {}): MatchedCatalog {
  const table = withoutBlends(measurements);
  const visit = identities(needed(table, ['visit', 'visitId', 'exposureId']));
  const position = (names: readonly string[]): Float64Array => {
    const filled = names.filter((name) => firstNumbers(table, [name]));
    const column = needed(table, filled.length > 0 ? filled : names);
    return numbers(column).map((value) => (column.unit?.startsWith('rad') ? value : value * DEG));
  };
  const measured = {
    visit,
    band: bandsOf(table),
    ra: position(['coord_ra', 'ra']),
    dec: position(['coord_dec', 'dec']),
    mag: magnitudes(table),
    snr: signalToNoise(table),
    ...optional('extendedness', firstNumbers(table, ['base_ClassificationExtendedness_value', 'extendedness'])),
    ...optional('pixelFlags', pixelFlagsOf(table)),
    ...optional('primary', flagsOf(table, 'detect_isPrimary')),
    ...ellipticities(table),
  };
  const named = findColumn(table, 'object') ?? findColumn(table, 'objectId');
  const object = named ? identities(named) : associateVisits({ ...measured, radiusArcsec: options.radiusArcsec ?? 0.5 });
  return groupByObject({ ...measured, object });
}

function needed(table: Table, names: readonly string[]): Column {
  for (const name of names) {
    const column = findColumn(table, name);
    if (column) return column;
  }
  throw new MetricInputError(
    `the table must have a column ${names.map((name) => `"${name}"`).join(' or ')}; found ${table.columns
      .map(({ name }) => name)
      .slice(0, 12)
      .join(', ')}${table.columns.length > 12 ? ', ...' : ''}`,
    { details: { column: names[0], found: 'none' } },
  );
}

/** Values as doubles; NaN for null. */
export function numbers(column: Column): Float64Array {
  const { data, nulls } = column;
  const out = Float64Array.from(data as ArrayLike<number | bigint | string>, Number);
  if (nulls) for (let i = 0; i < out.length; i++) if (nulls[i] !== 0) out[i] = Number.NaN;
  return out;
}

function identities(column: Column): MatchedRows['object'] {
  return column.data as BigInt64Array | Int32Array | Float64Array | string[];
}

/** Numbers of the first of the columns that holds any: a column without a value is one that nothing measured. */
function firstNumbers(table: Table, names: readonly string[]): Float64Array | undefined {
  for (const name of names) {
    const column = findColumn(table, name);
    const values = column && numbers(column);
    if (values && (table.nrows === 0 || values.some(Number.isFinite))) return values;
  }
  return undefined;
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, V>);
}

function bandsOf(table: Table): readonly string[] {
  const filt = findColumn(table, 'filt');
  if (!findColumn(table, 'band') && filt && filt.datatype !== 'string')
    return Array.from(numbers(filt), (number) => BANDS[number] ?? String(number));
  return Array.from(needed(table, ['band', 'filt', 'physical_filter']).data as ArrayLike<unknown>, String);
}

function magnitudes(table: Table): Float64Array {
  const direct = firstNumbers(table, ['base_PsfFlux_mag', 'psfMag']);
  return direct ?? numbers(needed(table, ['psfFlux', 'base_PsfFlux_mag'])).map(magnitudeOfNjy);
}

function signalToNoise(table: Table): Float64Array {
  const direct = firstNumbers(table, ['base_PsfFlux_snr', 'psfSnr']);
  if (direct) return direct;
  const flux = firstNumbers(table, ['psfFlux']);
  const error = firstNumbers(table, ['psfFluxErr']);
  if (flux && error) return flux.map((value, i) => value / error[i]);
  return numbers(needed(table, ['psfMagErr', 'psfFluxErr', 'base_PsfFlux_snr'])).map((value) => 2.5 / Math.LN10 / value);
}

function flagsOf(table: Table, name: string): Uint8Array | undefined {
  const column = findColumn(table, name);
  return column && Uint8Array.from(column.data as ArrayLike<unknown>, (value) => (value === 'false' || value === '0' || !value ? 0 : 1));
}

function pixelFlagsOf(table: Table): Uint8Array | undefined {
  const columns = FLAGS.map((flag) => flagsOf(table, `base_PixelFlags_flag_${flag}`) ?? flagsOf(table, `pixelFlags_${flag}`)).filter(
    (column) => column !== undefined,
  );
  return columns.length === 0
    ? undefined
    : Uint8Array.from({ length: table.nrows }, (_, row) => (columns.some((column) => column[row] !== 0) ? 1 : 0));
}

function ellipticities(table: Table): Partial<Pick<MatchedRows, 'e1' | 'e2' | 'psfE1' | 'psfE2'>> {
  const [e1, e2] = [firstNumbers(table, ['e1']), firstNumbers(table, ['e2'])];
  const [psfE1, psfE2] = [firstNumbers(table, ['psf_e1', 'psfE1']), firstNumbers(table, ['psf_e2', 'psfE2'])];
  if (e1 && e2 && psfE1 && psfE2) return { e1, e2, psfE1, psfE2 };
  const source = distortions(table, '');
  const psf = distortions(table, 'PSF');
  return source && psf ? { e1: source[0], e2: source[1], psfE1: psf[0], psfE2: psf[1] } : {};
}

function distortions(table: Table, suffix: string): readonly [Float64Array, Float64Array] | undefined {
  const [xx, yy, xy] = ['ixx', 'iyy', 'ixy'].map((name) => firstNumbers(table, [`${name}${suffix}`]));
  if (!xx || !yy || !xy) return undefined;
  return [xx.map((value, i) => (value - yy[i]) / (value + yy[i])), xy.map((value, i) => (2 * value) / (xx[i] + yy[i]))];
}
