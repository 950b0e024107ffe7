import { createReferenceCatalogue, propagateCatalogue } from '@almagest/astrometry';
import type { Butler } from '@almagest/butler';
import { DEGREE, htmIndex, unitFromLonLat } from '@almagest/sphere';
import { findColumn, getColumn, makeColumn, makeTable, type Table, takeRows } from '@almagest/table';
import { BadReferenceError } from './errors.ts';

/** Run that the shards of reference catalogues are in. */
export const REFERENCES = 'refcats';
/** Epoch that shards are stored at [Julian year], which the tasks expect. */
const EPOCH = 2016;
const HTM_LEVEL = 7;
const MAS = DEGREE / 3.6e6;

export interface ReferenceIngest {
  /** Name of the dataset type: `reference` unless a pipeline asks for another. */
  readonly name?: string;
  /** Columns of the position [deg]; default ra and dec. */
  readonly ra?: string;
  readonly dec?: string;
  /** Columns of the proper motion [mas/yr], the first times cos(dec); default pmra and pmdec, which may be absent. */
  readonly pmra?: string;
  readonly pmdec?: string;
  /** Epoch of the positions [Julian year]; default 2016. */
  readonly epoch?: number;
  /** Column with the AB magnitude of each band. */
  readonly magnitudes: Readonly<Record<string, string>>;
}

/**
 * Puts a table of reference stars into a repository: columns ra, dec [deg] of 2016.0, pmra, pmdec [mas/yr] and one magnitude a band, in
 * shards by trixel (`htm7`). Shards that are there already are kept.
 *
 * @returns Number of new shards.
 * @throws {BadReferenceError} if a column is missing or no row has a position.
 */
export async function ingestReference(butler: Butler, table: Table, options: ReferenceIngest): Promise<number> {
  const { name = 'reference' } = options;
  await butler.registerDatasetType({ name, dimensions: ['htm7'], storageClass: 'ArrowTable' });
  await butler.registry.registerCollection(REFERENCES, 'RUN');
  const stars = standardColumns(table, options);
  const [ra, dec] = ['ra', 'dec'].map((column) => getColumn(stars, column).data as Float64Array) as [Float64Array, Float64Array];
  const rows = Array.from(ra.keys()).filter((i) => Number.isFinite(ra[i]) && Number.isFinite(dec[i]));
  if (rows.length === 0) throw new BadReferenceError(`the reference catalogue has no row with a position`);
  const shards = Map.groupBy(rows, (i) => htmIndex(HTM_LEVEL, unitFromLonLat({ lon: ra[i]! * DEGREE, lat: dec[i]! * DEGREE })));
  let made = 0;
  for (const [htm7, members] of shards) {
    if ((await butler.findDataset(name, { htm7 }, { collections: [REFERENCES] })) !== undefined) continue;
    await butler.put(takeRows(stars, Int32Array.from(members)), name, { htm7 }, { run: REFERENCES });
    made += 1;
  }
  return made;
}

function standardColumns(table: Table, options: ReferenceIngest): Table {
  const { ra = 'ra', dec = 'dec', pmra = 'pmra', pmdec = 'pmdec', epoch = EPOCH } = options;
  const numbers = (name: string): Float64Array => {
    const column = findColumn(table, name);
    if (!column)
      throw new BadReferenceError(`expected a column ${name}; found ${table.columns.map((each) => each.name).join(', ')}`, {
        details: { column: name },
      });
    return Float64Array.from({ length: table.nrows }, (_, i) => (column.nulls?.[i] ? Number.NaN : Number(column.data[i])));
  };
  const moves = findColumn(table, pmra) !== undefined && findColumn(table, pmdec) !== undefined;
  const motion = moves ? { pmRaCosDec: numbers(pmra).map((v) => v * MAS), pmDec: numbers(pmdec).map((v) => v * MAS) } : {};
  const place = { ra: numbers(ra).map((v) => v * DEGREE), dec: numbers(dec).map((v) => v * DEGREE) };
  const moved = propagateCatalogue(createReferenceCatalogue({ ...place, ...motion, mag: new Float64Array(table.nrows) }, epoch), EPOCH);
  const column = (name: string, data: Float64Array, unit: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data, unit });
  return makeTable([
    column(
      'ra',
      moved.ra.map((v) => v / DEGREE),
      'deg',
    ),
    column(
      'dec',
      moved.dec.map((v) => v / DEGREE),
      'deg',
    ),
    ...(moves ? [column('pmra', numbers(pmra), 'mas/yr'), column('pmdec', numbers(pmdec), 'mas/yr')] : []),
    ...Object.entries(options.magnitudes).map(([band, name]) => column(band, numbers(name), 'mag')),
  ]);
}
