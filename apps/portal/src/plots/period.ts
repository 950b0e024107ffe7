/** Phase in [0, 1) of times folded by a period. */
export function foldTimes(times: Float64Array, period: number, epoch: number): Float64Array {
  return times.map((time) => {
    const turns = (time - epoch) / period;
    return turns - Math.floor(turns);
  });
}

export interface Periodogram {
  readonly frequencies: Float64Array;
  /** Share of the variance that a sine of this frequency takes up, 0 to 1. */
  readonly power: Float64Array;
  readonly bestPeriod: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The generalized Lomb-Scargle periodogram of unevenly sampled values: a sine with a floating mean at every frequency.
 *
 * @param weights - 1 / error squared, in any unit. @param range - Shortest and longest period, in the unit of the times.
 * @returns NaN as best period for fewer than four values.
 * @see Zechmeister and Kürster 2009, A&A 496, 577, equations 4 to 16.
 */
export function computePeriodogram(
  times: Float64Array,
  values: Float64Array,
  weights: Float64Array,
  range: { readonly shortest: number; readonly longest: number },
): Periodogram {
  const n = times.length;
  const span = n > 0 ? Math.max(...times) - Math.min(...times) : 0;
  const [slowest, fastest] = [1 / range.longest, 1 / range.shortest];
  // A peak is about 1 / span wide; ten samples across it lose under 1 % of its height.
  const count = n < 4 || !(span > 0) ? 0 : Math.min(60_000, Math.ceil(10 * span * (fastest - slowest)));
  const frequencies = Float64Array.from({ length: count }, (_, k) => slowest + ((fastest - slowest) * k) / Math.max(1, count - 1));
  const total = weights.reduce((a, b) => a + b, 0);
  const w = weights.map((each) => each / total);
  const start = times[0] ?? 0;
  const at = (frequency: number): number => powerAt(2 * Math.PI * frequency, times, values, w, start);
  const power = frequencies.map(at);
  // The peak between two samples of the grid, by golden section on the spectrum itself.
  const refine = (index: number): number => {
    const step = count > 1 ? frequencies[1]! - frequencies[0]! : 0;
    let [low, high] = [frequencies[index]! - step, frequencies[index]! + step];
    for (let round = 0; round < 40; round++) {
      const [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
      if (at(a) > at(b)) high = b;
      else low = a;
    }
    return (low + high) / 2;
  };
  let best = 0;
  power.forEach((value, k) => {
    if (value > power[best]!) best = k;
  });
  return { frequencies, power, bestPeriod: count === 0 ? Number.NaN : 1 / refine(best) };
}

function powerAt(omega: number, times: Float64Array, values: Float64Array, w: Float64Array, start: number): number {
  let [y, c, s, yy, yc, ys, cc, cs] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < times.length; i++) {
    const angle = omega * (times[i]! - start);
    const [cosine, sine, weight, value] = [Math.cos(angle), Math.sin(angle), w[i]!, values[i]!];
    y += weight * value;
    c += weight * cosine;
    s += weight * sine;
    yy += weight * value * value;
    yc += weight * value * cosine;
    ys += weight * value * sine;
    cc += weight * cosine * cosine;
    cs += weight * cosine * sine;
  }
  const ss = 1 - cc - s * s;
  [yy, yc, ys, cc, cs] = [yy - y * y, yc - y * c, ys - y * s, cc - c * c, cs - c * s];
  const d = cc * ss - cs * cs;
  return d > 0 && yy > 0 ? (ss * yc * yc + cc * ys * ys - 2 * cs * yc * ys) / (yy * d) : 0;
}
