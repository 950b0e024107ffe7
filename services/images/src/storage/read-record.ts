import type { Butler, DatasetRef } from '@almagest/butler';
import { openFits } from '@almagest/fits';
import { findImageHdu, type PixelBox, readPlace } from '@almagest/image';
import { mjdFromTaiNs, type Timespan } from '@almagest/time';
import { computeBoundingCircle, computeFootprint, computePixelScale, createWcs, type SkyWcs } from '@almagest/wcs';
import { calibLevelOf, type ImageRecord } from '../models/image-record.ts';
import { openArtifact } from './open-artifact.ts';

const DEG = 180 / Math.PI;

/** Reads what an image's header and data ID tell. The headers alone are read. */
export async function readRecord(butler: Butler, ref: DatasetRef): Promise<ImageRecord> {
  await using source = await openArtifact(butler, ref);
  const { box, wcs } = readPlace(await findImageHdu(await openFits(source)));
  const { dataId } = ref;
  const values = Object.fromEntries(
    ref.datasetType.dimensions.names.flatMap((name) => {
      const value = dataId.find(name);
      return value === undefined ? [] : [[name, typeof value === 'bigint' ? Number(value) : value] as const];
    }),
  );
  const observed = (dataId.records?.get('visit') ?? dataId.records?.get('exposure'))?.fields;
  const span = observed?.['timespan'] as Timespan | null | undefined;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    id: ref.id,
    type: ref.datasetType.name,
    run: ref.run,
    dataId: values,
    instrument: text(values['instrument']),
    band: text(values['band']),
    target: text(observed?.['target_name']),
    beginMjdTai: span?.begin === undefined ? undefined : mjdFromTaiNs(span.begin, 'tai'),
    endMjdTai: span?.end === undefined ? undefined : mjdFromTaiNs(span.end, 'tai'),
    exposureSec: typeof observed?.['exposure_time'] === 'number' ? observed['exposure_time'] : undefined,
    width: box.width,
    height: box.height,
    bytes: source.size,
    ...placeOf(wcs, box),
    calibLevel: calibLevelOf(ref.datasetType.name),
  };
}

type Place = Pick<ImageRecord, 'pixelScaleArcsec' | 'ra' | 'dec' | 'fieldOfViewDeg' | 'footprint'>;

function placeOf(wcs: SkyWcs | undefined, box: PixelBox): Place {
  const nowhere = { pixelScaleArcsec: undefined, ra: undefined, dec: undefined, fieldOfViewDeg: undefined, footprint: [] };
  if (!wcs?.definition) return nowhere;
  const { definition } = wcs;
  const moved = createWcs({ ...definition, crpix: [definition.crpix[0] - box.x0, definition.crpix[1] - box.y0] });
  const { centre, radius } = computeBoundingCircle(moved, box);
  const outline = computeFootprint(moved, box);
  if (![centre.ra, centre.dec, radius, ...outline.flatMap(({ ra, dec }) => [ra, dec])].every(Number.isFinite)) return nowhere;
  const degrees = (angle: number): number => (((angle * DEG) % 360) + 360) % 360;
  return {
    pixelScaleArcsec: computePixelScale(moved, (box.width - 1) / 2, (box.height - 1) / 2) * DEG * 3600,
    ra: degrees(centre.ra),
    dec: centre.dec * DEG,
    fieldOfViewDeg: 2 * radius * DEG,
    footprint: outline.map(({ ra, dec }) => [degrees(ra), dec * DEG] as const),
  };
}
