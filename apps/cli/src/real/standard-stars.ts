import type { Butler } from '@almagest/butler';
import { type Exposure, magnitudeOfNjy } from '@almagest/image';
import { median } from '@almagest/numerics';
import { getColumn, type Table } from '@almagest/table';
import { nightCollections } from '../survey/night.ts';
import { bandsOfVisits, datasetsOf } from '../survey/repository.ts';
import { nameOf, starsOf } from './process-series.ts';
import type { RealSurvey } from './survey-file.ts';

/** Farthest that a star may be from its place [pixel]. */
const NEAR_PIXELS = 2;

/** How well a series gives the magnitudes of its standard stars, in one band. */
export interface StandardsVerdict {
  readonly band: string;
  readonly stars: number;
  /** Standard deviation of measured minus published, about their mean [mag]. */
  readonly scatterMag: number;
  readonly withinMag: number;
  readonly passed: boolean;
}

/** Compares magnitudes of standard stars, each the mean over the images of a band, with those that are published. */
export async function verifyStandards(butler: Butler, instrument: string, survey: RealSurvey): Promise<StandardsVerdict[]> {
  const { standards } = await starsOf(survey);
  const withinMag = survey.stars.standards?.withinMag;
  if (!standards || withinMag === undefined) return [];
  const { singleFrame } = nightCollections(instrument);
  const bands = await bandsOfVisits(butler, instrument);
  const images: { band: string; exposure: Exposure; table: Table }[] = [];
  for (const ref of await datasetsOf(butler, 'source', [singleFrame])) {
    const exposure = (await butler.get('visit_image', ref.dataId, { collections: [singleFrame] })) as Exposure;
    images.push({ band: bands.get(String(ref.dataId.get('visit'))) ?? '', exposure, table: (await butler.get(ref)) as Table });
  }
  const home = images.find(({ exposure }) => nameOf(exposure, '').startsWith(standards.frame))?.exposure.wcs;
  if (!home) return [];
  const places = Array.from(standards.x, (x, i) => home.pixelToSky(x, standards.y[i]!));
  return [...standards.magnitudes].map(([band, published]) => {
    const offsets = places.flatMap(({ ra, dec }, i) => {
      const measured = images.filter((image) => image.band === band).flatMap((image) => magnitudeAt(image, ra, dec));
      return measured.length === 0 ? [] : [measured.reduce((a, b) => a + b, 0) / measured.length - published[i]!];
    });
    const middle = median(Float64Array.from(offsets));
    const scatterMag = Math.sqrt(offsets.reduce((sum, offset) => sum + (offset - middle) ** 2, 0) / Math.max(1, offsets.length - 1));
    return { band, stars: offsets.length, scatterMag, withinMag, passed: offsets.length > 2 && scatterMag <= withinMag };
  });
}

function magnitudeAt({ exposure, table }: { readonly exposure: Exposure; readonly table: Table }, ra: number, dec: number): number[] {
  const at = exposure.wcs?.skyToPixel(ra, dec);
  if (!at) return [];
  const numbers = (name: string): Float64Array => getColumn(table, name).data as Float64Array;
  const [x, y, flux] = [numbers('x'), numbers('y'), numbers('psfFlux')];
  let best = -1;
  let near = NEAR_PIXELS;
  for (let i = 0; i < x.length; i++) {
    const distance = Math.hypot(x[i]! - at.x, y[i]! - at.y);
    if (distance < near) [near, best] = [distance, i];
  }
  const magnitude = best < 0 ? Number.NaN : magnitudeOfNjy(flux[best]!);
  return Number.isFinite(magnitude) ? [magnitude] : [];
}
