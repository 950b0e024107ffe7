import { njyOfMagnitude } from '@almagest/image';
import { withoutBlends } from '../matched/without-blends.ts';
import { type Column, findColumn, type Table } from '@almagest/table';
import { MetricInputError } from '../errors.ts';
import { numbers } from '../matched/read-matched-table.ts';
import { type CatalogColumns, type TruthColumns } from './compare-to-truth.ts';
import type { PlantedChanges, TransientDetections, VisitKey } from './compare-transients.ts';

const DEG = Math.PI / 180;

/** Column of the first of the names that a table has. @throws {MetricInputError} if it has none. */
function columnOf(table: Table, ...names: readonly string[]): Column {
  const columns = names.map((name) => findColumn(table, name)).filter((column) => column !== undefined);
  // A column without a value is one that nothing measured.
  const found =
    columns.find((column) => column.datatype === 'string' || table.nrows === 0 || numbers(column).some(Number.isFinite)) ?? columns[0];
  if (found) return found;
  throw new MetricInputError(`the table must have a column ${names.map((name) => `"${name}"`).join(' or ')}; found none`, {
    details: { column: names[0] ?? '', found: 'none' },
  });
}

/** Angles of a column [rad]: from degrees, unless its unit says radian. */
function angles(column: Column): Float64Array {
  return column.unit?.startsWith('rad') ? numbers(column) : numbers(column).map((value) => value * DEG);
}

/**
 * Catalogue columns of a table in the columns of Source or Object: `ra`, `dec` (or `coord_ra`, `coord_dec`) [deg], `psfFlux`, `psfFluxErr` [nJy], `raErr`, `decErr` [deg].
 *
 * `raErr` is taken as the error of the right ascension times cos(dec). Rows with a flag of saturated, bad, edge, cosmic-ray or missing pixels, or whose flux or centroid failed, count as found but are not compared.
 *
 * @param options.fluxColumn - Another flux [nJy]; its error is the same name with `Err`.
 * @throws {MetricInputError} if a position or flux is missing.
 */
export function catalogColumnsOf(sources: Table, options: { readonly fluxColumn?: string } = {}): CatalogColumns {
  const table = withoutBlends(sources);
  const fluxName = options.fluxColumn ?? 'psfFlux';
  const errors = {
    fluxErr: findColumn(table, `${fluxName}Err`),
    raErr: findColumn(table, 'raErr') ?? findColumn(table, 'coord_raErr'),
    decErr: findColumn(table, 'decErr') ?? findColumn(table, 'coord_decErr'),
  };
  return {
    ra: angles(columnOf(table, 'ra', 'coord_ra')),
    dec: angles(columnOf(table, 'dec', 'coord_dec')),
    flux: numbers(columnOf(table, fluxName)),
    comparable: comparableRows(table, [`${fluxName}_flag`, ...FLAGS]),
    ...(errors.fluxErr ? { fluxErr: numbers(errors.fluxErr) } : {}),
    ...(errors.raErr ? { raErr: angles(errors.raErr) } : {}),
    ...(errors.decErr ? { decErr: angles(errors.decErr) } : {}),
  };
}

/** Flags of Source that spoil a flux or a position. */
const FLAGS: readonly string[] = [
  'centroid_flag',
  'pixelFlags_saturated',
  'pixelFlags_bad',
  'pixelFlags_edge',
  'pixelFlags_cr',
  'pixelFlags_nodata',
  'pixelFlags_interpolatedCenter',
];

function comparableRows(table: Table, flags: readonly string[]): Uint8Array {
  const columns = flags.map((name) => findColumn(table, name)).filter((column) => column !== undefined);
  return Uint8Array.from({ length: table.nrows }, (_, row) => (columns.some(({ data }) => Number(data[row]) === 1) ? 0 : 1));
}

/**
 * Truth of one exposure, from the simulator's table `sources` (`exposureId`, `detector`, `kind`, `ra`, `dec`, `mag`, `drawnFraction`).
 *
 * Sources of which less than half fell on the detector are left out. Only stars and variables are comparable in flux and position.
 *
 * @param where.exposureId - Exposure; all rows where absent.
 * @param where.detector - Detector; all where absent.
 */
export function truthOfExposure(
  sources: Table,
  where: { readonly exposureId?: bigint | number; readonly detector?: number } = {},
): TruthColumns {
  const exposure = numbers(columnOf(sources, 'exposureId'));
  const detector = numbers(columnOf(sources, 'detector'));
  const drawn = findColumn(sources, 'drawnFraction');
  const fraction = drawn && numbers(drawn);
  const rows = Int32Array.from(exposure.keys()).filter(
    (row) =>
      (where.exposureId === undefined || exposure[row] === Number(where.exposureId)) &&
      (where.detector === undefined || detector[row] === where.detector) &&
      !(fraction && fraction[row] < 0.5),
  );
  return truthRows(sources, rows, numbers(columnOf(sources, 'mag')));
}

/**
 * Truth of a coadd, from the simulator's table `objects` (`kind`, `ra`, `dec`, `<band>Mag`); proper motion is not applied.
 *
 * Transients are left out, as a coadd holds an unknown part of them.
 */
export function truthOfObjects(objects: Table, band: string): TruthColumns {
  const kind = columnOf(objects, 'kind').data as readonly string[];
  const rows = Int32Array.from({ length: objects.nrows }, (_, row) => row).filter((row) => kind[row] !== 'transient');
  return truthRows(objects, rows, numbers(columnOf(objects, `${band}Mag`)));
}

function truthRows(table: Table, rows: Int32Array, mag: Float64Array): TruthColumns {
  const kind = columnOf(table, 'kind').data as readonly string[];
  const [ra, dec] = [angles(columnOf(table, 'ra')), angles(columnOf(table, 'dec'))];
  return {
    ra: Float64Array.from(rows, (row) => ra[row]),
    dec: Float64Array.from(rows, (row) => dec[row]),
    mag: Float64Array.from(rows, (row) => mag[row]),
    comparable: Uint8Array.from(rows, (row) => (kind[row] === 'star' || kind[row] === 'variable' ? 1 : 0)),
  };
}

/**
 * Detections of a table in the columns of DiaSource: `visit`, `ra`, `dec` [deg], `snr`, `psfFlux`, `psfFluxErr` [nJy].
 *
 * Visits become text, as 64-bit identifiers do not fit a double. The signal to noise is that of the flux where there is no `snr`.
 */
export function detectionsOf(table: Table): TransientDetections {
  const visit = Array.from(columnOf(table, 'visit').data as ArrayLike<VisitKey>, String);
  const flux = numbers(columnOf(table, 'psfFlux'));
  const fluxErr = numbers(columnOf(table, 'psfFluxErr'));
  const snr = findColumn(table, 'snr');
  return {
    visit,
    ra: angles(columnOf(table, 'ra')),
    dec: angles(columnOf(table, 'dec')),
    snr: snr ? numbers(snr) : flux.map((value, row) => value / fluxErr[row]),
    flux,
    fluxErr,
  };
}

/** Kinds of the simulator's sources that change or move. */
const CHANGING: readonly string[] = ['variable', 'agn', 'transient', 'asteroid'];

/**
 * Changes that the simulator planted, from its table `sources`: flux in an exposure less that in the template.
 *
 * The flux in the template is the mean over those of its exposures that hold the source; for a transient over all of them, as it was not there yet in the others;
 * for an asteroid zero, as it was elsewhere.
 * A source without a row in a visit is no change there.
 *
 * @param options.visits - Exposures whose changes are wanted.
 * @param options.templateVisits - Exposures that the template was made of, in the same band.
 */
export function plantedChanges(
  sources: Table,
  options: { readonly visits: readonly (bigint | number | string)[]; readonly templateVisits: readonly (bigint | number | string)[] },
): PlantedChanges {
  const visit = Array.from(columnOf(sources, 'exposureId').data as ArrayLike<VisitKey>, String);
  const id = Array.from(columnOf(sources, 'id').data as ArrayLike<VisitKey>, String);
  const kind = columnOf(sources, 'kind').data as readonly string[];
  const drawn = findColumn(sources, 'drawnFraction');
  const fraction = drawn && numbers(drawn);
  const [ra, dec] = [angles(columnOf(sources, 'ra')), angles(columnOf(sources, 'dec'))];
  const flux = numbers(columnOf(sources, 'mag')).map(njyOfMagnitude);
  const template = new Set(options.templateVisits.map(String));
  const wanted = new Set(options.visits.map(String));
  const sums = new Map<string, { flux: number; exposures: number }>();
  const rows: number[] = [];
  for (let row = 0; row < visit.length; row++) {
    if (!CHANGING.includes(kind[row])) continue;
    if (template.has(visit[row])) {
      const sum = sums.get(id[row]) ?? { flux: 0, exposures: 0 };
      sums.set(id[row], { flux: sum.flux + flux[row], exposures: sum.exposures + 1 });
    }
    if (wanted.has(visit[row]) && !(fraction && fraction[row] < 0.5)) rows.push(row);
  }
  const inTemplate = (row: number): number => {
    const sum = sums.get(id[row]);
    if (!sum || kind[row] === 'asteroid') return 0;
    return sum.flux / (kind[row] === 'transient' ? template.size : sum.exposures);
  };
  return {
    visit: rows.map((row) => visit[row]),
    id: rows.map((row) => id[row]),
    kind: rows.map((row) => kind[row]),
    ra: Float64Array.from(rows, (row) => ra[row]),
    dec: Float64Array.from(rows, (row) => dec[row]),
    flux: Float64Array.from(rows, (row) => flux[row] - inTemplate(row)),
  };
}
