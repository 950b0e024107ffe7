import { median, SIGMA_PER_MAD, termCount } from '@almagest/numerics';
import {
  type BoresightSpec,
  createTransform,
  type PolynomialSpec,
  type SkyWcs,
  skyWcsFromTransform,
  type Transform,
  type TransformSpec,
} from '@almagest/wcs';
import { type ChromaticShift, type ColoredResiduals, fitChromaticShift } from '../chromatic/fit-chromatic-shift.ts';
import { COLOR_ROUNDS, isSignificant, shiftByColor } from '../chromatic/shift-by-color.ts';
import { NotSolvedError } from '../errors.ts';
import { buildPixelTree, matchPixels } from '../fit/match-pixels.ts';
import { matchPlane } from '../matching/match-plane.ts';
import { findInCone, type ReferenceCatalogue } from '../reference/catalogue.ts';
import { propagateCatalogue } from '../reference/epoch.ts';
import type { FieldSources } from '../solve-field.ts';
import { fitVisitModel, type VisitPair } from './visit-model.ts';

/** One detector of a visit. */
export interface VisitDetector {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** The camera model: zero-based pixel to field angle [rad]. */
  readonly toField: TransformSpec;
  readonly sources: FieldSources;
}

export interface FitVisitOptions {
  /** Where the telescope is said to point [rad], and how its field is turned (see `BoresightSpec`). */
  readonly boresight: { readonly ra: number; readonly dec: number; readonly rotation: number };
  /** [rad]; default 5 arcmin. */
  readonly pointingError?: number;
  /** [rad]; default 3 degrees. */
  readonly rotationError?: number;
  readonly scaleError?: number;
  /** Degree of the polynomial common to the detectors; default 3. */
  readonly order?: number;
  /** Correction of each detector: 0 shift, 1 shift and linear terms. Default 1. */
  readonly detectorOrder?: 0 | 1 | 'none';
  /** [pixel]; default 2. */
  readonly detectorPriorPixel?: number;
  readonly epoch?: number;
  readonly rejectSigma?: number;
  /** Colours of the reference stars by row [mag], NaN where unknown: places are then freed of what depends on colour. */
  readonly colors?: Float64Array;
}

export interface VisitSolution {
  readonly boresight: BoresightSpec;
  readonly detectors: readonly {
    readonly name: string;
    /** Pixel to sky [rad], as plain data. */
    readonly transform: TransformSpec;
    readonly wcs: SkyWcs;
    /** Pairs kept. */
    readonly pairs: number;
  }[];
  readonly pairs: readonly VisitPair[];
  /** Robust scatter of one coordinate [arcsec]. */
  readonly scatterArcsec: number;
  readonly logOdds: number;
  /** How far places depend on colour, where colours were given and it does; the WCS hold at its reference colour. */
  readonly chromatic?: ChromaticShift;
}

const ARCSEC = Math.PI / 648000;
const ROUNDS = 5;
/** How far from its place a star is looked for at first [pixel]. */
const FIRST_RADIUS_PIXEL = 20;
/** Rounds that fit only the common linear map and move the boresight. */
const EARLY_ROUNDS = 2;
const MIN_PAIRS = 6;

/**
 * Fits one visit of a camera: a boresight, a polynomial common to all detectors and a small correction of each.
 *
 * All detectors are matched together, so that those with few stars are solved by the others.
 *
 * @throws {NotSolvedError} {@link TooFewStarsError} when the visit as a whole cannot be placed.
 */
export function fitVisit(detectors: readonly VisitDetector[], reference: ReferenceCatalogue, options: FitVisitOptions): VisitSolution {
  const catalogue = options.epoch === undefined ? reference : propagateCatalogue(reference, options.epoch);
  const { colors } = options;
  let solution = fitOnce(detectors, catalogue, options);
  if (!colors) return solution;
  for (let round = 0; round < COLOR_ROUNDS; round++) {
    const chromatic = fitChromaticShift(coloredResiduals(detectors, solution, catalogue, colors));
    if (!chromatic || !isSignificant(chromatic)) break;
    const found = { boresight: solution.boresight, pointingError: FOUND.pointing, rotationError: FOUND.rotation };
    solution = { ...fitOnce(detectors, shiftByColor(catalogue, chromatic, colors), { ...options, ...found }), chromatic };
  }
  return solution;
}

/** How far a solution may be from the one before it [rad]. */
const FOUND = { pointing: 10 * ARCSEC, rotation: 0.001 };

/** Places by the WCS of the visit less those of the catalogue, of the pairs that the fit kept. */
function coloredResiduals(
  detectors: readonly VisitDetector[],
  { detectors: solved, pairs }: VisitSolution,
  catalogue: ReferenceCatalogue,
  colors: Float64Array,
): ColoredResiduals {
  const residuals = pairs.map(({ detector, source, reference, weight }) => {
    const { sources } = detectors[detector];
    const { ra, dec } = solved[detector].wcs.pixelToSky(sources.x[source], sources.y[source]);
    const turn = Math.atan2(Math.sin(ra - catalogue.ra[reference]), Math.cos(ra - catalogue.ra[reference]));
    const sigma = Math.hypot(1 / weight, catalogue.sigma?.[reference] ?? 0);
    return { east: turn * Math.cos(dec), north: dec - catalogue.dec[reference], sigma, color: colors[reference] };
  });
  const column = (name: 'east' | 'north' | 'sigma' | 'color'): Float64Array => Float64Array.from(residuals, (r) => r[name]);
  return { east: column('east'), north: column('north'), sigma: column('sigma'), color: column('color') };
}

function fitOnce(detectors: readonly VisitDetector[], catalogue: ReferenceCatalogue, options: FitVisitOptions): VisitSolution {
  const field = toFieldAngles(detectors);
  const match = placeVisit(field, catalogue, options);
  const rows = findInCone(catalogue, match.boresight.ra, match.boresight.dec, field.reach * 1.1);
  const trees = detectors.map(({ sources }) => buildPixelTree(sources.x, sources.y));
  let { boresight } = match;
  let fit: Fit = { polynomials: detectors.map(() => identity(field.reach)), kept: [], scatter: Number.NaN };
  const radii = detectors.map(() => FIRST_RADIUS_PIXEL);
  for (let round = 0; round < ROUNDS; round++) {
    const models = detectors.map((detector, d) => skyWcsFromTransform(createTransform(compose(detector, fit.polynomials[d], boresight))));
    const all = collectPairs(detectors, { models, trees, catalogue, rows, radii, boresight, field });
    const early = round < EARLY_ROUNDS;
    const order = early ? 1 : affordable(all.length, options.order ?? 3);
    const setup = {
      order,
      detectorOrder: early || options.detectorOrder === 'none' ? undefined : (options.detectorOrder ?? 1),
      field,
      options,
    };
    if (all.length < MIN_PAIRS)
      throw new NotSolvedError(`not solved: only ${all.length} stars of the visit were matched`, {
        details: { sources: field.count, references: rows.length, hypotheses: match.hypotheses, reason: 'too few pairs' },
      });
    fit = fitWithRejection(all, detectors.length, setup);
    if (early) {
      // The shift and the turn belong to the boresight; the rest of the map is found again about the new one.
      boresight = moveBoresight(boresight, fit.polynomials[0]);
      fit = fitWithRejection(retarget(all, catalogue, boresight), detectors.length, setup);
    }
    shrinkRadiiInPlace(radii, all, fit, field.pixel);
  }
  const counts = new Int32Array(detectors.length);
  for (const { detector } of fit.kept) counts[detector]++;
  return {
    boresight,
    detectors: detectors.map((detector, d) => {
      const transform = compose(detector, fit.polynomials[d], boresight);
      return { name: detector.name, transform, wcs: skyWcsFromTransform(createTransform(transform)), pairs: counts[d] };
    }),
    pairs: fit.kept,
    scatterArcsec: fit.scatter / ARCSEC,
    logOdds: match.logOdds,
  };
}

interface Fit {
  readonly polynomials: PolynomialSpec[];
  readonly kept: VisitPair[];
  /** [rad] */
  readonly scatter: number;
}

/**
 * Pairs are looked for within six scatters in the next round, except on detectors that the fit has not taken in: a map that is common
 * to all follows those with many stars, and leaves one with few by pixels.
 */
function shrinkRadiiInPlace(radii: number[], all: readonly VisitPair[], { kept, scatter }: Fit, pixel: number): void {
  const count = (pairs: readonly VisitPair[], detector: number): number =>
    pairs.reduce((sum, pair) => sum + (pair.detector === detector ? 1 : 0), 0);
  for (const [d, radius] of radii.entries())
    if (count(kept, d) > 0.5 * count(all, d)) radii[d] = Math.max(1, Math.min(radius, (6 * scatter) / pixel));
}

/** The sources of all detectors in field angle, and the size of the field. */
interface Field {
  readonly u: Float64Array[];
  readonly v: Float64Array[];
  readonly flux: Float64Array;
  readonly count: number;
  /** Largest distance of a detector's corner from the boresight [rad]. */
  readonly reach: number;
  /** Mean side of a pixel [rad]. */
  readonly pixel: number;
  readonly box: { readonly left: number; readonly bottom: number; readonly width: number; readonly height: number };
}

function toFieldAngles(detectors: readonly VisitDetector[]): Field {
  const out = new Float64Array(6);
  let [left, bottom, right, top, reach, area] = [Infinity, Infinity, -Infinity, -Infinity, 0, 0];
  const u: Float64Array[] = [];
  const v: Float64Array[] = [];
  for (const { toField, width, height, sources } of detectors) {
    const transform = createTransform(toField);
    const corners: [number, number][] = [];
    for (const [x, y] of [
      [-0.5, -0.5],
      [width - 0.5, -0.5],
      [width - 0.5, height - 0.5],
      [-0.5, height - 0.5],
    ] as const) {
      transform.apply(x, y, out);
      corners.push([out[0], out[1]]);
      [left, bottom, right, top] = [Math.min(left, out[0]), Math.min(bottom, out[1]), Math.max(right, out[0]), Math.max(top, out[1])];
      reach = Math.max(reach, Math.hypot(out[0], out[1]));
    }
    const [a, b, , d] = corners;
    area += Math.abs((b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0])) / (width * height);
    const [us, vs] = [new Float64Array(sources.x.length), new Float64Array(sources.x.length)];
    for (let i = 0; i < us.length; i++) {
      transform.apply(sources.x[i], sources.y[i], out);
      us[i] = out[0];
      vs[i] = out[1];
    }
    u.push(us);
    v.push(vs);
  }
  const count = u.reduce((sum, list) => sum + list.length, 0);
  const pixel = Math.sqrt(area / detectors.length);
  const flux = Float64Array.from(detectors.flatMap(({ sources }) => Array.from(sources.flux)));
  return { u, v, flux, count, reach, pixel, box: { left, bottom, width: right - left, height: top - bottom } };
}

/** Places the whole field on the sky; the plane's unit is the mean pixel. */
function placeVisit(
  field: Field,
  catalogue: ReferenceCatalogue,
  options: FitVisitOptions,
): { boresight: BoresightSpec; logOdds: number; hypotheses: number } {
  const { pointingError = 300 * ARCSEC, rotationError = (3 * Math.PI) / 180, scaleError = 0.02, boresight } = options;
  const xy = new Float64Array(2 * field.count);
  let at = 0;
  for (const [d, us] of field.u.entries())
    for (let i = 0; i < us.length; i++) {
      xy[at++] = us[i] / field.pixel;
      xy[at++] = field.v[d][i] / field.pixel;
    }
  const { left, bottom, width, height } = field.box;
  const guess = skyWcsFromTransform(createTransform({ kind: 'boresight', ...boresight }));
  const centre = guess.pixelToSky(left + width / 2, bottom + height / 2);
  const radius = pointingError + 0.5 * Math.hypot(width, height) + rotationError * Math.hypot(left + width / 2, bottom + height / 2);
  const rows = findInCone(catalogue, centre.ra, centre.dec, radius);
  const solution = matchPlane(
    { xy, flux: field.flux, width: width / field.pixel, height: height / field.pixel, corner: [left / field.pixel, bottom / field.pixel] },
    catalogue,
    rows,
    {
      scale: [field.pixel * (1 - scaleError), field.pixel * (1 + scaleError)],
      angle: { value: -boresight.rotation, tolerance: rotationError },
      parity: 1,
      centre: { ...centre, radius: pointingError + rotationError * field.reach },
    },
  );
  const { plane, map, logOdds, hypotheses } = solution;
  const origin = plane.unproject(map.o[0], map.o[1]);
  const start: BoresightSpec = { kind: 'boresight', ...origin, rotation: Math.atan2(map.m[1], map.m[3]) };
  return { boresight: start, logOdds, hypotheses };
}

function identity(reach: number): PolynomialSpec {
  return { kind: 'polynomial', order: 1, centre: [0, 0], scale: reach, u: [0, reach, 0], v: [0, 0, reach] };
}

function compose({ toField }: VisitDetector, polynomial: PolynomialSpec, boresight: BoresightSpec): TransformSpec {
  return { kind: 'sequence', steps: [toField, polynomial, boresight] };
}

function affordable(stars: number, wanted: number): number {
  let order = wanted;
  while (order > 1 && stars < 3 * termCount(order)) order--;
  return order;
}

interface PairInput {
  readonly models: readonly SkyWcs[];
  readonly trees: readonly ReturnType<typeof buildPixelTree>[];
  readonly catalogue: ReferenceCatalogue;
  readonly rows: readonly number[];
  /** By detector [pixel]. */
  readonly radii: readonly number[];
  readonly boresight: BoresightSpec;
  readonly field: Field;
}

function collectPairs(detectors: readonly VisitDetector[], input: PairInput): VisitPair[] {
  const { models, trees, catalogue, rows, radii, boresight, field } = input;
  const pairs: VisitPair[] = [];
  for (const [d, { sources, width, height }] of detectors.entries()) {
    const nearby = onDetector(models[d], catalogue, rows, { width, height, margin: 2 * radii[d] });
    const matches = matchPixels(models[d], trees[d], catalogue, nearby, radii[d]);
    for (const [k, source] of matches.source.entries()) {
      const weight = 1 / (Math.hypot(sources.sigma?.[source] ?? 0.02, 0.005) * field.pixel);
      pairs.push({
        detector: d,
        source,
        reference: matches.reference[k],
        u: field.u[d][source],
        v: field.v[d][source],
        targetU: 0,
        targetV: 0,
        weight,
      });
    }
  }
  return retarget(pairs, catalogue, boresight);
}

/** Rows within a circle about the detector: a cheap cut before the exact projection. */
function onDetector(
  model: SkyWcs,
  catalogue: ReferenceCatalogue,
  rows: readonly number[],
  { width, height, margin }: { width: number; height: number; margin: number },
): number[] {
  const centre = model.pixelToSky(width / 2, height / 2);
  const corner = model.pixelToSky(-margin, -margin);
  const far = model.pixelToSky(width + margin, height + margin);
  const radius = 1.1 * Math.max(distance(centre, corner), distance(centre, far));
  return rows.filter((row) => distance(centre, { ra: catalogue.ra[row], dec: catalogue.dec[row] }) < radius);
}

function distance(a: { ra: number; dec: number }, b: { ra: number; dec: number }): number {
  const [s, t] = [Math.sin((b.dec - a.dec) / 2), Math.sin((b.ra - a.ra) / 2)];
  return 2 * Math.asin(Math.min(1, Math.sqrt(s * s + t * t * Math.cos(a.dec) * Math.cos(b.dec))));
}

/** The pairs with their targets in the field angles of a boresight. */
function retarget(pairs: readonly VisitPair[], catalogue: ReferenceCatalogue, boresight: BoresightSpec): VisitPair[] {
  const sky: Transform = createTransform(boresight);
  const out = new Float64Array(6);
  return pairs.map((pair) => {
    sky.applyInverse(catalogue.ra[pair.reference], catalogue.dec[pair.reference], out);
    return { ...pair, targetU: out[0], targetV: out[1] };
  });
}

interface FitSetup {
  readonly order: number;
  readonly detectorOrder: 0 | 1 | undefined;
  readonly field: Field;
  readonly options: FitVisitOptions;
}

function fitWithRejection(all: readonly VisitPair[], count: number, { order, detectorOrder, field, options }: FitSetup): Fit {
  const { rejectSigma = 4, detectorPriorPixel = 2 } = options;
  const model = {
    order,
    ...(detectorOrder === undefined ? {} : { detectorOrder }),
    detectors: count,
    reach: field.reach,
    detectorPrior: detectorPriorPixel * field.pixel,
  };
  let kept: readonly VisitPair[] = all;
  for (let round = 0; ; round++) {
    const polynomials = fitVisitModel(kept, model);
    const maps = polynomials.map((polynomial) => createTransform(polynomial));
    const out = new Float64Array(6);
    const misses = all.map(({ detector, u, v, targetU, targetV }) => {
      maps[detector].apply(u, v, out);
      return [out[0] - targetU, out[1] - targetV] as const;
    });
    const pulls = Float64Array.from(misses, ([a, b], i) => Math.hypot(a, b) * all[i].weight);
    const limit = (rejectSigma * median(pulls)) / Math.sqrt(2 * Math.LN2);
    const next = all.filter((_, i) => pulls[i] <= limit);
    const scatter = SIGMA_PER_MAD * median(misses.flatMap(([a, b], i) => (pulls[i] <= limit ? [Math.abs(a), Math.abs(b)] : [])));
    if (round === 5 || next.length === kept.length || next.length < MIN_PAIRS) return { polynomials, kept: [...next], scatter };
    kept = next;
  }
}

/** The boresight that takes over the shift and the turn of a polynomial. */
function moveBoresight(boresight: BoresightSpec, { u, v }: PolynomialSpec): BoresightSpec {
  const out = new Float64Array(6);
  const sky = createTransform(boresight);
  sky.apply(u[0], v[0], out);
  const [ra, dec] = [out[0], out[1]];
  const turn = Math.atan2(v[1] - u[2], u[1] + v[2]); // from the antisymmetric part of the linear terms
  // On the way to the new tangent point the meridians turn as well.
  const meridians = (ra - boresight.ra) * Math.sin((dec + boresight.dec) / 2);
  return { ...boresight, ra, dec, rotation: boresight.rotation - turn + Math.atan2(Math.sin(meridians), Math.cos(meridians)) };
}
