import { median } from '@almagest/numerics';

/** Fluxes of one star in the frames of a series; NaN where it was not measured. */
export type SeriesFluxes = Float64Array;

/** Comparison stars are so much brighter or fainter than the target at most. */
const BRIGHTNESS_RANGE = 4;
/** They have to be there in so much of the frames. */
const LEAST_PRESENT = 0.9;
/** The steadiest of them are taken. */
const MOST_STARS = 30;

/**
 * Flux of a target relative to an ensemble of steady stars of like brightness, frame by frame: clouds, airmass and seeing fall out.
 *
 * @param stars - Fluxes of all candidates, each over the frames; the target is not among them.
 * @returns Relative flux for each frame, of median 1; NaN where target or ensemble is missing.
 */
export function relativeFlux(target: SeriesFluxes, stars: readonly SeriesFluxes[]): Float64Array {
  const level = finiteMedian(target);
  const frames = target.length;
  const alike = stars
    .map((fluxes) => ({ fluxes, level: finiteMedian(fluxes) }))
    .filter(
      ({ fluxes, level: own }) =>
        own > level / BRIGHTNESS_RANGE &&
        own < level * BRIGHTNESS_RANGE &&
        fluxes.reduce((n, value) => n + (value > 0 ? 1 : 0), 0) >= LEAST_PRESENT * frames,
    )
    .map(({ fluxes, level: own }) => fluxes.map((value) => (value > 0 ? value / own : Number.NaN)));
  const ensemble = medians(alike, frames);
  const steady = alike
    .map((fluxes) => ({ fluxes, scatter: scatterOf(fluxes.map((value, k) => value / ensemble[k]!)) }))
    .toSorted((a, b) => a.scatter - b.scatter)
    .slice(0, MOST_STARS)
    .map(({ fluxes }) => fluxes);
  const norm = means(steady, frames);
  const relative = target.map((value, k) => value / level / norm[k]!);
  const middle = finiteMedian(relative);
  return relative.map((value) => value / middle);
}

export interface TransitShape {
  /** Middle and length from first to last contact [day]. */
  readonly midpoint: number;
  readonly duration: number;
  /** Part of the duration that the planet takes to come on, and again to go off. */
  readonly ingress: number;
}

export interface TransitFit {
  readonly depth: number;
  readonly depthError: number;
  /** Standard deviation of one point about the fit. */
  readonly scatter: number;
  readonly points: number;
  readonly inTransit: number;
}

/**
 * Fits baseline, slope and depth of a transit of known time and length: a trapezium, by least squares with outliers left out.
 *
 * @returns Depth and its error from the scatter of the points.
 */
export function fitTransit(time: Float64Array, flux: Float64Array, shape: TransitShape): TransitFit {
  const use = Array.from(time.keys()).filter((k) => Number.isFinite(flux[k]));
  const start = time[use[0] ?? 0] ?? 0;
  let kept = use;
  let fit = { parameters: [1, 0, 0], covariance: Number.NaN, scatter: Number.NaN };
  for (let round = 0; round < 4; round++) {
    const rows = kept.map((k) => [1, time[k]! - start, -covered(time[k]!, shape)]);
    const solved = leastSquares(
      rows,
      kept.map((k) => flux[k]!),
    );
    const residual = (k: number): number => {
      const [a = 1, b = 0, depth = 0] = solved.parameters;
      return flux[k]! - (a + b * (time[k]! - start) - depth * covered(time[k]!, shape));
    };
    const scatter = Math.sqrt(kept.reduce((sum, k) => sum + residual(k) ** 2, 0) / Math.max(1, kept.length - 3));
    fit = { parameters: solved.parameters, covariance: solved.lastVariance, scatter };
    const next = use.filter((k) => Math.abs(residual(k)) < 3.5 * scatter);
    if (next.length === kept.length) break;
    kept = next;
  }
  const [level = 1, , depth = 0] = fit.parameters;
  return {
    depth: depth / level,
    depthError: (fit.scatter * Math.sqrt(fit.covariance)) / level,
    scatter: fit.scatter,
    points: kept.length,
    inTransit: kept.filter((k) => covered(time[k]!, shape) > 0).length,
  };
}

/** How much of the full depth a transit has at a time. */
function covered(time: number, { midpoint, duration, ingress }: TransitShape): number {
  const inside = duration / 2 - Math.abs(time - midpoint);
  return Math.min(1, Math.max(0, inside / (ingress * duration)));
}

/** Normal equations of three parameters; the variance of the last for errors of 1. */
function leastSquares(rows: readonly number[][], values: readonly number[]): { parameters: number[]; lastVariance: number } {
  const n = 3;
  const m = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row, k) => sum + row[i]! * values[k]!, 0),
    i === n - 1 ? 1 : 0,
  ]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const factor = m[j]![i]! / m[i]![i]!;
      for (let k = i; k < n + 2; k++) m[j]![k]! -= factor * m[i]![k]!;
    }
  return { parameters: m.map((row, i) => row[n]! / row[i]!), lastVariance: m[n - 1]![n + 1]! / m[n - 1]![n - 1]! };
}

function finiteMedian(values: Float64Array): number {
  return median(values.filter((value) => value > 0));
}

function scatterOf(values: Float64Array): number {
  const middle = median(values);
  return median(values.map((value) => Math.abs(value - middle)));
}

function medians(series: readonly Float64Array[], frames: number): Float64Array {
  return Float64Array.from({ length: frames }, (_, k) => median(Float64Array.from(series, (values) => values[k]!)));
}

function means(series: readonly Float64Array[], frames: number): Float64Array {
  return Float64Array.from({ length: frames }, (_, k) => {
    const good = series.map((values) => values[k]!).filter(Number.isFinite);
    return good.reduce((a, b) => a + b, 0) / good.length;
  });
}
