import { type Association, associateVisit, type AssociationSettings, type KnownMovingObjects } from '@almagest/association';
import type { Exposure } from '@almagest/image';
import { makeCircle, type Region, unitFromLonLat } from '@almagest/sphere';
import { type Column, columnFromCells, findColumn, getColumn, makeColumn, type Table, takeRows, withColumn } from '@almagest/table';
import { computeBoundingCircle } from '@almagest/wcs';
import type { Apdb, StoreOutcome } from '../model/apdb.ts';
import { type DetectorImages, measureForcedSources } from './forced-sources.ts';
import { ssSourceRows } from './ss-sources.ts';

const DEGREE = Math.PI / 180;
/** Objects from so far beyond the detector's corners are read, so that sources at its edge find theirs [arcsec]. */
const PADDING_ARCSEC = 5;
/** A visit that comes late sees what was stored for up to so many days after it. */
const AFTER_DAYS = 3650;

/** Columns of the history that association and object summaries need. */
export const ASSOCIATION_COLUMNS: readonly string[] = [
  'diaSourceId',
  'diaObjectId',
  'midpointMjdTai',
  'band',
  'ra',
  'dec',
  'raErr',
  'decErr',
  'psfFlux',
  'psfFluxErr',
  'scienceFlux',
  'scienceFluxErr',
];

/** Images and detections of one detector; the difference image decides where objects are looked for. */
export interface DetectorVisit extends DetectorImages {
  readonly processedMjdTai: number;
  /** Detections on the difference, with columns of the DiaSource table. */
  readonly sources: Table;
  /**
   * Where known Solar System objects are: one row per object with `ssObjectId`, `ephRa` and `ephDec` [deg], if known `sigma` [arcsec],
   * and any other columns of SSSource.
   */
  readonly ephemerides?: Table;
  readonly exposureSec?: number;
}

export interface DetectorOutcome {
  /** Sources as they are stored. */
  readonly sources: Table;
  /** Undefined where this visit and detector was stored before. */
  readonly association: Association | undefined;
  readonly outcome: StoreOutcome;
}

/**
 * Reads what is known of the field, links the detections, measures forced fluxes and stores everything in one transaction.
 *
 * A visit and detector that is stored already is left as it is, and its sources are returned as stored: after a crash run it again.
 */
export async function associateDetector(
  apdb: Apdb,
  input: DetectorVisit,
  settings: Partial<AssociationSettings> = {},
): Promise<DetectorOutcome> {
  const { visit, detector, visitMjdTai, processedMjdTai } = input;
  const stored = await apdb.getVisitDetector(visit, detector);
  if (stored) {
    const sources = await apdb.getVisitSources(visit, detector);
    return { sources, association: undefined, outcome: { stored: false, replicaChunk: stored.replicaChunk } };
  }
  const objects = await apdb.getDiaObjects(regionOf(input.difference));
  const diaObjectIds = getColumn(objects, 'diaObjectId').data as BigInt64Array;
  const window = { diaObjectIds, fromMjdTai: visitMjdTai - 365, untilMjdTai: visitMjdTai + AFTER_DAYS };
  const history = await apdb.getDiaSources({ ...window, columns: ASSOCIATION_COLUMNS });
  const forcedHistory = await apdb.getDiaForcedSources(window);
  const association = associateVisit(
    {
      visit,
      detector,
      visitMjdTai,
      sources: completed(input),
      objects,
      history,
      forcedHistory,
      ...(input.ephemerides ? { movingObjects: movingObjects(input.ephemerides) } : {}),
    },
    settings,
  );
  const ssSources = input.ephemerides && ssSourceRows(association.sources, input.ephemerides);
  const forcedSources = forcedTable(input, objects, association.objects);
  const outcome = await apdb.store({
    visit,
    detector,
    visitMjdTai,
    processedMjdTai,
    objects: association.objects,
    sources: association.sources,
    ...(forcedSources ? { forcedSources } : {}),
    ...(ssSources ? { ssSources } : {}),
  });
  return { sources: await apdb.getVisitSources(visit, detector), association, outcome };
}

function movingObjects(ephemerides: Table): KnownMovingObjects {
  const sigma = findColumn(ephemerides, 'sigma');
  return {
    ssObjectId: getColumn(ephemerides, 'ssObjectId').data as BigInt64Array,
    ra: getColumn(ephemerides, 'ephRa').data as Float64Array,
    dec: getColumn(ephemerides, 'ephDec').data as Float64Array,
    ...(sigma ? { sigma: sigma.data as Float64Array } : {}),
  };
}

/** A circle about the exposure, padded. */
export function regionOf({ wcs, maskedImage }: Exposure): Region {
  if (!wcs) return makeCircle(unitFromLonLat({ lon: 0, lat: 0 }), -1);
  const { image } = maskedImage;
  const { centre, radius } = computeBoundingCircle(wcs, { width: image.x0 + image.width, height: image.y0 + image.height });
  return makeCircle(unitFromLonLat({ lon: centre.ra, lat: centre.dec }), radius + (PADDING_ARCSEC / 3600) * DEGREE);
}

/** Columns that are the same for all detections of a detector; detections without a position are left out. */
function completed({ sources, band, visitMjdTai, exposureSec }: DetectorVisit): Table {
  const placed = withPositions(sources);
  const n = placed.nrows;
  const constant = (name: string, value: number): Column =>
    makeColumn({ name, datatype: 'float64', data: new Float64Array(n).fill(value) });
  let out = withColumn(placed, constant('midpointMjdTai', visitMjdTai));
  out = withColumn(
    out,
    columnFromCells(
      { name: 'band', datatype: 'string' },
      Array.from({ length: n }, () => (band === '' ? null : band)),
    ),
  );
  if (exposureSec !== undefined) out = withColumn(out, constant('exposureTime', exposureSec));
  return out;
}

function withPositions(sources: Table): Table {
  const ra = getColumn(sources, 'ra');
  const dec = getColumn(sources, 'dec');
  const good = Array.from({ length: sources.nrows }, (_, i) => i).filter(
    (i) => Number.isFinite(ra.data[i]) && Number.isFinite(dec.data[i]) && !ra.nulls?.[i] && !dec.nulls?.[i],
  );
  return good.length === sources.nrows ? sources : takeRows(sources, good);
}

/** Forced photometry of every object in the field, known before or new. */
function forcedTable(input: DetectorVisit, known: Table, changed: Table): Table | undefined {
  const targets = new Map<bigint, readonly [number, number]>();
  for (const table of [known, changed]) {
    const ids = getColumn(table, 'diaObjectId').data as BigInt64Array;
    const ra = getColumn(table, 'ra').data as Float64Array;
    const dec = getColumn(table, 'dec').data as Float64Array;
    ids.forEach((id, i) => targets.set(id, [ra[i]!, dec[i]!]));
  }
  return measureForcedSources(input, targets);
}
