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
  /** Chance that values without any period have a peak as high, 0 to 1. */
  readonly falseAlarm: number;
}

/** A peak is about 1 / span wide; so many samples across it lose under 3 % of its height, and the peak itself is found between them. */
const SAMPLES = 6;
/** Values times frequencies: about a second of work. */
const MOST_STEPS = 2e8;
/** Angles are turned on from one frequency to the next, and computed anew before rounding tells. */
const TURNS = 256;

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
  const count = n < 4 || !(span > 0) ? 0 : Math.min(Math.floor(MOST_STEPS / n), Math.ceil(SAMPLES * span * (fastest - slowest)));
  const frequencies = Float64Array.from({ length: count }, (_, k) => slowest + ((fastest - slowest) * k) / Math.max(1, count - 1));
  const total = weights.reduce((a, b) => a + b, 0);
  const w = weights.map((each) => each / total);
  const start = times[0] ?? 0;
  const at = (frequency: number): number => powerAt(2 * Math.PI * frequency, times, values, w, start);
  const power = powerOnGrid(frequencies, times, values, w, start);
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
  const falseAlarm = count === 0 ? 1 : falseAlarmOf(power[best]!, times, fastest - slowest);
  return { frequencies, power, bestPeriod: count === 0 ? Number.NaN : 1 / refine(best), falseAlarm };
}

/**
 * Chance that noise has a peak of some height anywhere in a range of frequencies; an upper limit, close where it is small.
 *
 * @param width - Of the range of frequencies.
 * @see Baluev 2008, MNRAS 385, 1279, equations 5 and 6 with the variance taken from the values.
 */
function falseAlarmOf(power: number, times: Float64Array, width: number): number {
  const n = times.length;
  const mean = times.reduce((a, b) => a + b, 0) / n;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / n;
  const rest = Math.max(0, 1 - power);
  // Gamma((n - 1) / 2) / Gamma((n - 2) / 2) to a part in a thousand.
  const ratio = Math.sqrt((n - 2) / 2 - 1 / 4 + 1 / (16 * (n - 2)));
  const crossings = width * Math.sqrt(4 * Math.PI * variance) * ratio * rest ** ((n - 4) / 2) * Math.sqrt(power);
  return 1 - (1 - rest ** ((n - 3) / 2)) * Math.exp(-crossings);
}

/** {@link powerAt} on evenly spaced frequencies, without a sine for each. */
function powerOnGrid(frequencies: Float64Array, times: Float64Array, values: Float64Array, w: Float64Array, start: number): Float64Array {
  const n = times.length;
  const step = frequencies.length > 1 ? frequencies[1]! - frequencies[0]! : 0;
  const turn = times.map((time) => 2 * Math.PI * step * (time - start));
  const [turnCosine, turnSine] = [turn.map(Math.cos), turn.map(Math.sin)];
  const [cosines, sines] = [new Float64Array(n), new Float64Array(n)];
  let [y, yy] = [0, 0];
  for (let i = 0; i < n; i++) {
    y += w[i]! * values[i]!;
    yy += w[i]! * values[i]! * values[i]!;
  }
  return frequencies.map((frequency, k) => {
    let [c, s, yc, ys, cc, cs] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      if (k % TURNS === 0) {
        const angle = 2 * Math.PI * frequency * (times[i]! - start);
        cosines[i] = Math.cos(angle);
        sines[i] = Math.sin(angle);
      }
      const [cosine, sine, weight] = [cosines[i]!, sines[i]!, w[i]!];
      const weighted = weight * values[i]!;
      c += weight * cosine;
      s += weight * sine;
      yc += weighted * cosine;
      ys += weighted * sine;
      cc += weight * cosine * cosine;
      cs += weight * cosine * sine;
      cosines[i] = cosine * turnCosine[i]! - sine * turnSine[i]!;
      sines[i] = cosine * turnSine[i]! + sine * turnCosine[i]!;
    }
    return shareOf(y, yy, c, s, yc, ys, cc, cs);
  });
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
  return shareOf(y, yy, c, s, yc, ys, cc, cs);
}

/** Equation 5 of Zechmeister and Kürster from the plain sums of their equations 7 to 15. */
function shareOf(y: number, yy: number, c: number, s: number, yc: number, ys: number, cc: number, cs: number): number {
  const [YY, YC, YS, CC, CS] = [yy - y * y, yc - y * c, ys - y * s, cc - c * c, cs - c * s];
  const SS = 1 - cc - s * s;
  const d = CC * SS - CS * CS;
  return d > 0 && YY > 0 ? (SS * YC * YC + CC * YS * YS - 2 * CS * YC * YS) / (YY * d) : 0;
}
