import { makeColumn, type Table, withColumn } from '@almagest/table';
import { TooManyNewObjectsError } from '../errors.ts';
import { diaIds } from '../ids/dia-ids.ts';
import { matchPositions, type MatchSettings } from '../matching/match-positions.ts';
import {
  doublesOf,
  idsOf,
  nullableIds,
  type ObjectDetections,
  type ObjectForced,
  objectRows,
  type ObjectVersion,
  requiredIds,
  textsOf,
} from './object-rows.ts';

/** Where known Solar System objects are at the time of the visit. */
export interface KnownMovingObjects {
  readonly ssObjectId: BigInt64Array;
  /** [deg] */
  readonly ra: Float64Array;
  readonly dec: Float64Array;
  /** Error of the prediction in one coordinate [arcsec]; NaN where unknown. */
  readonly sigma?: Float64Array;
}

export interface AssociationInput {
  readonly visit: bigint;
  readonly detector: number;
  /** Middle of the exposure [MJD TAI]. */
  readonly visitMjdTai: number;
  /** Detections of this visit and detector, with columns of the DiaSource table; ids are given here if absent. */
  readonly sources: Table;
  /** Latest versions of the objects in and around the field. */
  readonly objects: Table;
  /** Detections of these objects, before and (for a visit that comes late) after this one. */
  readonly history: Table;
  /** Forced photometry of these objects. */
  readonly forcedHistory?: Table;
  readonly movingObjects?: KnownMovingObjects;
}

export interface AssociationSettings {
  readonly matching: Partial<MatchSettings>;
  /** Radius of the match with Solar System objects [arcsec]. */
  readonly movingRadiusArcsec: number;
  /** Sources below make no new object; sources without a reliability do. */
  readonly minReliability: number;
  /** Columns of the source table that keep a source from making a new object. */
  readonly rejectFlags: readonly string[];
  /** Most new objects of one detector and visit. */
  readonly maxNewObjects: number;
}

/** Radii and the least reliability are those in use by the field. */
export const DEFAULT_ASSOCIATION: AssociationSettings = {
  matching: {},
  movingRadiusArcsec: 1,
  minReliability: 0.1,
  rejectFlags: [
    'centroid_flag',
    'pixelFlags_bad',
    'pixelFlags_crCenter',
    'pixelFlags_edge',
    'pixelFlags_nodataCenter',
    'pixelFlags_interpolatedCenter',
    'pixelFlags_saturatedCenter',
    'pixelFlags_suspectCenter',
    'pixelFlags_streakCenter',
    'glint_trail',
  ],
  maxNewObjects: 10_000,
};

export interface Association {
  /** The sources with `diaSourceId`, `diaObjectId` and `ssObjectId`. */
  readonly sources: Table;
  /** Versions of the objects that were seen: as of this visit, and of each later one for a visit that comes late. */
  readonly objects: Table;
  readonly movingCount: number;
  readonly updatedCount: number;
  readonly newCount: number;
  /** Sources that belong to nothing. */
  readonly unassociatedCount: number;
}

/**
 * Links the detections of one visit and detector to Solar System objects, then to known objects, then makes new objects of the rest.
 *
 * A new object has the id of its first detection, so that a repeated run gives the same ids.
 * The summary of an object's light curve is computed from all of its detections, not updated, so that the order of visits does not matter.
 */
export function associateVisit(input: AssociationInput, settings: Partial<AssociationSettings> = {}): Association {
  const options = { ...DEFAULT_ASSOCIATION, ...settings };
  const sources = numbered(input);
  const n = sources.nrows;
  const place = { ra: doublesOf(sources, 'ra'), dec: doublesOf(sources, 'dec'), sigma: sigmaArcsec(sources) };
  const ssObjectId: (bigint | null)[] = [...idsOf(sources, 'ssObjectId')];
  const diaObjectId: (bigint | null)[] = Array.from({ length: n }, () => null);
  if (input.movingObjects) {
    const rows = matchPositions(place, input.movingObjects, { ...options.matching, radiusArcsec: options.movingRadiusArcsec });
    for (let i = 0; i < n; i++) if (rows[i] >= 0) ssObjectId[i] = input.movingObjects.ssObjectId[rows[i]];
  }
  const free = ssObjectId.flatMap((id, i) => (id === null ? [i] : []));
  const known = requiredIds(input.objects, 'diaObjectId');
  const links = matchPositions(
    { ra: take(place.ra, free), dec: take(place.dec, free), sigma: take(place.sigma, free) },
    { ra: doublesOf(input.objects, 'ra'), dec: doublesOf(input.objects, 'dec'), sigma: sigmaArcsec(input.objects) },
    options.matching,
  );
  const sourceIds = requiredIds(sources, 'diaSourceId');
  const mayBegin = newObjectCandidates(sources, options);
  let newCount = 0;
  let updatedCount = 0;
  for (let k = 0; k < free.length; k++) {
    const i = free[k];
    if (links[k] >= 0) {
      diaObjectId[i] = known[links[k]];
      updatedCount += 1;
    } else if (mayBegin[i] && Number.isFinite(place.ra[i]) && Number.isFinite(place.dec[i])) {
      diaObjectId[i] = sourceIds[i];
      newCount += 1;
    }
  }
  if (newCount > options.maxNewObjects)
    throw new TooManyNewObjectsError(
      `visit ${input.visit}, detector ${input.detector} would make ${newCount} new objects; the limit is ${options.maxNewObjects}`,
      {
        details: { found: newCount, limit: options.maxNewObjects },
      },
    );
  const linked = withColumn(withColumn(sources, nullableIds('diaObjectId', diaObjectId)), nullableIds('ssObjectId', ssObjectId));
  return {
    sources: linked,
    objects: objectRows(versionsOf(input, linked, diaObjectId)),
    movingCount: n - free.length,
    updatedCount,
    newCount,
    unassociatedCount: free.length - newCount - updatedCount,
  };
}

function numbered({ sources, visit, detector }: AssociationInput): Table {
  const given = sources.columns.some((column) => column.name === 'diaSourceId');
  return given
    ? sources
    : withColumn(sources, makeColumn({ name: 'diaSourceId', datatype: 'int64', data: diaIds(visit, detector, sources.nrows) }));
}

/** Error of one coordinate [arcsec]. */
function sigmaArcsec(table: Table): Float64Array {
  const ra = doublesOf(table, 'raErr');
  const dec = doublesOf(table, 'decErr');
  return ra.map((value, i) => 3600 * Math.sqrt((value * value + dec[i] * dec[i]) / 2));
}

function newObjectCandidates(sources: Table, { minReliability, rejectFlags }: AssociationSettings): Uint8Array {
  const reliability = doublesOf(sources, 'reliability');
  const may = Uint8Array.from(reliability, (value) => (value < minReliability ? 0 : 1));
  for (const name of rejectFlags) {
    const flags = doublesOf(sources, name);
    for (let i = 0; i < may.length; i++) if (flags[i] > 0) may[i] = 0;
  }
  return may;
}

/** Detections by object, from the history and from this visit. */
function versionsOf(input: AssociationInput, linked: Table, diaObjectId: readonly (bigint | null)[]): ObjectVersion[] {
  const touched = new Map<bigint, Detection[]>();
  for (const id of diaObjectId) if (id !== null && !touched.has(id)) touched.set(id, []);
  const own = new Set(requiredIds(linked, 'diaSourceId'));
  collect(touched, input.history, own);
  collect(touched, linked, undefined, input.visitMjdTai);
  const forced = input.forcedHistory ? collectForced(touched, input.forcedHistory) : undefined;
  const versions: ObjectVersion[] = [];
  for (const [id, detections] of touched) {
    detections.sort((a, b) => a.time - b.time || (a.source < b.source ? -1 : 1));
    const starts = new Set([input.visitMjdTai, ...detections.map(({ time }) => time).filter((time) => time > input.visitMjdTai)]);
    for (const start of starts) {
      const before = forced?.get(id);
      versions.push({
        diaObjectId: id,
        validityStart: start,
        detections: detectionArrays(detections.filter(({ time }) => time <= start)),
        ...(before ? { forced: forcedUntil(before, start) } : {}),
      });
    }
  }
  return versions.toSorted((a, b) =>
    a.diaObjectId < b.diaObjectId ? -1 : a.diaObjectId > b.diaObjectId ? 1 : a.validityStart - b.validityStart,
  );
}

interface Detection {
  readonly source: bigint;
  readonly time: number;
  readonly band: string;
  readonly values: readonly number[];
}

const VALUES = ['ra', 'dec', 'raErr', 'decErr', 'psfFlux', 'psfFluxErr', 'scienceFlux', 'scienceFluxErr'] as const;

function collect(into: ReadonlyMap<bigint, Detection[]>, table: Table, skip?: ReadonlySet<bigint>, timeOfAll?: number): void {
  const ids = idsOf(table, 'diaObjectId');
  const sources = requiredIds(table, 'diaSourceId');
  const time = doublesOf(table, 'midpointMjdTai');
  const band = textsOf(table, 'band');
  const values = VALUES.map((name) => doublesOf(table, name));
  for (let i = 0; i < table.nrows; i++) {
    const id = ids[i];
    const list = id === null ? undefined : into.get(id);
    if (!list || skip?.has(sources[i])) continue;
    list.push({ source: sources[i], time: timeOfAll ?? time[i], band: band[i], values: values.map((column) => column[i]) });
  }
}

function detectionArrays(detections: readonly Detection[]): ObjectDetections {
  const column = (k: number): Float64Array => Float64Array.from(detections, ({ values }) => values[k]);
  return {
    ra: column(0),
    dec: column(1),
    raErr: column(2),
    decErr: column(3),
    time: Float64Array.from(detections, ({ time }) => time),
    band: detections.map(({ band }) => band),
    flux: column(4),
    fluxErr: column(5),
    scienceFlux: column(6),
    scienceFluxErr: column(7),
  };
}

function collectForced(touched: ReadonlyMap<bigint, unknown>, table: Table): Map<bigint, ObjectForced> {
  const rows = new Map<bigint, number[]>();
  const ids = requiredIds(table, 'diaObjectId');
  for (let i = 0; i < ids.length; i++) {
    if (!touched.has(ids[i])) continue;
    const list = rows.get(ids[i]);
    if (list) list.push(i);
    else rows.set(ids[i], [i]);
  }
  const band = textsOf(table, 'band');
  const time = doublesOf(table, 'midpointMjdTai');
  const flux = doublesOf(table, 'scienceFlux');
  const fluxErr = doublesOf(table, 'scienceFluxErr');
  const out = new Map<bigint, ObjectForced>();
  for (const [id, list] of rows)
    out.set(id, { band: list.map((i) => band[i]), time: take(time, list), flux: take(flux, list), fluxErr: take(fluxErr, list) });
  return out;
}

function forcedUntil(forced: ObjectForced, end: number): ObjectForced {
  const rows = Array.from(forced.time.keys()).filter((i) => forced.time[i] <= end);
  return {
    band: rows.map((i) => forced.band[i]),
    time: take(forced.time, rows),
    flux: take(forced.flux, rows),
    fluxErr: take(forced.fluxErr, rows),
  };
}

function take(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => values[row]);
}
