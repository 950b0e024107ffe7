import { buildPixelTree, createReferenceCatalogue, type ReferenceCatalogue } from '@almagest/astrometry';
import { findNearest, median } from '@almagest/numerics';
import { makeColumn, makeTable, type Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import { anchorFrame, type Anchors, fitAnchors, placeFrame, type SeriesFrame } from './anchor-series.ts';

const DEGREE = Math.PI / 180;
/** Sources of two frames within so much are one star [pixel]. */
const SAME_PIXELS = 1.5;
/** Stars are pushed by this much at most from one frame to the next [rad]. */
/** Stars that tell the transparency of a frame: the sky's own error counts for little in them. */
const SHARP_SNR = 50;
const ENOUGH_SHARP = 10;
const DRIFT = 10 / 60 / (180 / Math.PI);

/** A frame with its band. */
export interface BandFrame extends SeriesFrame {
  readonly band: string;
  /** Signal to noise of each star. */
  readonly snr: Float64Array;
}

/** Stars whose magnitudes are known, at pixels (zero-based) of one frame. */
export interface PixelStandards {
  readonly frame: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly magnitudes: ReadonlyMap<string, Float64Array>;
}

export interface SeriesOptions {
  /** How far frames may be from their nominal places [rad]. */
  readonly pointingError: number;
  readonly anchors?: Anchors & { readonly magnitudes: ReadonlyMap<string, Float64Array> };
  readonly standards?: PixelStandards;
  /** Magnitude of one electron a second where no star has one. */
  readonly zeroPoint: number;
}

interface Star {
  /** Sums of pixels of the first frame. */
  x: number;
  y: number;
  count: number;
  /** Electrons a second on the scale of the first frame of each band. */
  readonly flux: Map<string, number[]>;
}

/**
 * Makes a catalogue of reference stars of a series itself: the first frame is placed by stars of known position, or by its own WCS; the
 * others are placed by the stars found before, which they add to.
 *
 * @returns Columns ra, dec [deg] and a magnitude for each band (NaN where a star has none).
 * @throws {NotAnchoredError} if the stars of known position are not in the first frame. {NotSolvedError} for a frame of another field.
 */
export function seriesCatalogue(frames: readonly BandFrame[], options: SeriesOptions): Table {
  const [first] = frames;
  if (!first) return makeTable([]);
  const { anchors } = options;
  const anchored = anchors && anchorFrame(first, anchors, options.pointingError);
  const old = anchored?.wcs ?? first.nominal;
  const stars: Star[] = [];
  let last = old;
  const wcsOf = new Map<string, SkyWcs>();
  for (const frame of frames) {
    const wcs = stars.length === 0 ? old : placeFrame(frame, catalogueOf(stars, old), moved(frame, last, first), DRIFT);
    addFrame(stars, frame, wcs, old);
    wcsOf.set(frame.name, wcs);
    last = wcs;
  }
  const kept = stars.filter(({ count }) => count > 1 || frames.length < 3);
  const place = {
    x: Float64Array.from(kept, ({ x, count }) => x / count),
    y: Float64Array.from(kept, ({ y, count }) => y / count),
  };
  const brightness = Float64Array.from(kept, magnitudeOf);
  // With the stars of all frames there are more of known position, and places are better.
  const home = anchors && anchored ? fitAnchors({ ...place, mag: brightness }, anchors, anchored, 3).wcs : old;
  const ra = new Float64Array(kept.length);
  const dec = new Float64Array(kept.length);
  home.pixelToSkyArray(place.x, place.y, ra, dec);
  const bands = [...new Set(frames.map(({ band }) => band))];
  const magnitudes = bands.map((band) => {
    const instrumental = Float64Array.from(kept, ({ flux }) => -2.5 * Math.log10(median(Float64Array.from(flux.get(band) ?? []))));
    const zeroPoint = zeroPointOf(band, { place, instrumental, home: old, wcsOf, options, anchored: home });
    return makeColumn({ name: band, datatype: 'float64', data: instrumental.map((mag) => mag + zeroPoint), unit: 'mag' });
  });
  return makeTable([
    makeColumn({ name: 'ra', datatype: 'float64', data: ra.map((v) => v / DEGREE), unit: 'deg' }),
    makeColumn({ name: 'dec', datatype: 'float64', data: dec.map((v) => v / DEGREE), unit: 'deg' }),
    ...magnitudes,
  ]);
}

/** The WCS of the frame before, or this frame's own where frames carry one each. */
function moved(frame: SeriesFrame, last: SkyWcs, first: SeriesFrame): SkyWcs {
  const at = (wcs: SkyWcs): string => JSON.stringify(wcs.pixelToSky(0, 0));
  return at(frame.nominal) === at(first.nominal) ? last : frame.nominal;
}

function catalogueOf(stars: readonly Star[], home: SkyWcs): ReferenceCatalogue {
  const ra = new Float64Array(stars.length);
  const dec = new Float64Array(stars.length);
  const x = Float64Array.from(stars, (star) => star.x / star.count);
  const y = Float64Array.from(stars, (star) => star.y / star.count);
  home.pixelToSkyArray(x, y, ra, dec);
  const mag = Float64Array.from(stars, magnitudeOf);
  return createReferenceCatalogue({ ra, dec, mag });
}

function magnitudeOf({ flux }: Star): number {
  return -2.5 * Math.log10(Math.max(...[...flux.values()].map((values) => values[0] ?? 0)));
}

function addFrame(stars: Star[], frame: BandFrame, wcs: SkyWcs, home: SkyWcs): void {
  const x = Float64Array.from(frame.stars.x);
  const y = Float64Array.from(frame.stars.y);
  wcs.pixelToSkyArray(x, y, x, y);
  home.skyToPixelArray(x, y, x, y);
  const tree = buildPixelTree(
    stars.map((star) => star.x / star.count),
    stars.map((star) => star.y / star.count),
  );
  const pairs: [star: Star, i: number][] = [];
  const fresh: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const [hit] = findNearest(tree, [x[i]!, y[i]!], 1, SAME_PIXELS);
    if (hit) pairs.push([stars[hit.id]!, i]);
    else if (Number.isFinite(x[i]! + y[i]!)) fresh.push(i);
  }
  // Clouds and airmass: the frame against the stars that the band has already.
  const measured = (least: number): [Star, number][] => pairs.filter(([, i]) => frame.snr[i]! > least);
  const sharp = measured(SHARP_SNR);
  const ratios = (sharp.length < ENOUGH_SHARP ? pairs : sharp)
    .map(([star, i]) => frame.stars.flux[i]! / median(Float64Array.from(star.flux.get(frame.band) ?? [])))
    .filter((ratio) => ratio > 0);
  const scale = ratios.length === 0 ? 1 : median(Float64Array.from(ratios));
  for (const [star, i] of pairs) {
    star.x += x[i]!;
    star.y += y[i]!;
    star.count += 1;
    pushFlux(star, frame.band, frame.stars.flux[i]! / scale);
  }
  for (const i of fresh) {
    const star: Star = { x: x[i]!, y: y[i]!, count: 1, flux: new Map() };
    pushFlux(star, frame.band, frame.stars.flux[i]! / scale);
    stars.push(star);
  }
}

function pushFlux(star: Star, band: string, flux: number): void {
  const known = star.flux.get(band);
  if (known) known.push(flux);
  else star.flux.set(band, [flux]);
}

/** Median difference to the stars of known magnitude; the given one where there are none. */
function zeroPointOf(
  band: string,
  {
    place,
    instrumental,
    home,
    wcsOf,
    options,
    anchored,
  }: {
    readonly place: { readonly x: Float64Array; readonly y: Float64Array };
    readonly instrumental: Float64Array;
    readonly home: SkyWcs;
    readonly wcsOf: ReadonlyMap<string, SkyWcs>;
    readonly options: SeriesOptions;
    readonly anchored: SkyWcs;
  },
): number {
  const { standards, anchors, zeroPoint } = options;
  const tree = buildPixelTree(place.x, place.y);
  const known: { readonly x: number; readonly y: number; readonly mag: number }[] = [];
  if (standards) {
    const wcs = [...wcsOf].find(([name]) => name.startsWith(standards.frame))?.[1];
    standards.magnitudes.get(band)?.forEach((mag, i) => {
      const sky = wcs?.pixelToSky(standards.x[i]!, standards.y[i]!);
      if (sky) known.push({ ...home.skyToPixel(sky.ra, sky.dec), mag });
    });
  } else anchors?.magnitudes.get(band)?.forEach((mag, i) => known.push({ ...anchored.skyToPixel(anchors.ra[i]!, anchors.dec[i]!), mag }));
  const offsets = known.flatMap(({ x, y, mag }) => {
    const [hit] = findNearest(tree, [x, y], 1, 2 * SAME_PIXELS);
    const offset = hit ? mag - instrumental[hit.id]! : Number.NaN;
    return Number.isFinite(offset) ? [offset] : [];
  });
  return offsets.length === 0 ? zeroPoint : median(Float64Array.from(offsets));
}
