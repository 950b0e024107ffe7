import { type Camera, focalPlaneToField, pixelToFocalPlane } from '@almagest/instrument';
import { convexHull, DEGREE, encodeRegion, makeConvexPolygon, unitFromLonLat, type Vec3 } from '@almagest/sphere';
import type { Butler } from '../butler/butler.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { isTimespan } from '../dimensions/timespan.ts';
import { QueryError } from '../errors.ts';

export interface DefineVisitsOptions {
  readonly instrument: string;
  /** one-to-one, or all exposures of a group as one visit. */
  readonly grouping?: 'one-to-one' | 'by-group-metadata';
  /** Geometry for sky regions; without it visits have none. */
  readonly camera?: Camera;
  /** Further restriction of exposures, in the `where` language. */
  readonly where?: string;
  /** Redefine visits that exist. */
  readonly update?: boolean;
  /** Regions grow by this, to cover pointing errors [arcsec]. */
  readonly paddingArcsec?: number;
  readonly onProgress?: (done: number, all: number) => void;
}

const VISIT_SYSTEM: Readonly<Record<string, number>> = { 'one-to-one': 0, 'by-group-metadata': 1 };

/**
 * Defines visits from science exposures that see the sky; those that are defined are left alone.
 *
 * @returns number of new visits.
 */
export async function defineVisits(butler: Butler, options: DefineVisitsOptions): Promise<number> {
  const grouping = options.grouping ?? 'one-to-one';
  const system = VISIT_SYSTEM[grouping];
  if (system === undefined) throw new QueryError(`visits are grouped ${Object.keys(VISIT_SYSTEM).join(' or ')}; found ${grouping}`);
  const query = butler.query().where({ instrument: options.instrument }).where("exposure.observation_type = 'science'").orderBy('exposure');
  const restricted = options.where === undefined ? query : query.where(options.where);
  const exposures = (await restricted.dimensionRecords('exposure').toArray()).filter((record) => record.fields['can_see_sky'] !== false);
  const groups = Map.groupBy(exposures, (record) =>
    grouping === 'one-to-one' ? `${record.fields['id'] as string | number}` : `${record.fields['group'] as string | number}`,
  );
  const existing = new Set(
    (await butler.queryDimensionRecords('visit', { dataId: { instrument: options.instrument } })).map((record) => record.fields['id']),
  );
  let defined = 0;
  let done = 0;
  for (const members of groups.values()) {
    options.onProgress?.((done += 1), groups.size);
    const first = members[0]!.fields;
    const id = first['id'] as number;
    if (existing.has(id) && !options.update) continue;
    if (members.some((member) => member.fields['physical_filter'] !== first['physical_filter'])) continue;
    await butler.transaction(async () => await insertVisit(butler, members, system, options));
    defined += 1;
  }
  return defined;
}

async function insertVisit(
  butler: Butler,
  members: readonly DimensionRecord[],
  system: number,
  options: DefineVisitsOptions,
): Promise<void> {
  const { instrument, update = false } = options;
  const first = members[0]!.fields;
  const visit = first['id'] as number;
  const spans = members.map((member) => member.fields['timespan']).filter(isTimespan);
  const timespan = spans.length > 0 ? { begin: spans[0]!.begin, end: spans.at(-1)!.end } : null;
  const detectors = options.camera ? detectorRegions(options.camera, first, options.paddingArcsec ?? 60) : [];
  const hull = detectors.length > 0 ? encodeRegion(convexHull(detectors.flatMap((detector) => detector.corners))) : null;
  await butler.insertDimensionData(
    'visit',
    [
      {
        instrument,
        id: visit,
        name: members.length === 1 ? `${first['obs_id'] as string | number}` : `${first['group'] as string | number}`,
        physical_filter: first['physical_filter'],
        day_obs: first['day_obs'],
        seq_num: first['seq_num'],
        exposure_time: members.reduce((sum, member) => sum + Number(member.fields['exposure_time'] ?? 0), 0),
        target_name: first['target_name'],
        observation_reason: first['observation_reason'],
        science_program: first['science_program'],
        azimuth: first['azimuth'],
        zenith_angle: first['zenith_angle'],
        timespan,
        region: hull,
      },
    ],
    { replace: update },
  );
  await butler.insertDimensionData(
    'visit_definition',
    members.map((member) => ({ instrument, exposure: member.fields['id'], visit })),
    { skipExisting: true },
  );
  await butler.insertDimensionData('visit_system_membership', [{ instrument, visit_system: system, visit }], { skipExisting: true });
  await butler.insertDimensionData(
    'visit_detector_region',
    detectors.map(({ id, corners }) => ({ instrument, detector: id, visit, region: encodeRegion(makeConvexPolygon(corners)) })),
    { replace: update },
  );
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
