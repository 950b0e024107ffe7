import type { Butler } from '@almagest/butler';
import { Header, openFits } from '@almagest/fits';
import {
  computeClippedStatistics,
  createMaskedImage,
  type Exposure,
  exposureOf,
  findImageHdu,
  planeBits,
  readPlacedImage,
} from '@almagest/image';
import {
  type Camera,
  type Detector,
  getDetector,
  nominalWcsCards,
  type ObservationInfo,
  pointingOf,
  translateFile,
} from '@almagest/instrument';
import { visitInfoOf } from '@almagest/isr';
import { openFile } from '@almagest/resources';
import { NoCelestialWcsError, readWcs, type SkyWcs } from '@almagest/wcs';
import { collectionsOf, datasetsOf, pathOf } from '../survey/repository.ts';

/** Collection of reduced frames, in place of those that instrument signature removal makes. */
export function reducedCollection(instrument: string): string {
  return `${instrument}/reduced`;
}

/**
 * Puts frames whose signature was removed elsewhere into the repository as instrument signature removal would have left them: in
 * electrons, with saturated and missing pixels marked, a variance, and the WCS of their headers. Those that are there are kept.
 *
 * @returns Number of new frames.
 */
export async function putReducedFrames(butler: Butler, camera: Camera): Promise<number> {
  const { raw } = collectionsOf(camera.name);
  const run = reducedCollection(camera.name);
  await butler.registry.registerCollection(run, 'RUN');
  await butler.registerDatasetType({ name: 'postISRCCD', dimensions: ['instrument', 'exposure', 'detector'], storageClass: 'ExposureF' });
  const done = new Set((await datasetsOf(butler, 'postISRCCD', [run])).map(({ dataId }) => dataId.toString()));
  let made = 0;
  for (const ref of await datasetsOf(butler, 'raw', [raw])) {
    if (done.has(ref.dataId.toString())) continue;
    await butler.put(await readReduced(await pathOf(butler, ref), camera), 'postISRCCD', ref.dataId, { run });
    made += 1;
  }
  return made;
}

async function readReduced(path: string, camera: Camera): Promise<Exposure> {
  const [translation] = await translateFile(path, { cameras: [camera] });
  const { info, header } = translation!;
  const detector = getDetector(camera, Number(info.detector_num));
  await using file = await openFile(path);
  const fits = await openFits(file);
  const hdu = await findImageHdu(fits);
  const { image } = await readPlacedImage(hdu);
  const amplifier = detector.amplifiers[0];
  const number = (key: string, fallback: number): number => {
    const value = header.get(key);
    return typeof value === 'number' && value > 0 ? value : fallback;
  };
  const gain = number('GAIN', amplifier?.gain ?? 1);
  const saturation = number('SATURATE', amplifier?.saturation ?? Number.POSITIVE_INFINITY);
  const out = createMaskedImage(image.width, image.height);
  const [saturated, noData] = [planeBits(out.mask.planes, ['SAT']), planeBits(out.mask.planes, ['NO_DATA'])];
  // The sky was taken off, its noise was not.
  const noise = (computeClippedStatistics(image).stdev * gain) ** 2;
  for (let k = 0; k < out.image.data.length; k++) {
    const value = image.data[k]!;
    out.image.data[k] = Number.isFinite(value) ? value * gain : 0;
    out.variance.data[k] = noise + Math.max(0, value * gain);
    if (!Number.isFinite(value)) out.mask.data[k]! |= noData;
    else if (value >= saturation) out.mask.data[k]! |= saturated;
  }
  const wcs = celestial(() => readWcs(hdu.header)) ?? nominalWcs(camera, detector, info);
  const physical = typeof info.physical_filter === 'string' ? info.physical_filter : 'none';
  return exposureOf(out, {
    visitInfo: visitInfoOf(info),
    detectorId: detector.id,
    detectorName: detector.name,
    filter: { physical, band: camera.filters.find(({ name }) => name === physical)?.band ?? physical },
    ...(wcs ? { wcs } : {}),
  });
}

function celestial(read: () => SkyWcs): SkyWcs | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoCelestialWcsError) return undefined;
    throw error;
  }
}

/** Where camera file and pointing put a frame that has no WCS of its own. */
function nominalWcs(camera: Camera, detector: Detector, info: ObservationInfo): SkyWcs | undefined {
  const pointing = pointingOf(info);
  const cards = pointing && nominalWcsCards(camera, detector, pointing);
  return cards && readWcs(Header.of({ NAXIS: 2, NAXIS1: detector.width, NAXIS2: detector.height, ...cards }));
}
