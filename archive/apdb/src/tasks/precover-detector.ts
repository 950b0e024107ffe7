import { getColumn } from '@almagest/table';
import type { Apdb } from '../model/apdb.ts';
import { regionOf } from './associate-detector.ts';
import { type DetectorImages, measureForcedSources } from './forced-sources.ts';

/** Earlier images that are looked at for a new object, unless told [day]. */
export const PRECOVERY_DAYS = 30;
/** Half of the window around a visit in which its own rows are looked for [day]. */
const SAME_VISIT_DAYS = 1e-6;

export interface PrecoveryOptions {
  /** Time of this call [MJD TAI]. */
  readonly processedMjdTai: number;
  readonly windowDays?: number;
}

/**
 * Measures objects that were discovered after an image on that image, and adds the fluxes to the database: precovery.
 *
 * Objects that have a flux from this image already are left as they are, so that it may be repeated at any time.
 *
 * @returns How many rows were added.
 */
export async function precoverDetector(
  apdb: Apdb,
  images: DetectorImages,
  { processedMjdTai, windowDays = PRECOVERY_DAYS }: PrecoveryOptions,
): Promise<number> {
  const { visit, detector, visitMjdTai } = images;
  const columns = ['diaObjectId', 'ra', 'dec', 'firstDiaSourceMjdTai'];
  const objects = await apdb.getDiaObjects(regionOf(images.difference), { columns });
  const [ra, dec, first] = columns.slice(1).map((name) => getColumn(objects, name).data as Float64Array);
  const targets = new Map<bigint, readonly [number, number]>();
  (getColumn(objects, 'diaObjectId').data as BigInt64Array).forEach((id, i) => {
    if (first![i]! > visitMjdTai && first![i]! <= visitMjdTai + windowDays) targets.set(id, [ra![i]!, dec![i]!]);
  });
  if (targets.size === 0) return 0;
  const known = await apdb.getDiaForcedSources({
    diaObjectIds: BigInt64Array.from(targets.keys()),
    fromMjdTai: visitMjdTai - SAME_VISIT_DAYS,
    untilMjdTai: visitMjdTai + SAME_VISIT_DAYS,
    columns: ['diaObjectId', 'visit', 'detector'],
    withdrawn: true,
  });
  const [ids, visits] = ['diaObjectId', 'visit'].map((name) => getColumn(known, name).data as BigInt64Array);
  const detectors = getColumn(known, 'detector').data;
  ids!.forEach((id, i) => {
    if (visits![i] === visit && Number(detectors[i]) === detector) targets.delete(id);
  });
  const stored = await apdb.getVisitDetector(visit, detector);
  const rows = targets.size === 0 ? undefined : measureForcedSources(images, targets, stored?.forcedSources ?? 0);
  return rows ? await apdb.storeForcedSources(visit, detector, rows, processedMjdTai) : 0;
}
