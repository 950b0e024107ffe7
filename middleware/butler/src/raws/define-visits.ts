import { type Camera, focalPlaneToField, pixelToFocalPlane } from '@almagest/instrument';
import { convexHull, DEGREE, encodeRegion, makeConvexPolygon, unitFromLonLat, type Vec3 } from '@almagest/sphere';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { isTimespan } from '../dimensions/timespan.ts';
import { QueryError } from '../errors.ts';
import { type Grouping, groupExposures, type VisitDefinition } from './group-exposures.ts';
import { VISIT_SYSTEMS } from './register-instrument.ts';

export interface DefineVisitsOptions extends LongWork {
  readonly instrument: string;
  /** How exposures become visits; one-to-one unless told. */
  readonly grouping?: Grouping;
  /** Geometry for sky regions; without it visits have none. */
  readonly camera?: Camera;
  /** Further restriction of exposures, in the `where` language. */
  readonly where?: string;
  /** Redefine visits that exist. */
  readonly update?: boolean;
  /** Regions grow by this, to cover pointing errors [arcsec]. */
  readonly paddingArcsec?: number;
}

/**
 * Defines visits from science exposures that see the sky; those that are defined are left alone.
 *
 * @returns number of new visits.
 * @throws {DataIdError} if the instrument is not registered.
 * @throws {QueryError} for a grouping that does not exist, or a series whose visit has an id beyond 2^53.
 */
export async function defineVisits(butler: Butler, options: DefineVisitsOptions): Promise<number> {
  await butler.expandDataId(['instrument'], { instrument: options.instrument });
  const query = butler.query().where({ instrument: options.instrument }).where("exposure.observation_type = 'science'").orderBy('exposure');
  const restricted = options.where === undefined ? query : query.where(options.where);
  const exposures = (await restricted.dimensionRecords('exposure').toArray()).filter((record) => record.fields['can_see_sky'] !== false);
  const visits = groupExposures(exposures, options.grouping ?? 'one-to-one');
  const existing = new Set(
    (await butler.queryDimensionRecords('visit', { dataId: { instrument: options.instrument } })).map((record) => record.fields['id']),
  );
  await registerSystems(butler, options.instrument, visits);
  let defined = 0;
  for (const [i, visit] of visits.entries()) {
    atStep(options, i + 1, visits.length);
    if (existing.has(visit.id) && !options.update) continue;
    // A visit has one filter.
    if (same(visit, 'physical_filter') === null) continue;
    if (!Number.isSafeInteger(visit.id)) throw new QueryError(`visit ${visit.id} of ${visit.name} has an id beyond 2^53`);
    await butler.transaction(async () => await insertVisit(butler, visit, options));
    defined += 1;
  }
  return defined;
}

/** Instruments that the Python Butler registered have no visit systems yet. */
async function registerSystems(butler: Butler, instrument: string, visits: readonly VisitDefinition[]): Promise<void> {
  const used = new Set(visits.flatMap(({ systems }) => systems));
  for (const { id, name } of VISIT_SYSTEMS)
    if (used.has(id)) await butler.registry.syncDimensionData('visit_system', { instrument, id, name });
}

async function insertVisit(butler: Butler, definition: VisitDefinition, options: DefineVisitsOptions): Promise<void> {
  const { instrument, update = false } = options;
  const { id: visit, name, exposures, systems } = definition;
  const detectors = options.camera ? detectorRegions(options.camera, exposures[0].fields, options.paddingArcsec ?? 60) : [];
  const hull = detectors.length > 0 ? encodeRegion(convexHull(detectors.flatMap((detector) => detector.corners))) : null;
  await butler.insertDimensionData('visit', [{ instrument, id: visit, name, ...visitFields(definition), region: hull }], {
    replace: update,
  });
  await butler.insertDimensionData(
    'visit_definition',
    exposures.map((member) => ({ instrument, exposure: member.fields['id'], visit })),
    { skipExisting: true },
  );
  await butler.insertDimensionData(
    'visit_system_membership',
    systems.map((system) => ({ instrument, visit_system: system, visit })),
    { skipExisting: true },
  );
  await butler.insertDimensionData(
    'visit_detector_region',
    detectors.map(({ id, corners }) => ({ instrument, detector: id, visit, region: encodeRegion(makeConvexPolygon(corners)) })),
    { replace: update },
  );
}

/** What a visit is by its exposures: sums, first and last, means of directions; null where they differ. */
function visitFields(definition: VisitDefinition): Readonly<Record<string, unknown>> {
  const { exposures } = definition;
  const numbers = (field: string): readonly number[] =>
    exposures.map(({ fields }) => fields[field]).filter((value) => typeof value === 'number');
  const least = (field: string): number | null => (numbers(field).length > 0 ? Math.min(...numbers(field)) : null);
  const sum = (field: string): number => numbers(field).reduce((total, value) => total + value, 0);
  const spans = exposures.map(({ fields }) => fields['timespan']).filter(isTimespan);
  const begins = spans.map(({ begin }) => begin).filter((at) => at !== undefined);
  const ends = spans.map(({ end }) => end).filter((at) => at !== undefined);
  const isTimed = begins.length === exposures.length && ends.length === exposures.length;
  const hasAltitudes = numbers('zenith_angle').length === exposures.length;
  return {
    physical_filter: same(definition, 'physical_filter'),
    day_obs: least('day_obs'),
    seq_num: least('seq_num'),
    exposure_time: sum('exposure_time'),
    target_name: same(definition, 'target_name'),
    observation_reason: same(definition, 'observation_reason') ?? (exposures.length > 1 ? 'various' : null),
    science_program: same(definition, 'science_program'),
    azimuth: numbers('azimuth').length === exposures.length ? meanAngle(numbers('azimuth')) : null,
    zenith_angle: hasAltitudes ? sum('zenith_angle') / exposures.length : null,
    timespan: isTimed ? { begin: begins.reduce((a, b) => (a < b ? a : b)), end: ends.reduce((a, b) => (a > b ? a : b)) } : null,
  };
}

/** The value of a field that all exposures have, or null. */
function same({ exposures: [first, ...others] }: VisitDefinition, field: string): unknown {
  const value = first.fields[field] ?? null;
  return others.every(({ fields }) => (fields[field] ?? null) === value) ? value : null;
}

/** Mean direction [degree], right across north. */
function meanAngle(angles: readonly number[]): number {
  if (angles.length === 1) return angles[0]!;
  const [x, y] = [Math.cos, Math.sin].map((part) => angles.reduce((sum, angle) => sum + part(angle * DEGREE), 0));
  return Math.atan2(y!, x!) / DEGREE;
}

function detectorRegions(
  camera: Camera,
  exposure: DimensionRecord['fields'],
  paddingArcsec: number,
): readonly { readonly id: number; readonly corners: readonly Vec3[] }[] {
  const [ra, dec, skyAngle] = [exposure['tracking_ra'], exposure['tracking_dec'], exposure['sky_angle'] ?? 0];
  if (typeof ra !== 'number' || typeof dec !== 'number' || typeof skyAngle !== 'number') return [];
  return detectorFootprints(camera, { ra, dec, skyAngle }, paddingArcsec);
}

/**
 * Sky corners of every detector from boresight and camera geometry, counter-clockwise as seen on the sky's outside.
 * The camera's +y axis points to position angle `skyAngle` (east of north), its +x axis a quarter turn clockwise of that.
 *
 * @param pointing - Boresight and angle [degree].
 * @param paddingArcsec - By how much footprints grow on every side [arcsec].
 * @returns Unit vectors; nothing where the camera has no plate scale.
 */
export function detectorFootprints(
  camera: Camera,
  { ra, dec, skyAngle: angle }: { readonly ra: number; readonly dec: number; readonly skyAngle: number },
  paddingArcsec: number,
): readonly { readonly id: number; readonly corners: readonly Vec3[] }[] {
  if (camera.optics.plateScaleArcsecPerMm === null) return [];
  const center = { lon: ra * DEGREE, lat: dec * DEGREE };
  return camera.detectors.map((detector) => {
    const padding = paddingArcsec / (camera.optics.plateScaleArcsecPerMm! * detector.pixelMm);
    const [low, right, top] = [-0.5 - padding, detector.width - 0.5 + padding, detector.height - 0.5 + padding];
    const corners = [
      [low, low],
      [right, low],
      [right, top],
      [low, top],
    ].map(([x, y]) => {
      const field = focalPlaneToField(camera, pixelToFocalPlane(detector, x!, y!));
      return fieldToSky(center, angle * DEGREE, (field.xArcsec * DEGREE) / 3600, (field.yArcsec * DEGREE) / 3600);
    });
    return { id: detector.id, corners: isCounterClockwise(corners) ? corners : corners.toReversed() };
  });
}

/** Gnomonic projection from field angles [rad] to a unit vector. */
function fieldToSky(center: { readonly lon: number; readonly lat: number }, angle: number, x: number, y: number): Vec3 {
  const east = -x * Math.cos(angle) + y * Math.sin(angle);
  const north = x * Math.sin(angle) + y * Math.cos(angle);
  const [sin, cos] = [Math.sin(center.lat), Math.cos(center.lat)];
  const lon = center.lon + Math.atan2(east, cos - north * sin);
  const lat = Math.atan2(sin + north * cos, Math.hypot(east, cos - north * sin));
  return unitFromLonLat({ lon, lat });
}

function isCounterClockwise(corners: readonly Vec3[]): boolean {
  const [a, b, c] = corners as readonly [Vec3, Vec3, Vec3];
  const [abx, aby, abz] = [b.x - a.x, b.y - a.y, b.z - a.z];
  const [bcx, bcy, bcz] = [c.x - b.x, c.y - b.y, c.z - b.z];
  return (aby * bcz - abz * bcy) * a.x + (abz * bcx - abx * bcz) * a.y + (abx * bcy - aby * bcx) * a.z > 0;
}
