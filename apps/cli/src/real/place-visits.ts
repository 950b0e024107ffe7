import type { Butler } from '@almagest/butler';
import type { Exposure } from '@almagest/image';
import { convexHull, encodeRegion, unitFromLonLat, type Vec3 } from '@almagest/sphere';
import { datasetsOf } from '../survey/repository.ts';

/**
 * Gives visits the regions that their calibrated images cover, in place of those that the pointing of the headers promised.
 *
 * @returns Number of images.
 */
export async function placeVisits(butler: Butler, instrument: string, collection: string): Promise<number> {
  const refs = await datasetsOf(butler, 'visit_image', [collection]);
  const corners = new Map<number, { detector: number; corners: Vec3[] }[]>();
  for (const ref of refs) {
    const { wcs, maskedImage } = (await butler.get(ref)) as Exposure;
    if (!wcs) continue;
    const { width, height, x0, y0 } = maskedImage.image;
    const places = [
      [x0 - 0.5, y0 - 0.5],
      [x0 + width - 0.5, y0 - 0.5],
      [x0 + width - 0.5, y0 + height - 0.5],
      [x0 - 0.5, y0 + height - 0.5],
    ].map(([x, y]) => {
      const { ra, dec } = wcs.pixelToSky(x!, y!);
      return unitFromLonLat({ lon: ra, lat: dec });
    });
    const visit = Number(ref.dataId.get('visit'));
    corners.set(visit, [...(corners.get(visit) ?? []), { detector: Number(ref.dataId.get('detector')), corners: places }]);
  }
  const records = await butler.queryDimensionRecords('visit', { dataId: { instrument } });
  const moved = records.flatMap(({ fields }) => {
    const detectors = corners.get(Number(fields['id']));
    return detectors ? [{ ...fields, region: encodeRegion(convexHull(detectors.flatMap((each) => each.corners))) }] : [];
  });
  const regions = [...corners].flatMap(([visit, detectors]) =>
    detectors.map((each) => ({ instrument, visit, detector: each.detector, region: encodeRegion(convexHull(each.corners)) })),
  );
  await butler.transaction(async () => {
    await butler.insertDimensionData('visit', moved, { replace: true });
    await butler.insertDimensionData('visit_detector_region', regions, { replace: true });
  });
  return refs.length;
}
