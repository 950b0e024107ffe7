import { approximateTanSip, createWcs, computeBoundingCircle, computeLocalMatrix, computePixelScale, type SkyWcs } from '@almagest/wcs';
import { type ChromaticShift, type ColoredResiduals, fitChromaticShift } from './chromatic/fit-chromatic-shift.ts';
import { COLOR_ROUNDS, isSignificant, shiftByColor } from './chromatic/shift-by-color.ts';
import { BadAstrometryInputError, NotSolvedError, TooFewStarsError } from './errors.ts';
import { fitTanSip, type TanSipFit, type TanSipFitInput } from './fit/fit-tan-sip.ts';
import { buildPixelTree } from './fit/match-pixels.ts';
import { type MatchLimits, matchPlane } from './matching/match-plane.ts';
import { imageCentre, type PlaneSources } from './matching/plane-sources.ts';
import type { PlaneSolution } from './matching/verify.ts';
import { findInCone, type ReferenceCatalogue, sortByBrightness } from './reference/catalogue.ts';
import { propagateCatalogue } from './reference/epoch.ts';

/** Measured sources of one image; rows with a NaN are left out. */
export interface FieldSources {
  /** Zero-based pixels. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Any measure in which larger is brighter. */
  readonly flux: ArrayLike<number>;
  /** Error of one coordinate [pixel]. */
  readonly sigma?: ArrayLike<number>;
}

export interface SolveFieldOptions {
  /** Size of the image [pixel]. */
  readonly width: number;
  readonly height: number;
  /** A WCS that may be off by `pointingError` and `rotationError`; its distortion is trusted for the match. */
  readonly initialWcs?: SkyWcs;
  /** [rad]; default 5 arcmin. */
  readonly pointingError?: number;
  /** [rad]; default 3 degrees. */
  readonly rotationError?: number;
  /** Scale without a WCS [rad/pixel]. */
  readonly pixelScale?: number;
  /** Relative error of the scale; default 0.02 with a WCS and 0.1 without. */
  readonly scaleError?: number;
  /** Without a WCS: +1 for pixels as the sky is seen from inside with x to the east (mirrored images), -1 for the usual sense; both when absent. */
  readonly parity?: 1 | -1;
  /** Without a WCS: where the image may lie; the whole catalogue when absent. */
  readonly pointing?: { readonly ra: number; readonly dec: number; readonly radius: number };
  /** Epoch of the observation [Julian year]; moves the reference stars there. */
  readonly epoch?: number;
  /** Degree of the SIP polynomial; 1 fits plain TAN. Default 3. */
  readonly order?: number;
  /** Rejection limit of the fit [sigma]; default 4. */
  readonly rejectSigma?: number;
  /** Colours of the reference stars by row [mag], NaN where unknown: places are then freed of what depends on colour. */
  readonly colors?: Float64Array;
}

/** A solved field. */
export interface FieldSolution extends TanSipFit {
  /** Robust scatter of one coordinate [arcsec]. */
  readonly scatterArcsec: number;
  /** Logarithm of the odds against a chance agreement. */
  readonly logOdds: number;
  /** How far places depend on colour, where colours were given and it does; the WCS holds at its reference colour. */
  readonly chromatic?: ChromaticShift;
  /** How many star figures agreed before the right one was found. */
  readonly hypotheses: number;
}

const ARCSEC = Math.PI / 648000;
/** The final pairs must be as many as this, beyond what chance puts within the radius of pairing. */
const MIN_PAIRS = 5;

/**
 * Finds where an image lies on the sky and fits its WCS.
 *
 * With `initialWcs` it corrects a poor pointing; with `pixelScale` alone it solves blind among the reference stars given.
 *
 * @param reference - Stars of the region; for a blind solution as large as the image may lie anywhere in.
 * @throws {TooFewStarsError} {@link NotSolvedError} when there is no solution beyond chance.
 * @throws {BadAstrometryInputError} for options that cannot be.
 * @remarks 99 % of fields from 20 to 50,000 stars and no false solution: `solve-field.recovery.test.ts`.
 */
export function solveField(sources: FieldSources, reference: ReferenceCatalogue, options: SolveFieldOptions): FieldSolution {
  checkOptions(sources, options);
  const { width, height, order = 3, rejectSigma = 4 } = options;
  const catalogue = options.epoch === undefined ? reference : propagateCatalogue(reference, options.epoch);
  const plane = options.initialWcs ? undistorted(sources, options.initialWcs, width, height) : raw(sources, width, height);
  const limits = options.initialWcs ? guidedLimits(options.initialWcs, options) : blindLimits(options);
  const rows = limits.centre
    ? findInCone(
        catalogue,
        limits.centre.ra,
        limits.centre.dec,
        limits.centre.radius + 0.5 * Math.hypot(plane.width, plane.height) * limits.scale[1],
      )
    : sortByBrightness([...Array(catalogue.count).keys()], catalogue.mag);
  const match = matchPlane(plane, catalogue, rows, limits);
  const start = startingWcs(match, plane, options);
  const nearby = findInCone(
    catalogue,
    match.plane.ra,
    match.plane.dec,
    0.52 * Math.hypot(width, height) * (computePixelScale(start, width / 2, height / 2) || limits.scale[1]),
  );
  const input: TanSipFitInput = {
    ...sources,
    tree: buildPixelTree(sources.x, sources.y),
    catalogue,
    rows: nearby,
    start,
    order,
    size: [width, height],
    radius: Math.max(2, 0.002 * Math.hypot(width, height)),
    rejectSigma,
  };
  const free = fitTanSip(input);
  // Too few stars for the distortion: keep that of the initial WCS and fit the rest.
  const plainFit = options.initialWcs && free.order < order ? fitOnDistortion(input, options.initialWcs) : free;
  const { fit, chromatic } = withColors(input, plainFit, options.colors);
  const kept = fit.used.reduce((sum, flag) => sum + flag, 0);
  if (kept < MIN_PAIRS)
    throw new NotSolvedError(`not solved: only ${kept} stars agree with the fitted WCS`, {
      details: { sources: sources.x.length, references: rows.length, hypotheses: match.hypotheses, reason: 'too few pairs' },
    });
  const scale = computePixelScale(fit.wcs, (width - 1) / 2, (height - 1) / 2);
  return {
    ...fit,
    scatterArcsec: (fit.scatterPixel * scale) / ARCSEC,
    logOdds: match.logOdds,
    hypotheses: match.hypotheses,
    ...(chromatic ? { chromatic } : {}),
  };
}

function checkOptions({ x, y, flux, sigma }: FieldSources, { width, height, initialWcs, pixelScale, order = 3 }: SolveFieldOptions): void {
  const fail = (argument: string, message: string): never => {
    throw new BadAstrometryInputError(message, { details: { argument } });
  };
  if (y.length !== x.length || flux.length !== x.length || (sigma && sigma.length !== x.length))
    fail('sources', 'x, y, flux and sigma must have one length');
  if (!(width > 0 && height > 0)) fail('width', `the image must have a size; found ${width} x ${height}`);
  if (!initialWcs && !(pixelScale !== undefined && pixelScale > 0)) fail('pixelScale', 'give an initial WCS or a pixel scale');
  if (!(Number.isInteger(order) && order >= 1 && order <= 9)) fail('order', `the order must be 1 to 9; found ${order}`);
  if (x.length < MIN_PAIRS)
    throw new TooFewStarsError(`a solution needs ${MIN_PAIRS} sources; found ${x.length}`, {
      details: { sources: x.length, references: 0, needed: MIN_PAIRS },
    });
}

/** Fits the WCS again to reference stars that stand where their colour makes them appear. */
function withColors(
  input: TanSipFitInput,
  plain: TanSipFit,
  colors: Float64Array | undefined,
): { fit: TanSipFit; chromatic?: ChromaticShift } {
  if (!colors) return { fit: plain };
  let fit = plain;
  let chromatic: ChromaticShift | undefined;
  for (let round = 0; round < COLOR_ROUNDS; round++) {
    const found = fitChromaticShift(coloredResiduals(input, fit, colors));
    if (!found || !isSignificant(found)) break;
    chromatic = found;
    fit = fitTanSip({ ...input, catalogue: shiftByColor(input.catalogue, found, colors), start: fit.wcs, order: fit.order });
  }
  return { fit, ...(chromatic ? { chromatic } : {}) };
}

/** Places by the WCS less those of the catalogue. */
function coloredResiduals(
  { x, y, sigma, catalogue }: TanSipFitInput,
  { wcs, matches, used }: TanSipFit,
  colors: Float64Array,
): ColoredResiduals {
  const kept = Array.from(used.keys()).filter((k) => used[k] === 1);
  const scale = computePixelScale(wcs, x[matches.source[kept[0] ?? 0]] ?? 0, y[matches.source[kept[0] ?? 0]] ?? 0);
  const residuals = kept.map((k) => {
    const [source, row] = [matches.source[k], matches.reference[k]];
    const { ra, dec } = wcs.pixelToSky(x[source], y[source]);
    const turn = Math.atan2(Math.sin(ra - catalogue.ra[row]), Math.cos(ra - catalogue.ra[row]));
    return {
      east: turn * Math.cos(dec),
      north: dec - catalogue.dec[row],
      sigma: Math.hypot((sigma?.[source] ?? 0.02) * scale, catalogue.sigma?.[row] ?? 0),
      color: colors[row],
    };
  });
  const column = (name: 'east' | 'north' | 'sigma' | 'color'): Float64Array => Float64Array.from(residuals, (r) => r[name]);
  return { east: column('east'), north: column('north'), sigma: column('sigma'), color: column('color') };
}

function raw({ x, y, flux }: FieldSources, width: number, height: number): PlaneSources {
  const xy = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) xy.set([x[i], y[i]], 2 * i);
  return { xy, flux, width, height, corner: [-0.5, -0.5] };
}

/** Sources with the distortion of a WCS taken out: pixels of the plain TAN image with the same centre. */
function undistorted(sources: FieldSources, wcs: SkyWcs, width: number, height: number): PlaneSources {
  const plain = linearPart(wcs, width, height);
  const x = Float64Array.from(sources.x);
  const y = Float64Array.from(sources.y);
  wcs.pixelToSkyArray(x, y, x, y);
  plain.skyToPixelArray(x, y, x, y);
  return raw({ x, y, flux: sources.flux }, width, height);
}

/** The TAN WCS that agrees with another one at the centre of the image, in place and slope. */
function linearPart(wcs: SkyWcs, width: number, height: number): SkyWcs {
  const crpix = [(width - 1) / 2, (height - 1) / 2] as const;
  const centre = wcs.pixelToSky(...crpix);
  const { eastX, eastY, northX, northY } = computeLocalMatrix(wcs, ...crpix);
  const deg = 180 / Math.PI;
  return createWcs({
    crpix,
    cd: [eastX * deg, eastY * deg, northX * deg, northY * deg],
    crval: [centre.ra * deg, centre.dec * deg],
    projection: 'TAN',
    frame: { system: 'ICRS' },
  });
}

function guidedLimits(wcs: SkyWcs, options: SolveFieldOptions): MatchLimits {
  const { width, height, pointingError = 300 * ARCSEC, rotationError = (3 * Math.PI) / 180, scaleError = 0.02 } = options;
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const { eastX, eastY, northX, northY } = computeLocalMatrix(wcs, x, y);
  const det = eastX * northY - eastY * northX;
  const scale = Math.sqrt(Math.abs(det));
  if (!(scale > 0))
    throw new BadAstrometryInputError('the initial WCS has no image at the centre', { details: { argument: 'initialWcs' } });
  const { centre } = computeBoundingCircle(wcs, { width, height });
  return {
    scale: [scale * (1 - scaleError), scale * (1 + scaleError)],
    // The similarity turns the (mirrored) x axis; both senses have x along the same direction of the sky.
    angle: { value: Math.atan2(northX, eastX), tolerance: rotationError },
    parity: det > 0 ? 1 : -1,
    centre: { ...centre, radius: pointingError },
  };
}

function blindLimits({ pixelScale = 0, scaleError = 0.1, parity, pointing }: SolveFieldOptions): MatchLimits {
  return {
    scale: [pixelScale * (1 - scaleError), pixelScale * (1 + scaleError)],
    ...(parity === undefined ? {} : { parity }),
    ...(pointing ? { centre: pointing } : {}),
  };
}

/** The match as a WCS of real pixels: the linear map, with the distortion of the initial WCS before it. */
function startingWcs({ plane, map }: PlaneSolution, sources: PlaneSources, { initialWcs, width, height }: SolveFieldOptions): SkyWcs {
  const deg = 180 / Math.PI;
  const [cx, cy] = imageCentre(sources);
  const [m0, m1, m2, m3] = map.m;
  // Move CRPIX to the image centre: the plane position of that pixel becomes the tangent point to first order.
  const at = { xi: m0 * cx + m1 * cy + map.o[0], eta: m2 * cx + m3 * cy + map.o[1] };
  const centre = plane.unproject(at.xi, at.eta);
  const linear = createWcs({
    crpix: [cx, cy],
    cd: [m0 * deg, m1 * deg, m2 * deg, m3 * deg],
    crval: [centre.ra * deg, centre.dec * deg],
    projection: 'TAN',
    frame: { system: 'ICRS' },
  });
  if (!initialWcs) return linear;
  const plain = linearPart(initialWcs, width, height);
  return chain(initialWcs, plain, linear);
}

/** Fits shift, turn, scale and shear to pixels freed of a known distortion, and puts the distortion back. */
function fitOnDistortion(input: TanSipFitInput, distorted: SkyWcs): TanSipFit {
  const [width, height] = input.size;
  const plain = linearPart(distorted, width, height);
  const x = Float64Array.from(input.x);
  const y = Float64Array.from(input.y);
  distorted.pixelToSkyArray(x, y, x, y);
  plain.skyToPixelArray(x, y, x, y);
  const flatStart = chain(plain, distorted, input.start);
  const flat = fitTanSip({ ...input, x, y, tree: buildPixelTree(x, y), start: flatStart, order: 1 });
  if (flat.order < 1) return flat;
  const { wcs } = approximateTanSip(chain(distorted, plain, flat.wcs), { width, height });
  return { ...flat, wcs };
}

/** Pixel -> sky of the first -> pixel of the second -> sky of the third. */
function chain(first: SkyWcs, second: SkyWcs, third: SkyWcs): SkyWcs {
  return {
    frame: third.frame,
    definition: undefined,
    pixelToSky: (x, y) => {
      const sky = first.pixelToSky(x, y);
      const flat = second.skyToPixel(sky.ra, sky.dec);
      return third.pixelToSky(flat.x, flat.y);
    },
    skyToPixel: (ra, dec) => {
      const flat = third.skyToPixel(ra, dec);
      const sky = second.pixelToSky(flat.x, flat.y);
      return first.skyToPixel(sky.ra, sky.dec);
    },
    pixelToSkyArray: (x, y, ra, dec) => {
      first.pixelToSkyArray(x, y, ra, dec);
      second.skyToPixelArray(ra, dec, ra, dec);
      third.pixelToSkyArray(ra, dec, ra, dec);
    },
    skyToPixelArray: (ra, dec, x, y) => {
      third.skyToPixelArray(ra, dec, x, y);
      second.pixelToSkyArray(x, y, x, y);
      first.skyToPixelArray(x, y, x, y);
    },
  };
}
