import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { createMaskedImage, type Exposure, type Image, moffatPsf, planeBits } from '@almagest/image';
import { lonLatDeg, makeConvexPolygon, unitFromLonLat } from '@almagest/sphere';
import { createWcs, type SkyWcs } from '@almagest/wcs';

/** Side of the sample's images [pixel] and scale [deg/pixel]. */
export const SIDE = 600;
export const SCALE = 0.3 / 3600;
export const CENTER = { ra: 150.1, dec: 2.2 } as const;
/** Where a new source is in the second visit, in the difference and not in the template [pixel]. */
export const TRANSIENT = { x: 402.4, y: 217.3 } as const;

export interface SampleRepository extends AsyncDisposable {
  readonly butler: Butler;
  readonly folder: string;
}

/**
 * A repository with made-up exposures of one field: calexp, template_detector and difference_image of two visits in bands
 * g and r, with the same stars, a saturated one, a cosmic ray, and a source that appears in the second visit.
 */
export async function makeSampleRepository(): Promise<SampleRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-images-'));
  const butler = await Butler.create(join(folder, 'repo'), { run: 'SimCam/runs/sample' });
  await insertRecords(butler);
  for (const name of ['calexp', 'template_detector', 'difference_image'])
    await butler.registerDatasetType({ name, dimensions: ['instrument', 'visit', 'detector'], storageClass: 'ExposureF' });
  for (const visit of [1, 2]) {
    const dataId = { instrument: 'SimCam', visit, detector: 0 };
    const [science, template] = [makeExposure(visit), makeExposure(0)];
    await butler.put(science, 'calexp', dataId);
    await butler.put(template, 'template_detector', dataId);
    await butler.put(subtract(science, template), 'difference_image', dataId);
  }
  return {
    butler,
    folder: join(folder, 'repo'),
    [Symbol.asyncDispose]: async () => {
      await butler.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function sampleWcs(): SkyWcs {
  return createWcs({
    projection: 'TAN',
    crpix: [SIDE / 2, SIDE / 2],
    crval: [CENTER.ra, CENTER.dec],
    cd: [-SCALE, 0, 0, SCALE],
    frame: { system: 'ICRS' },
  });
}

function makeExposure(visit: number): Exposure {
  const random = generator(1000 + visit);
  const maskedImage = createMaskedImage(SIDE, SIDE);
  const { image, mask, variance } = maskedImage;
  const noise = visit === 0 ? 2 : 6;
  for (let k = 0; k < image.data.length; k++) image.data[k] = noise * gauss(random);
  variance.data.fill(noise * noise);
  const stars = generator(7);
  for (let n = 0; n < 240; n++) {
    const [x, y, flux] = [stars() * SIDE, stars() * SIDE, 300 * stars() ** -1.1];
    addStar(image, { x, y, flux: Math.min(flux, 3e5), fwhm: visit === 0 ? 3.2 : 3.2 + 0.4 * visit });
  }
  if (visit === 2) addStar(image, { ...TRANSIENT, flux: 9000, fwhm: 4 });
  const [saturated, cosmicRay] = [planeBits(mask.planes, ['SAT']), planeBits(mask.planes, ['CR', 'INTRP'])];
  for (let k = 0; k < image.data.length; k++) if (image.data[k]! > 6000) mask.data[k]! |= saturated;
  if (visit > 0)
    for (let k = 0; k < 40; k++) {
      const at = (120 * visit + k) * SIDE + 60 + 3 * k;
      mask.data[at]! |= cosmicRay;
    }
  return {
    maskedImage,
    wcs: sampleWcs(),
    filter: { band: visit === 1 ? 'g' : 'r', physical: visit === 1 ? 'SimG' : 'SimR' },
    detectorId: 0,
    metadata: new Map<string, string | number>([
      ['OBJECT', 'sample field'],
      ['BUNIT', 'nJy'],
    ]),
  };
}

function addStar(
  image: Image,
  { x, y, flux, fwhm }: { readonly x: number; readonly y: number; readonly flux: number; readonly fwhm: number },
): void {
  const star = moffatPsf(fwhm).computeImage(x, y);
  for (let j = 0; j < star.height; j++)
    for (let i = 0; i < star.width; i++) {
      const [u, v] = [star.x0 + i, star.y0 + j];
      if (u < 0 || v < 0 || u >= SIDE || v >= SIDE) continue;
      image.data[v * SIDE + u]! += flux * star.data[j * star.stride + i]!;
    }
}

function subtract(science: Exposure, template: Exposure): Exposure {
  const difference = createMaskedImage(SIDE, SIDE);
  const [a, b] = [science.maskedImage, template.maskedImage];
  for (let k = 0; k < a.image.data.length; k++) {
    difference.image.data[k] = a.image.data[k]! - b.image.data[k]!;
    difference.variance.data[k] = a.variance.data[k]! + b.variance.data[k]!;
    difference.mask.data[k] = a.mask.data[k]!;
  }
  return { ...science, maskedImage: difference };
}

async function insertRecords(butler: Butler): Promise<void> {
  const instrument = 'SimCam';
  const begin = (visit: number): bigint => 1_790_000_000_000_000_000n + BigInt(visit) * 86_400_000_000_000n;
  const span = (visit: number) => ({ begin: begin(visit), end: begin(visit) + 30_000_000_000n });
  const half = (SIDE / 2) * SCALE;
  const corners = [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
  ] as const;
  const region = makeConvexPolygon(corners.map(([x, y]) => unitFromLonLat(lonLatDeg(CENTER.ra + x, CENTER.dec + y))));
  await butler.insertDimensionData('instrument', [
    { name: instrument, visit_max: 100, visit_system: 0, exposure_max: 100, detector_max: 2, class_name: 'sample.SimCam' },
  ]);
  await butler.insertDimensionData('physical_filter', [
    { instrument, name: 'SimG', band: 'g' },
    { instrument, name: 'SimR', band: 'r' },
  ]);
  await butler.insertDimensionData('detector', [{ instrument, id: 0, full_name: 'S00', purpose: 'SCIENCE' }]);
  await butler.insertDimensionData('day_obs', [
    { instrument, id: 20260922 },
    { instrument, id: 20260923 },
  ]);
  await butler.insertDimensionData(
    'visit',
    [1, 2].map((id) => ({
      instrument,
      id,
      name: `v${id}`,
      physical_filter: id === 1 ? 'SimG' : 'SimR',
      day_obs: 20260921 + id,
      exposure_time: 30,
      target_name: 'sample field',
      timespan: span(id),
      region,
    })),
  );
}

/** Uniform numbers in (0, 1) that are the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
