import type { Butler } from '@almagest/butler';
import { boundingCircle, decodeRegion, DEGREE, lonLatFromUnit, type Region, type Vec3 } from '@almagest/sphere';
import { mjdFromTaiNs, type Timespan } from '@almagest/time';
import type { PlannedVisit } from '../models/obsplan.ts';

/** The visits of a repository, all of them performed. */
export async function readVisits(butler: Butler): Promise<readonly PlannedVisit[]> {
  const filters = new Map(
    (await butler.queryDimensionRecords('physical_filter')).map(({ fields }) => [
      `${text(fields['instrument'])} ${text(fields['name'])}`,
      text(fields['band']),
    ]),
  );
  const visits = await butler.queryDimensionRecords('visit');
  return visits.map(({ fields }): PlannedVisit => {
    const span = fields['timespan'] as Timespan | null | undefined;
    const instrument = text(fields['instrument']) ?? '';
    const exposureSec = fields['exposure_time'];
    return {
      id: String(fields['id'] as bigint | number),
      instrument,
      band: filters.get(`${instrument} ${text(fields['physical_filter'])}`),
      target: text(fields['target_name']),
      beginMjdTai: span?.begin === undefined ? undefined : mjdFromTaiNs(span.begin, 'tai'),
      endMjdTai: span?.end === undefined ? undefined : mjdFromTaiNs(span.end, 'tai'),
      exposureSec: typeof exposureSec === 'number' ? exposureSec : undefined,
      ...placeOf(fields['region']),
      status: 'Performed',
    };
  });
}

type Place = Pick<PlannedVisit, 'ra' | 'dec' | 'fieldOfViewDeg' | 'footprint'>;

function placeOf(bytes: unknown): Place {
  if (!(bytes instanceof Uint8Array)) return { ra: undefined, dec: undefined, fieldOfViewDeg: undefined, footprint: [] };
  const region = decodeRegion(bytes);
  const { center, radius } = boundingCircle(region);
  const [ra, dec] = degrees(center);
  return { ra, dec, fieldOfViewDeg: (2 * radius) / DEGREE, footprint: outlineOf(region) };
}

/** Corners of a polygon; of other regions none, since one polygon would not be theirs. */
function outlineOf(region: Region): Place['footprint'] {
  return region.kind === 'polygon' || region.kind === 'simple-polygon' ? region.vertices.map(degrees) : [];
}

function degrees(direction: Vec3): readonly [number, number] {
  const { lon, lat } = lonLatFromUnit(direction);
  return [(lon / DEGREE + 360) % 360, lat / DEGREE];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
