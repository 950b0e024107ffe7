import type { Linearity } from '@almagest/instrument';
import { createCubicSpline, evaluateCubicSpline, median, SIGMA_PER_MAD, solveLeastSquares } from '@almagest/numerics';
import { TooFewFramesError } from '../errors.ts';

/** One exposure to even light. */
export interface LinearityPoint {
  /** What is known to be proportional to the light: exposure time [s] or the charge of a photodiode. */
  readonly abscissa: number;
  /** Mean of the amplifier, overscan and bias taken off [ADU]. */
  readonly meanAdu: number;
}

export interface LinearizerOptions {
  /** Knots of the spline on top of the polynomial; fewer are used where there are few points. Default 10. */
  readonly knots?: number;
  /** Points above this are left out [ADU]; default: those where the response falls by a tenth. */
  readonly turnoffAdu?: number;
  /** Order of the polynomial that finds the response at no light; default 3. */
  readonly order?: number;
}

/** The correction of one amplifier and what it leaves. */
export interface LinearizerFit {
  /** Corrections to add to the signal [ADU]. */
  readonly linearity: Extract<Linearity, { readonly type: 'spline' }>;
  /** Response where there is little light [ADU for a unit of the abscissa], and signal without light [ADU]. */
  readonly response: number;
  readonly offsetAdu: number;
  /** Points that the fit used, by index, and their relative deviation from proportionality after the correction. */
  readonly used: readonly number[];
  readonly residuals: readonly number[];
  /** Largest of the residuals. */
  readonly worst: number;
}

const OUTLIER_SIGMA = 5;

/**
 * Fits what must be added to the signal of an amplifier to make it proportional to the light.
 *
 * A polynomial through all levels tells the response at no light, which the correction leaves as it is. The correction is a
 * polynomial in the signal, and a spline on top of it where that leaves clearly less; it is given as a spline, zero without signal.
 *
 * @throws {TooFewFramesError} with fewer than five points below the turnoff.
 * @remarks Within 1e-3 of the planted curve (flat-pairs.recovery.test.ts).
 */
export function fitLinearizer(points: readonly LinearityPoint[], options: LinearizerOptions = {}): LinearizerFit {
  const { knots = 10, order = 3, turnoffAdu = turnoffOf(points) } = options;
  let used = [...points.keys()].filter((i) => points[i].abscissa > 0 && points[i].meanAdu > 0 && points[i].meanAdu < turnoffAdu);
  let base = fitResponse(points, used, order);
  const relative = used.map((i) => (points[i].meanAdu - base.model(points[i].abscissa)) / points[i].meanAdu);
  const limit = Math.max(1e-5, OUTLIER_SIGMA * SIGMA_PER_MAD * median(relative.map((r) => Math.abs(r))));
  const kept = used.filter((_, k) => Math.abs(relative[k]) <= limit);
  if (kept.length < used.length && kept.length >= 5) {
    used = kept;
    base = fitResponse(points, used, order);
  }
  const { response, offset } = base;
  const highest = Math.max(...used.map((i) => points[i].meanAdu - offset));
  const signals = used.map((i) => points[i].meanAdu - offset);
  const wanted = used.map((i, k) => response * points[i].abscissa - signals[k]);
  const linearity = fitCorrection(signals, wanted, { highest, knots: Math.max(3, Math.min(knots, Math.floor(used.length / 2) + 1)) });
  const spline = createCubicSpline(linearity.knots, linearity.values);
  const residuals = used.map((i, k) => (signals[k] + evaluateCubicSpline(spline, signals[k])) / (response * points[i].abscissa) - 1);
  return {
    linearity,
    response,
    offsetAdu: offset,
    used,
    residuals,
    worst: residuals.reduce((worst, r) => Math.max(worst, Math.abs(r)), 0),
  };
}

/** The signal at which the response has fallen by more than a seventh of its mean, or infinity. */
function turnoffOf(points: readonly LinearityPoint[]): number {
  // Exposures of one time are one level.
  const levels = [
    ...Map.groupBy(
      points.filter((p) => p.abscissa > 0 && p.meanAdu > 0),
      (p) => p.abscissa,
    ),
  ]
    .map(([abscissa, same]) => ({ abscissa, mean: median(same.map((p) => p.meanAdu)) }))
    .toSorted((a, b) => a.abscissa - b.abscissa);
  for (let k = 1; k < levels.length; k++) {
    const [before, here] = [levels[k - 1], levels[k]];
    // Levels that lie close together tell little of the slope.
    if (here.abscissa < 1.1 * before.abscissa) continue;
    const slope = (here.mean - before.mean) / (here.abscissa - before.abscissa);
    if (slope < 0.85 * (before.mean / before.abscissa)) return (before.mean + here.mean) / 2;
  }
  return Number.POSITIVE_INFINITY;
}

interface Response {
  readonly response: number;
  readonly offset: number;
  readonly model: (abscissa: number) => number;
}

/** Signal = offset + response t + c2 t^2 ..., weighted for equal relative errors. */
function fitResponse(points: readonly LinearityPoint[], used: readonly number[], order: number): Response {
  const terms = Math.min(order + 1, used.length - 1);
  if (used.length < 5)
    throw new TooFewFramesError(`expected at least 5 levels below the turnoff; found ${used.length}`, {
      details: { found: used.length, needed: 5 },
    });
  const scale = Math.max(...used.map((i) => points[i].abscissa));
  const design = new Float64Array(used.length * terms);
  for (const [r, i] of used.entries()) for (let k = 0; k < terms; k++) design[r * terms + k] = (points[i].abscissa / scale) ** k;
  const { parameters } = solveLeastSquares({
    design,
    rows: used.length,
    columns: terms,
    target: Float64Array.from(used, (i) => points[i].meanAdu),
    inverseSigma: Float64Array.from(used, (i) => 1 / points[i].meanAdu),
  });
  const model = (t: number): number => parameters.reduceRight((sum, c) => sum * (t / scale) + c, 0);
  return { response: parameters[1] / scale, offset: parameters[0], model };
}

/** Knots of the result; it goes on for a part beyond the highest signal, so that its natural end does not bend what is used. */
const FINE_KNOTS = 41;
const BEYOND = 1.15;
/** A spline is added to the polynomial where it leaves less than this part of the scatter. */
const WORTH = 0.5;

/** The correction as a polynomial in the signal, and a spline on top of it where the curve needs one. */
function fitCorrection(
  signals: readonly number[],
  wanted: readonly number[],
  { highest, knots }: { readonly highest: number; readonly knots: number },
): LinearizerFit['linearity'] {
  const terms = Math.min(3, signals.length - 2);
  const design = new Float64Array(signals.length * terms);
  for (const [r, signal] of signals.entries()) for (let k = 0; k < terms; k++) design[r * terms + k] = (signal / highest) ** (k + 2);
  const inverseSigma = Float64Array.from(signals, (signal) => 1 / signal);
  const { parameters } = solveLeastSquares({
    design,
    rows: signals.length,
    columns: terms,
    target: Float64Array.from(wanted),
    inverseSigma,
  });
  const polynomial = (signal: number): number => parameters.reduce((sum, c, k) => sum + c * (signal / highest) ** (k + 2), 0);
  const rest = wanted.map((value, k) => value - polynomial(signals[k]));
  const places = Array.from({ length: knots }, (_, k) => (k * highest) / (knots - 1));
  const spline = createCubicSpline(places, fitSpline(places, signals, rest));
  const scatter = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value, k) => sum + (value / signals[k]) ** 2, 0) / values.length);
  const bent = scatter(rest.map((value, k) => value - evaluateCubicSpline(spline, signals[k]))) < WORTH * scatter(rest);
  const fine = Array.from({ length: FINE_KNOTS }, (_, k) => (k * BEYOND * highest) / (FINE_KNOTS - 1));
  const values = fine.map((signal) => polynomial(signal) + (bent ? evaluateCubicSpline(spline, Math.min(highest, signal)) : 0));
  return { type: 'spline', knots: fine, values };
}

/** Values at the knots, the first held at zero, of the natural spline nearest to the points in relative terms. */
function fitSpline(knots: readonly number[], signals: readonly number[], wanted: readonly number[]): number[] {
  const free = knots.length - 1;
  const cardinals = Array.from({ length: free }, (_, k) =>
    createCubicSpline(
      knots,
      knots.map((__, j) => (j === k + 1 ? 1 : 0)),
    ),
  );
  // One light row a knot keeps those without points near a straight line.
  const rows = signals.length + free;
  const design = new Float64Array(rows * free);
  const target = new Float64Array(rows);
  const inverseSigma = new Float64Array(rows).fill(1e-6 / Math.max(...knots));
  for (const [r, signal] of signals.entries()) {
    for (const [k, spline] of cardinals.entries()) design[r * free + k] = evaluateCubicSpline(spline, signal);
    target[r] = wanted[r];
    inverseSigma[r] = 1 / signal;
  }
  for (let k = 0; k < free; k++) {
    design[(signals.length + k) * free + k] = 1;
    if (k > 0) design[(signals.length + k) * free + k - 1] = -1;
  }
  return [0, ...solveLeastSquares({ design, rows, columns: free, target, inverseSigma }).parameters];
}
