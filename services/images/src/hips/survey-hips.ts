import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Butler } from '@almagest/butler';
import { mjdFromTaiNs, type Timespan } from '@almagest/time';
import { bandWavelengths } from '../models/obscore.ts';
import type { ImageRecord } from '../models/image-record.ts';
import { createImageCatalog } from '../storage/image-catalog.ts';
import { buildColourHips } from './build-colour-hips.ts';
import { buildHips, type HipsMaking, type HipsSummary } from './build-hips.ts';
import { HipsInputError } from './errors.ts';

export interface SurveyHipsOptions extends Pick<HipsMaking, 'formats' | 'threads' | 'now' | 'signal'> {
  /** Folder that gets a HiPS a band, and `colour` where there are two bands or three. */
  readonly folder: string;
  /** Dataset type, such as `template_coadd`. */
  readonly type: string;
  /** Collections with the images; every RUN where none is given, of each data ID the newest. */
  readonly collections?: readonly string[];
  /** Bands, of all that there are unless told. */
  readonly bands?: readonly string[];
  /** The bands of red, green and blue; unless told the reddest, the bluest and one between. */
  readonly colour?: readonly string[];
  readonly order?: number;
  readonly authority: string;
  readonly title: string;
  readonly onProgress?: (progress: { readonly hips: string; readonly phase: string; readonly done: number; readonly all: number }) => void;
}

/**
 * Makes the HiPS of a survey: one a band and one in colour, from images of its repository.
 *
 * @throws {HipsInputError} if there is no image of the type.
 */
export async function buildSurveyHips(butler: Butler, options: SurveyHipsOptions): Promise<HipsSummary[]> {
  const { folder, type, authority, title } = options;
  const catalog = createImageCatalog(butler, { types: [type], ...(options.collections ? { collections: options.collections } : {}) });
  const images = newestOnly(await catalog.list()).filter(({ footprint }) => footprint.length > 0);
  const byBand = Map.groupBy(images, ({ band }) => band ?? 'all');
  const bands = options.bands ?? [...byBand.keys()].toSorted(byWavelength);
  if (images.length === 0 || !bands.some((band) => byBand.has(band)))
    throw new HipsInputError(`expected images of type ${type} with world coordinates; found none`, { details: { images: 0 } });
  const making = (name: string, what: string): HipsMaking => ({
    folder: join(folder, name),
    creatorDid: `ivo://${authority}/hips/${name}`,
    title: `${title} ${what}`,
    collection: title,
    progenitor: `${type} of ${title}`,
    ...(options.formats && { formats: options.formats }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.signal && { signal: options.signal }),
    now: options.now,
    onProgress: (progress) => options.onProgress?.({ hips: name, ...progress }),
  });
  const observed = await observedSpan(butler);
  const axes = (chosen: readonly ImageRecord[]): Pick<HipsMaking, 'wavelengths' | 'timespanMjd'> => axesOf(chosen, observed);
  const summaries: HipsSummary[] = [];
  for (const band of bands) {
    const chosen = byBand.get(band);
    if (!chosen) throw new HipsInputError(`there is no image of type ${type} in band ${band}`, { details: { images: images.length } });
    const paths = await Promise.all(chosen.map(async ({ id }) => pathOf(await butler.getUris(await catalog.getRef(id)))));
    const order = options.order === undefined ? {} : { order: options.order };
    summaries.push(await buildHips({ ...making(band, band), paths: paths.toSorted(), ...order, ...axes(chosen) }));
  }
  const colour = options.colour ?? chooseColours(bands);
  if (colour.length >= 2) {
    const chosen = colour.flatMap((band) => byBand.get(band) ?? []);
    const folders = colour.map((band) => join(folder, band));
    summaries.push(await buildColourHips({ ...making('colour', 'in colour'), bands: folders, ...axes(chosen) }));
  }
  return summaries;
}

function pathOf([address = '']: readonly string[]): string {
  return fileURLToPath(address.split('#')[0]!);
}

/** Of images with one data ID that of the last run, by name. */
function newestOnly(images: readonly ImageRecord[]): ImageRecord[] {
  const newest = new Map<string, ImageRecord>();
  for (const image of images) {
    const key = JSON.stringify([image.type, image.dataId]);
    const known = newest.get(key);
    if (!known || image.run > known.run) newest.set(key, image);
  }
  return [...newest.values()];
}

/** Begin and end of all visits [MJD, TAI]: coadds do not tell when their frames were taken. */
async function observedSpan(butler: Butler): Promise<readonly number[]> {
  const spans = (await butler.queryDimensionRecords('visit')).map(({ fields }) => fields['timespan'] as Timespan | null | undefined);
  return spans.flatMap((span) => [span?.begin, span?.end]).flatMap((ns) => (typeof ns === 'bigint' ? [mjdFromTaiNs(ns, 'tai')] : []));
}

function axesOf(images: readonly ImageRecord[], observed: readonly number[]): Pick<HipsMaking, 'wavelengths' | 'timespanMjd'> {
  const waves = images.flatMap(({ band }) => (band === undefined ? [] : (bandWavelengths(band) ?? [])));
  const own = images.flatMap(({ beginMjdTai, endMjdTai }) => [beginMjdTai, endMjdTai]).filter((time) => time !== undefined);
  const times = own.length > 0 ? own : observed;
  return {
    ...(waves.length > 0 ? { wavelengths: [Math.min(...waves), Math.max(...waves)] as const } : {}),
    ...(times.length > 0 ? { timespanMjd: [Math.min(...times), Math.max(...times)] as const } : {}),
  };
}

function byWavelength(a: string, b: string): number {
  return (bandWavelengths(a)?.[0] ?? 0) - (bandWavelengths(b)?.[0] ?? 0) || a.localeCompare(b);
}

/** Red first. */
function chooseColours(bands: readonly string[]): readonly string[] {
  const known = bands.filter((band) => bandWavelengths(band)).toSorted(byWavelength);
  const [blue, red] = [known[0], known.at(-1)];
  if (blue === undefined || red === undefined || blue === red) return [];
  return known.length === 2 ? [red, blue] : [red, known[known.length >> 1]!, blue];
}
