import type { PixelBox } from '@almagest/image';
import { convexHull, decodeRegion, encodeRegion, unitFromLonLat, type Vec3 } from '@almagest/sphere';
import type { SkyWcs } from '@almagest/wcs';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { QueryError } from '../errors.ts';

export interface UpdateRegionsOptions extends LongWork {
  /** Images with a WCS, such as `calexp`; of visit and detector. */
  readonly datasetType: string;
  readonly collections: readonly string[];
  readonly where?: string;
}

/**
 * Gives visits and their detectors the sky regions that the WCS of calibrated images has, in place of those that were
 * guessed from the pointing. Detectors without such an image keep theirs; a visit's region is the hull of its detectors'.
 *
 * @returns how many regions of detectors and visits were set; images without a WCS are counted as `skipped`.
 * @throws {QueryError} if the dataset type is not of visit and detector.
 */
export async function updateRegions(
  butler: Butler,
  options: UpdateRegionsOptions,
): Promise<{ readonly detectors: number; readonly visits: number; readonly skipped: number }> {
  const { dimensions } = await butler.registry.getDatasetType(options.datasetType);
  if (!dimensions.names.includes('visit') || !dimensions.names.includes('detector'))
    throw new QueryError(`regions are those of a visit and a detector; ${options.datasetType} is of ${dimensions.required.join(', ')}`);
  const refs = await butler.queryDatasets(options.datasetType, {
    collections: options.collections,
    ...(options.where === undefined ? {} : { where: options.where }),
  });
  const total = { detectors: 0, visits: 0, skipped: 0 };
  let done = 0;
  for (const members of Map.groupBy(refs, (ref) => `${ref.dataId.get('instrument')} ${ref.dataId.get('visit')}`).values()) {
    const found = await readOutlines(butler, members);
    if (found.length > 0) {
      await butler.transaction(async () => await setRegions(butler, members[0]!, found));
      total.visits += 1;
    }
    total.detectors += found.length;
    total.skipped += members.length - found.length;
    atStep(options, (done += members.length), refs.length);
  }
  return total;
}

interface Outline {
  readonly detector: number;
  readonly corners: readonly Vec3[];
}

async function readOutlines(butler: Butler, refs: readonly DatasetRef[]): Promise<readonly Outline[]> {
  const found: Outline[] = [];
  for (const ref of refs) {
    const wcs = (await butler.get({ ...ref, component: 'wcs' })) as SkyWcs | null;
    if (!wcs) continue;
    const { x0, y0, width, height } = (await butler.get({ ...ref, component: 'bbox' })) as PixelBox;
    const [left, right, bottom, top] = [x0 - 0.5, x0 + width - 0.5, y0 - 0.5, y0 + height - 0.5];
    const corners = [wcs.pixelToSky(left, bottom), wcs.pixelToSky(right, bottom), wcs.pixelToSky(right, top), wcs.pixelToSky(left, top)];
    if (!corners.every(({ ra, dec }) => Number.isFinite(ra) && Number.isFinite(dec))) continue;
    found.push({
      detector: ref.dataId.get('detector') as number,
      corners: corners.map(({ ra, dec }) => unitFromLonLat({ lon: ra, lat: dec })),
    });
  }
  return found;
}

async function setRegions(butler: Butler, { dataId }: DatasetRef, outlines: readonly Outline[]): Promise<void> {
  const [instrument, visit] = [dataId.get('instrument'), dataId.get('visit')];
  const given = { dataId: { instrument, visit } };
  const updated = new Set(outlines.map(({ detector }) => detector));
  const rest = (await butler.queryDimensionRecords('visit_detector_region', given))
    .filter(({ fields }) => !updated.has(fields['detector'] as number) && fields['region'] instanceof Uint8Array)
    .flatMap(({ fields }) => cornersOf(fields['region'] as Uint8Array));
  await butler.insertDimensionData(
    'visit_detector_region',
    outlines.map(({ detector, corners }) => ({ instrument, visit, detector, region: encodeRegion(convexHull(corners)) })),
    { replace: true },
  );
  const region = encodeRegion(convexHull([...rest, ...outlines.flatMap(({ corners }) => corners)]));
  const [record] = await butler.queryDimensionRecords('visit', given);
  await butler.insertDimensionData('visit', [{ ...record!.fields, region }], { replace: true });
}

/** Corners of a polygon; other shapes have none to add. */
function cornersOf(bytes: Uint8Array): readonly Vec3[] {
  const region = decodeRegion(bytes);
  return region.kind === 'polygon' ? region.vertices : [];
}
