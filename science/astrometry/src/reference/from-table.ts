import { type Column, findColumn, isNullAt, type Table } from '@almagest/table';
import { BadAstrometryInputError } from '../errors.ts';
import { createReferenceCatalogue, type ReferenceCatalogue } from './catalogue.ts';

/** The quantities that a reference catalogue can have. */
export type ReferenceQuantity = 'ra' | 'dec' | 'mag' | 'flux' | 'pmRa' | 'pmDec' | 'parallax' | 'radialVelocity' | 'sigma' | 'id' | 'epoch';

export interface ReferenceTableOptions {
  /** Names of columns, where they are not found by UCD or by a usual name. */
  readonly columns?: Readonly<Partial<Record<ReferenceQuantity, string>>>;
  /** Epoch of the positions [Julian year]; the table's own column, or 2016, when absent. */
  readonly epoch?: number;
}

/** Usual names of a quantity, its UCD (main part), and the unit that is meant where the column has none. */
const KNOWN: Readonly<Record<ReferenceQuantity, { names: readonly string[]; ucd?: string; unit: string }>> = {
  ra: { names: ['ra', 'coord_ra', 'RA_ICRS', '_RA.icrs', 'RAJ2000', 'X_WORLD', 'ALPHA_J2000'], ucd: 'pos.eq.ra', unit: 'deg' },
  dec: {
    names: ['dec', 'coord_dec', 'DE_ICRS', '_DE.icrs', 'DEJ2000', 'DECJ2000', 'Y_WORLD', 'DELTA_J2000'],
    ucd: 'pos.eq.dec',
    unit: 'deg',
  },
  mag: { names: ['mag', 'phot_g_mean_mag', 'Gmag', 'rmag', 'VTmag', 'VT', 'Vmag', 'psfMag'], ucd: 'phot.mag', unit: 'mag' },
  flux: { names: ['flux', 'psfFlux', 'r_flux', 'phot_g_mean_flux'], ucd: 'phot.flux', unit: '' },
  pmRa: { names: ['pmra', 'pmRa', 'pm_ra', 'pmRA'], ucd: 'pos.pm;pos.eq.ra', unit: 'mas/yr' },
  pmDec: { names: ['pmdec', 'pmDec', 'pm_dec', 'pmDE'], ucd: 'pos.pm;pos.eq.dec', unit: 'mas/yr' },
  parallax: { names: ['parallax', 'plx', 'Plx'], ucd: 'pos.parallax', unit: 'mas' },
  radialVelocity: { names: ['radial_velocity', 'radialVelocity', 'RV'], ucd: 'spect.dopplerVeloc', unit: 'km/s' },
  sigma: { names: ['sigma', 'ra_error', 'raErr', 'e_RA_ICRS', 'ERRA_WORLD'], unit: 'mas' },
  id: { names: ['id', 'source_id', 'Source', 'objectId'], ucd: 'meta.id', unit: '' },
  epoch: { names: ['ref_epoch', 'epoch', 'OBSDATE', 'Epoch'], ucd: 'meta.ref;time.epoch', unit: 'yr' },
};

const DEG = Math.PI / 180;
/** Radians (or radians a year, or km/s, or years) in one unit. */
const UNITS: Readonly<Record<string, number>> = {
  deg: DEG,
  degree: DEG,
  degrees: DEG,
  rad: 1,
  radian: 1,
  radians: 1,
  arcsec: DEG / 3600,
  mas: DEG / 3.6e6,
  uas: DEG / 3.6e9,
  'mas/yr': DEG / 3.6e6,
  'mas.yr**-1': DEG / 3.6e6,
  'mas yr-1': DEG / 3.6e6,
  'arcsec/yr': DEG / 3600,
  'deg/yr': DEG,
  'rad/yr': 1,
};

/**
 * Makes a reference catalogue of any table: columns by given name, by UCD, or by a usual name, in that order.
 *
 * Proper motions in right ascension are taken to hold the factor cos(dec), as catalogues give them. Rows without a position are dropped.
 *
 * Without magnitude and flux all stars count as equally bright (NaN), which slows matching but does not stop it.
 *
 * @throws {BadAstrometryInputError} when there is no position, a named column is missing, or a unit is unknown.
 */
export function referenceFromTable(table: Table, { columns = {}, epoch }: ReferenceTableOptions = {}): ReferenceCatalogue {
  const ra = required(table, 'ra', columns.ra);
  const dec = required(table, 'dec', columns.dec);
  const rows: number[] = [];
  const [lon, lat] = [angles(ra, 'ra'), angles(dec, 'dec')];
  for (let i = 0; i < table.nrows; i++) if (Number.isFinite(lon[i] + lat[i])) rows.push(i);
  const pick = (values: Float64Array | undefined): Float64Array | undefined => values && Float64Array.from(rows, (i) => values[i]);
  const optional = (quantity: ReferenceQuantity): Float64Array | undefined => {
    const column = find(table, quantity, columns[quantity]);
    return column && pick(angles(column, quantity));
  };
  const epochColumn = find(table, 'epoch', columns.epoch);
  const [pmRaCosDec, pmDec, parallax, radialVelocity, sigma] = (['pmRa', 'pmDec', 'parallax', 'radialVelocity', 'sigma'] as const).map(
    optional,
  );
  const idColumn = find(table, 'id', columns.id);
  const id = idColumn && idColumn.data instanceof BigInt64Array ? idColumn.data : undefined;
  return createReferenceCatalogue(
    {
      ra: pick(lon.map((value) => ((value % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI))) as Float64Array,
      dec: pick(lat) as Float64Array,
      mag: pick(magnitudes(table, columns)) as Float64Array,
      ...(pmRaCosDec ? { pmRaCosDec } : {}),
      ...(pmDec ? { pmDec } : {}),
      ...(parallax ? { parallax } : {}),
      ...(radialVelocity ? { radialVelocity } : {}),
      ...(sigma ? { sigma } : {}),
      ...(id ? { id: BigInt64Array.from(rows, (i) => id[i]) } : {}),
    },
    epoch ?? commonEpoch(epochColumn) ?? 2016,
  );
}

function required(table: Table, quantity: ReferenceQuantity, name: string | undefined): Column {
  const column = find(table, quantity, name);
  if (column) return column;
  throw new BadAstrometryInputError(`no column for ${quantity}; the table has ${table.columns.map((c) => c.name).join(', ')}`, {
    details: { argument: quantity },
  });
}

function find(table: Table, quantity: ReferenceQuantity, name: string | undefined): Column | undefined {
  if (name !== undefined) {
    const column = findColumn(table, name);
    if (column) return column;
    throw new BadAstrometryInputError(`no column "${name}" for ${quantity}`, { details: { argument: quantity } });
  }
  const { names, ucd } = KNOWN[quantity];
  const main = ucd && table.columns.find((c) => c.ucd === `${ucd};meta.main`);
  if (main) return main;
  for (const each of names) {
    const column = findColumn(table, each) ?? table.columns.find((c) => c.name.toLowerCase() === each.toLowerCase());
    if (column) return column;
  }
  if (ucd === undefined) return undefined;
  return table.columns.find((c) => c.ucd === ucd) ?? table.columns.find((c) => quantity === 'mag' && c.ucd?.startsWith(`${ucd};`));
}

/** Values in radians (or the quantity's own unit), NaN for nulls. */
function angles(column: Column, quantity: ReferenceQuantity): Float64Array {
  const { data } = column;
  if (Array.isArray(data))
    throw new BadAstrometryInputError(`column ${column.name} must hold numbers`, { details: { argument: quantity } });
  const unit = (column.unit ?? '').trim() || KNOWN[quantity].unit;
  const scale = UNITS[unit] ?? (['mag', 'flux', 'radialVelocity', 'epoch', 'id'].includes(quantity) ? 1 : undefined);
  if (scale === undefined)
    throw new BadAstrometryInputError(`column ${column.name} has the unit "${unit}", which is none of ${Object.keys(UNITS).join(', ')}`, {
      details: { argument: quantity },
    });
  const values = data as ArrayLike<number | bigint>;
  return Float64Array.from({ length: values.length }, (_, i) => (isNullAt(column, i) ? Number.NaN : Number(values[i]) * scale));
}

function magnitudes(table: Table, columns: NonNullable<ReferenceTableOptions['columns']>): Float64Array {
  const mag = columns.flux === undefined ? find(table, 'mag', columns.mag) : undefined;
  if (mag) return angles(mag, 'mag');
  const flux = find(table, 'flux', columns.flux);
  if (flux) return angles(flux, 'flux').map((value) => (value > 0 ? -2.5 * Math.log10(value) : Number.NaN));
  return new Float64Array(table.nrows).fill(Number.NaN);
}

/** The epoch that all rows share; undefined when they have none. */
function commonEpoch(column: Column | undefined): number | undefined {
  if (!column || Array.isArray(column.data) || column.data.length === 0) return undefined;
  const values = angles(column, 'epoch');
  const first = values[0];
  if (values.some((value) => value !== first)) {
    throw new BadAstrometryInputError(`column ${column.name} has several epochs; propagate the rows to one epoch first`, {
      details: { argument: 'epoch' },
    });
  }
  return Number.isFinite(first) ? first : undefined;
}
