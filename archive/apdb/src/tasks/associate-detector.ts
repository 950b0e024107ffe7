import {
  type Association,
  associateVisit,
  type AssociationSettings,
  diaIds,
  type KnownMovingObjects,
  measureForcedFluxes,
} from '@almagest/association';
import type { Exposure } from '@almagest/image';
import { makeCircle, type Region, unitFromLonLat } from '@almagest/sphere';
import { type Column, columnFromCells, getColumn, makeColumn, makeTable, type Table, takeRows, withColumn } from '@almagest/table';
import { computeBoundingCircle } from '@almagest/wcs';
import type { Apdb, StoreOutcome } from '../model/apdb.ts';

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

export interface DetectorVisit {
  readonly visit: bigint;
  readonly detector: number;
  readonly visitMjdTai: number;
  readonly processedMjdTai: number;
  readonly band: string;
  /** Detections on the difference, with columns of the DiaSource table. */
  readonly sources: Table;
  /** Difference image [nJy] with its WCS; decides where objects are looked for. */
  readonly difference: Exposure;
  /** Direct image: its PSF measures forced fluxes on both images. */
  readonly science?: Exposure;
  /** Factor from the direct image's pixels to nanojansky. */
  readonly scienceToNjy?: number;
  readonly movingObjects?: KnownMovingObjects;
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
      ...(input.movingObjects ? { movingObjects: input.movingObjects } : {}),
    },
    settings,
  );
  const forcedSources = forcedTable(input, objects, association.objects);
  const outcome = await apdb.store({
    visit,
    detector,
    visitMjdTai,
    processedMjdTai,
    objects: association.objects,
    sources: association.sources,
    ...(forcedSources ? { forcedSources } : {}),
  });
  return { sources: await apdb.getVisitSources(visit, detector), association, outcome };
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
  const { difference, science, visit, detector } = input;
  const psf = science?.psf ?? difference.psf;
  const wcs = difference.wcs;
  if (!psf || !wcs) return undefined;
  const positions = new Map<bigint, readonly [number, number]>();
  for (const table of [known, changed]) {
    const ids = getColumn(table, 'diaObjectId').data as BigInt64Array;
    const ra = getColumn(table, 'ra').data as Float64Array;
    const dec = getColumn(table, 'dec').data as Float64Array;
    ids.forEach((id, i) => positions.set(id, [ra[i]!, dec[i]!]));
  }
  const entries = [...positions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const pixels = entries.map(([, [ra, dec]]) => wcs.skyToPixel(ra * DEGREE, dec * DEGREE));
  const at = { x: Float64Array.from(pixels, (p) => p.x), y: Float64Array.from(pixels, (p) => p.y) };
  const onDifference = measureForcedFluxes(difference.maskedImage, psf, at);
  const onScience = science && measureForcedFluxes(science.maskedImage, psf, at);
  const rows = Array.from(onDifference.flux.keys()).filter((i) => Number.isFinite(onDifference.flux[i]));
  const double = (name: string, values: readonly number[]): Column =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
  const scale = input.scienceToNjy ?? 1;
  return makeTable([
    makeColumn({ name: 'diaForcedSourceId', datatype: 'int64', data: forcedIds(visit, detector, rows.length) }),
    makeColumn({ name: 'diaObjectId', datatype: 'int64', data: BigInt64Array.from(rows, (i) => entries[i]![0]) }),
    double(
      'ra',
      rows.map((i) => entries[i]![1][0]),
    ),
    double(
      'dec',
      rows.map((i) => entries[i]![1][1]),
    ),
    double(
      'midpointMjdTai',
      rows.map(() => input.visitMjdTai),
    ),
    double(
      'psfFlux',
      rows.map((i) => onDifference.flux[i]!),
    ),
    double(
      'psfFluxErr',
      rows.map((i) => onDifference.error[i]!),
    ),
    double(
      'scienceFlux',
      rows.map((i) => scale * (onScience?.flux[i] ?? Number.NaN)),
    ),
    double(
      'scienceFluxErr',
      rows.map((i) => scale * (onScience?.error[i] ?? Number.NaN)),
    ),
    columnFromCells(
      { name: 'band', datatype: 'string' },
      rows.map(() => (input.band === '' ? null : input.band)),
    ),
  ]);
}

/** Ids of forced sources: of visit and detector up to the bits of an id, then wrapped, since their key is object, visit and detector. */
function forcedIds(visit: bigint, detector: number, count: number): BigInt64Array {
  const limit = 16_384;
  const first = diaIds(visit, detector, Math.min(count, limit));
  return count <= limit ? first : BigInt64Array.from({ length: count }, (_, i) => first[i % limit]!);
}
