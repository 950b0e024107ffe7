import { median, SIGMA_PER_MAD } from '@almagest/numerics';

/** How far places depend on colour: refraction in the air, chromatic lenses. */
export interface ChromaticShift {
  /** Shift of a star one magnitude redder than the reference colour [rad], east and north, and their errors. */
  readonly east: number;
  readonly north: number;
  readonly eastErr: number;
  readonly northErr: number;
  /** Colour at which the WCS holds [mag]: the median of the stars. */
  readonly referenceColor: number;
  /** Standard deviation of the colours [mag]: what a place is uncertain by where the colour is not known. */
  readonly colorScatter: number;
  readonly count: number;
}

/** Stars as seen less as catalogued. */
export interface ColoredResiduals {
  /** [rad], on the sphere. */
  readonly east: ArrayLike<number>;
  readonly north: ArrayLike<number>;
  /** Error of one coordinate [rad]. */
  readonly sigma: ArrayLike<number>;
  /** [mag]; NaN leaves a star out. */
  readonly color: ArrayLike<number>;
}

const LEAST_STARS = 20;
/** Colours must spread by this much to tell a slope [mag]. */
const LEAST_SPREAD = 0.05;
const CLIP = 4;
const ROUNDS = 6;

/**
 * Fits the shift of places with colour: straight lines in east and north, robustly, with a scatter that errors do not explain.
 *
 * @returns undefined for fewer than 20 stars or colours that are all alike.
 * @remarks Shown in fit-chromatic-shift.recovery.test.ts.
 */
export function fitChromaticShift({ east, north, sigma, color }: ColoredResiduals): ChromaticShift | undefined {
  const rows = Array.from({ length: color.length }, (_, i) => i).filter(
    (i) => Number.isFinite(color[i] + east[i] + north[i]) && sigma[i] > 0 && Number.isFinite(sigma[i]),
  );
  if (rows.length < LEAST_STARS) return undefined;
  const colors = Float64Array.from(rows, (i) => color[i]);
  const referenceColor = median(colors);
  const mean = colors.reduce((sum, c) => sum + c, 0) / colors.length;
  const colorScatter = Math.sqrt(colors.reduce((sum, c) => sum + (c - mean) ** 2, 0) / colors.length);
  if (!(colorScatter > LEAST_SPREAD)) return undefined;
  const offsets = colors.map((c) => c - referenceColor);
  const sigmas = Float64Array.from(rows, (i) => sigma[i]);
  const [a, b] = [east, north].map((values) =>
    fitLine(
      offsets,
      Float64Array.from(rows, (i) => values[i]),
      sigmas,
    ),
  );
  return {
    east: a.slope,
    north: b.slope,
    eastErr: a.error,
    northErr: b.error,
    referenceColor,
    colorScatter,
    count: Math.min(a.count, b.count),
  };
}

/** Slope of a weighted line with rejection; the scatter beyond the errors joins them. */
function fitLine(x: Float64Array, y: Float64Array, sigma: Float64Array): { slope: number; error: number; count: number } {
  let used: Float64Array = y.map(() => 1);
  let intrinsic = 0;
  let result = { slope: 0, error: Number.NaN, count: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    let [s, sx, sy, sxx, sxy, count] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < x.length; i++) {
      const w = used[i] / (sigma[i] * sigma[i] + intrinsic * intrinsic);
      s += w;
      sx += w * x[i];
      sy += w * y[i];
      sxx += w * x[i] * x[i];
      sxy += w * x[i] * y[i];
      count += used[i];
    }
    const determinant = s * sxx - sx * sx;
    if (!(determinant > 0) || count < LEAST_STARS / 2) break;
    const slope = (s * sxy - sx * sy) / determinant;
    const level = (sy - slope * sx) / s;
    result = { slope, error: Math.sqrt(s / determinant), count };
    const residuals = y.map((value, i) => value - level - slope * x[i]);
    intrinsic = unexplained(residuals, sigma, used);
    used = residuals.map((r, i) => (Math.abs(r) <= CLIP * Math.hypot(sigma[i], intrinsic) ? 1 : 0));
  }
  return result;
}

/** The scatter that must join the errors so that half of the residuals lie within the 0.6745 sigma that they should. */
function unexplained(residuals: Float64Array, sigma: Float64Array, used: Float64Array): number {
  const kept = Array.from(used.keys()).filter((i) => used[i] > 0);
  const excess = (extra: number): number =>
    median(Float64Array.from(kept, (i) => Math.abs(residuals[i]) / Math.hypot(sigma[i], extra))) - 1 / SIGMA_PER_MAD;
  if (excess(0) <= 0) return 0;
  let low = 0;
  let high = kept.reduce((most, i) => Math.max(most, Math.abs(residuals[i])), 0) * 2;
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  return high;
}
