import { type FieldSources, type ReferenceCatalogue, solveField } from '@almagest/astrometry';
import { median } from '@almagest/numerics';
import { computeLocalMatrix, computePixelScale, createWcs, type SkyWcs } from '@almagest/wcs';
import { NotAnchoredError } from '../survey/errors.ts';

const DEGREE = Math.PI / 180;
/** Sources among which anchors are looked for: anchors are bright. */
const BRIGHTEST = 120;
/** How far from its place a star may lie after the shift, for what the camera file does not know of turn and scale [pixel]. */
const SLACK_PIXELS = 5;
const FEWEST_ANCHORS = 4;
/** A star farther from the fit than this is not where its catalogue says, or has no centre that can be measured [pixel]. */
const BAD_PIXELS = 0.7;
/** How far the scale of the camera file may be off. */
const SCALE_ERROR = 0.02;
/** Scatter of magnitudes that stars of one frame may have about their zero point; colours and saturation make it wide. */
const MAGNITUDE_SCATTER = 0.7;

/** A frame as it was measured. */
export interface SeriesFrame {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Pixels, and electrons a second. */
  readonly stars: FieldSources;
  /** Where header and camera file put it. */
  readonly nominal: SkyWcs;
}

/** Stars of known position [rad] and magnitude. */
export interface Anchors {
  readonly ra: Float64Array;
  readonly dec: Float64Array;
  readonly mag: Float64Array;
}

/**
 * Finds a few stars of known position in a frame whose scale and turn are known and whose pointing is not: the shift under which most of
 * them lie on bright sources of the right brightness, then a linear fit.
 *
 * @param pointingError - How far the frame may be from its nominal place [rad].
 * @throws {NotAnchoredError} if fewer than four agree.
 */
export function anchorFrame(frame: SeriesFrame, anchors: Anchors, pointingError: number): LinearWcs {
  const { width, height, nominal } = frame;
  const bright = brightest(frame.stars, BRIGHTEST);
  const centre = [(width - 1) / 2, (height - 1) / 2] as const;
  const reach = pointingError / computePixelScale(nominal, ...centre);
  const places = Array.from(anchors.ra, (ra, i) => ({ ...nominal.skyToPixel(ra, anchors.dec[i]!), mag: anchors.mag[i]! }));
  let best = { score: 0, count: 0, dx: 0, dy: 0 };
  for (const place of places)
    for (let j = 0; j < bright.x.length; j++) {
      const [dx, dy] = [bright.x[j]! - place.x, bright.y[j]! - place.y];
      if (Math.hypot(dx, dy) > reach) continue;
      const found = agreement(places, bright, dx, dy);
      if (found.score > best.score) best = { ...found, dx, dy };
    }
  if (best.count < FEWEST_ANCHORS)
    throw new NotAnchoredError(
      `expected at least ${FEWEST_ANCHORS} of the ${places.length} stars of known position in ${frame.name}; recognized ${best.count}`,
      { details: { matched: best.count, anchors: places.length } },
    );
  const start = linearWcs(nominal, centre, [centre[0] + best.dx, centre[1] + best.dy]);
  return fitAnchors(bright, anchors, start, SLACK_PIXELS);
}

/**
 * Shifts, turns and scales a linear WCS so that it fits stars of known position: the brightest source near the place of each. The map on
 * which most of them agree is taken, so that saturated stars, whose centres are nowhere, do no harm.
 */
export function fitAnchors(stars: BrightStars, anchors: Anchors, start: LinearWcs, radius: number): LinearWcs {
  const pairs: Pair[] = [];
  anchors.ra.forEach((ra, i) => {
    const place = start.wcs.skyToPixel(ra, anchors.dec[i]!);
    let at = -1;
    for (let j = 0; j < stars.x.length; j++)
      if (Math.hypot(stars.x[j]! - place.x, stars.y[j]! - place.y) < radius && (at < 0 || stars.mag[j]! < stars.mag[at]!)) at = j;
    if (at >= 0) pairs.push({ ...place, u: stars.x[at]!, v: stars.y[at]! });
  });
  const residual = (map: Similarity, { x, y, u, v }: Pair): number =>
    Math.hypot(map.a * x - map.b * y + map.dx - u, map.b * x + map.a * y + map.dy - v);
  let best: { map: Similarity; count: number; sum: number } = { map: { a: 1, b: 0, dx: 0, dy: 0 }, count: 0, sum: 0 };
  for (let i = 0; i < pairs.length; i++)
    for (let j = i + 1; j < pairs.length; j++) {
      const guess = similarity([pairs[i]!, pairs[j]!]);
      const agreeing = pairs.filter((pair) => residual(guess, pair) < BAD_PIXELS);
      if (agreeing.length < 3) continue;
      const map = similarity(agreeing);
      const sum = agreeing.reduce((total, pair) => total + residual(map, pair) ** 2, 0);
      const isBetter = agreeing.length > best.count || (agreeing.length === best.count && sum < best.sum);
      if (isBetter && Math.abs(Math.hypot(map.a, map.b) - 1) < SCALE_ERROR) best = { map, count: agreeing.length, sum };
    }
  return turned(start, best.map);
}

interface Pair {
  /** Where the star is said to be. */
  readonly x: number;
  readonly y: number;
  /** Where it is. */
  readonly u: number;
  readonly v: number;
}

/** A tangent-plane WCS and its cards, of which it can be made anew. */
export interface LinearWcs {
  readonly wcs: SkyWcs;
  readonly crpix: readonly [number, number];
  /** [deg] */
  readonly cd: readonly [number, number, number, number];
  readonly crval: readonly [number, number];
}

/** The linear part of a WCS at a pixel, with that pixel moved elsewhere. */
export function linearWcs(wcs: SkyWcs, centre: readonly [number, number], crpix: readonly [number, number] = centre): LinearWcs {
  const { eastX, eastY, northX, northY } = computeLocalMatrix(wcs, ...centre);
  const { ra, dec } = wcs.pixelToSky(...centre);
  return makeLinear(crpix, [eastX, eastY, northX, northY].map((v) => v / DEGREE) as [number, number, number, number], [
    ra / DEGREE,
    dec / DEGREE,
  ]);
}

function makeLinear(crpix: LinearWcs['crpix'], cd: LinearWcs['cd'], crval: LinearWcs['crval']): LinearWcs {
  return { crpix, cd, crval, wcs: createWcs({ crpix, cd, crval, projection: 'TAN', frame: { system: 'ICRS' } }) };
}

interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly dx: number;
  readonly dy: number;
}

/** Least squares of u = a x - b y + dx, v = b x + a y + dy. */
function similarity(pairs: readonly Pair[]): Similarity {
  const mean = (pick: (pair: (typeof pairs)[number]) => number): number => pairs.reduce((sum, pair) => sum + pick(pair), 0) / pairs.length;
  const [mx, my, mu, mv] = [mean(({ x }) => x), mean(({ y }) => y), mean(({ u }) => u), mean(({ v }) => v)];
  let [dot, cross, norm] = [0, 0, 0];
  for (const { x, y, u, v } of pairs) {
    dot += (x - mx) * (u - mu) + (y - my) * (v - mv);
    cross += (x - mx) * (v - mv) - (y - my) * (u - mu);
    norm += (x - mx) ** 2 + (y - my) ** 2;
  }
  const [a, b] = [dot / norm, cross / norm];
  return { a, b, dx: mu - a * mx + b * my, dy: mv - b * mx - a * my };
}

/** The WCS whose pixels are those of `start`, mapped. */
function turned({ crpix: [x, y], cd: [c11, c12, c21, c22], crval }: LinearWcs, { a, b, dx, dy }: Similarity): LinearWcs {
  const norm = a * a + b * b;
  // The matrix times the inverse of the map.
  const cd = [(c11 * a - c12 * b) / norm, (c11 * b + c12 * a) / norm, (c21 * a - c22 * b) / norm, (c21 * b + c22 * a) / norm] as const;
  return makeLinear([a * x - b * y + dx, b * x + a * y + dy], cd, crval);
}

/** The WCS of a frame by stars of the series that are placed already. */
export function placeFrame(frame: SeriesFrame, placed: ReferenceCatalogue, initialWcs: SkyWcs, pointingError: number): SkyWcs {
  const { width, height } = frame;
  return solveField(frame.stars, placed, { width, height, initialWcs, pointingError, order: 2 }).wcs;
}

/** Pixels and instrumental magnitudes. */
export interface BrightStars {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly mag: Float64Array;
}

function brightest(stars: FieldSources, most: number): BrightStars {
  const rows = Array.from({ length: stars.x.length }, (_, i) => i)
    .filter((i) => stars.flux[i]! > 0)
    .toSorted((a, b) => stars.flux[b]! - stars.flux[a]!)
    .slice(0, most);
  const take = (values: ArrayLike<number>): Float64Array => Float64Array.from(rows, (i) => values[i]!);
  return { x: take(stars.x), y: take(stars.y), mag: take(stars.flux).map((flux) => -2.5 * Math.log10(flux)) };
}

type Place = { readonly x: number; readonly y: number; readonly mag: number };

function agreement(
  places: readonly Place[],
  bright: BrightStars,
  dx: number,
  dy: number,
): { readonly score: number; readonly count: number } {
  const offsets: number[] = [];
  let nearness = 0;
  for (const { x, y, mag } of places) {
    let [near, at] = [SLACK_PIXELS, -1];
    for (let j = 0; j < bright.x.length; j++) {
      const distance = Math.hypot(bright.x[j]! - x - dx, bright.y[j]! - y - dy);
      if (distance < near) [near, at] = [distance, j];
    }
    if (at < 0) continue;
    offsets.push(mag - bright.mag[at]!);
    nearness += 1 - near / SLACK_PIXELS;
  }
  if (offsets.length === 0) return { score: 0, count: 0 };
  const middle = median(Float64Array.from(offsets));
  const count = offsets.filter((offset) => Math.abs(offset - middle) < MAGNITUDE_SCATTER).length;
  return { score: count + nearness / (places.length + 1), count };
}
