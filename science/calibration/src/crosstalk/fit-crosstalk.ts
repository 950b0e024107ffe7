import { choleskyInPlace, choleskyInverse, median } from '@almagest/numerics';
import { NoBrightPixelsError } from '../errors.ts';

/** One exposure with bright sources: the amplifiers' planes in the order of the read-out, so that pixels of one time have one index. */
export interface CrosstalkExposure {
  /** [ADU], overscan taken off; equal lengths. */
  readonly planes: readonly Float32Array[];
  readonly width: number;
}

export interface CrosstalkOptions {
  /** Pixels of a source amplifier above this tell its crosstalk [ADU]; default 30,000. */
  readonly threshold?: number;
  /** Pixels of a victim count where they lie within this many sigma of its background; default 3. */
  readonly clipSigma?: number;
  /** Fit the square of the source's signal too. */
  readonly quadratic?: boolean;
  /** Coefficients below this many times their error are set to zero; default 3. */
  readonly minSignificance?: number;
}

/** Coefficients row-major by victim, as the correction takes them. */
export interface CrosstalkFit {
  readonly linear: readonly number[];
  readonly linearErrors: readonly number[];
  readonly quadratic?: readonly number[];
  /** Pixels that told of each victim. */
  readonly pixels: readonly number[];
}

const ROUNDS = 3;

/**
 * Fits how much of the signal of every amplifier is seen in each other one.
 *
 * Uses pixels at which some amplifier is bright while the victim looks at its background; all sources at once, so that one that is
 * bright with another does not take its part.
 *
 * @throws {NoBrightPixelsError} if no amplifier has bright pixels.
 * @remarks Planted coefficients within 4 sigma, and ghosts gone below 3 sigma of a PSF's area (night.recovery.test.ts).
 */
export function fitCrosstalk(exposures: readonly CrosstalkExposure[], options: CrosstalkOptions = {}): CrosstalkFit {
  const { threshold = 30_000, quadratic = false, minSignificance = 3 } = options;
  const n = exposures[0]?.planes.length ?? 0;
  const terms = quadratic ? 2 * n : n;
  const linear = Array.from({ length: n * n }, () => 0);
  const linearErrors = Array.from({ length: n * n }, () => 0);
  const squares = Array.from({ length: n * n }, () => 0);
  const pixels = Array.from({ length: n }, () => 0);
  const bright = exposures.map((exposure) => brightPlaces(exposure, threshold));
  const lit = exposures.map((exposure) => litPlaces(exposure, LIT * threshold));
  if (bright.every((places) => places.length === 0))
    throw new NoBrightPixelsError(`no pixel of ${exposures.length} exposures exceeds ${threshold} ADU, which crosstalk is measured from`, {
      details: { exposures: exposures.length, threshold },
    });
  for (let victim = 0; victim < n; victim++) {
    const samples = exposures.map((exposure, e) => victimSamples(exposure, victim, { places: bright[e], lit: lit[e] }));
    let solution: Solution | undefined;
    for (let round = 0; round < ROUNDS; round++)
      solution = solveVictim(exposures, samples, { victim, n, terms, previous: solution, clip: options.clipSigma ?? 3 }) ?? solution;
    if (!solution) continue;
    pixels[victim] = solution.pixels;
    for (let source = 0; source < n; source++) {
      if (source === victim) continue;
      const [value, error] = [solution.parameters[source], solution.errors[source]];
      linearErrors[victim * n + source] = error;
      if (Math.abs(value) >= minSignificance * error) linear[victim * n + source] = value;
      if (quadratic && Math.abs(solution.parameters[n + source]) >= minSignificance * solution.errors[n + source])
        squares[victim * n + source] = solution.parameters[n + source];
    }
  }
  return { linear, linearErrors, pixels, ...(quadratic ? { quadratic: squares } : {}) };
}

/** Indices at which at least one amplifier is bright. */
function brightPlaces({ planes }: CrosstalkExposure, threshold: number): Int32Array {
  const out = new Set<number>();
  for (const plane of planes) for (let i = 0; i < plane.length; i++) if (plane[i] > threshold) out.add(i);
  return Int32Array.from(out).toSorted();
}

/** Part of the threshold from which light of any amplifier is seen by the others enough to spoil a background. */
const LIT = 0.01;
const LEVEL_STEP = 101;

/** 1 where some amplifier is above its usual level by this much. */
function litPlaces({ planes }: CrosstalkExposure, above: number): Uint8Array {
  const out = new Uint8Array(planes[0]?.length ?? 0);
  for (const plane of planes) {
    const limit = median(plane.filter((_, i) => i % LEVEL_STEP === 0)) + above;
    for (let i = 0; i < plane.length; i++) if (plane[i] > limit) out[i] = 1;
  }
  return out;
}

interface Samples {
  readonly places: Int32Array;
  /** Victim less its local background. */
  readonly values: Float64Array;
  readonly sigma: number;
}

const BACKGROUND_HALF = 24;
const CROWDED = 1.5;

/** The victim at the bright places, less the median of its row near by. */
function victimSamples(
  { planes, width }: CrosstalkExposure,
  victim: number,
  { places, lit }: { readonly places: Int32Array; readonly lit: Uint8Array },
): Samples {
  const plane = planes[victim];
  const values = new Float64Array(places.length);
  const scatters = new Float64Array(places.length);
  const deviations: number[] = [];
  const work: number[] = [];
  for (const [k, i] of places.entries()) {
    const x = i % width;
    work.length = 0;
    for (let dx = -BACKGROUND_HALF; dx <= BACKGROUND_HALF; dx += 2) {
      const j = i + dx;
      if (x + dx >= 0 && x + dx < width && lit[j] === 0) work.push(plane[j]);
    }
    work.sort((a, b) => a - b);
    // The mean of the two middle ones where they are even in number: either alone lies off by part of an ADU.
    values[k] = work.length < 5 ? Number.NaN : plane[i] - (work[work.length >> 1] + work[(work.length - 1) >> 1]) / 2;
    scatters[k] = (work[Math.floor(0.75 * work.length)] - work[Math.floor(0.25 * work.length)]) * 0.7413;
    if (work.length >= 5) deviations.push(scatters[k]);
  }
  deviations.sort((a, b) => a - b);
  const sigma = deviations[deviations.length >> 1] ?? 1;
  // Where the background scatters more, the victim has sources of its own near by.
  for (const k of values.keys()) if (scatters[k] > CROWDED * sigma) values[k] = Number.NaN;
  return { places, values, sigma };
}

interface Solution {
  readonly parameters: Float64Array;
  readonly errors: Float64Array;
  readonly pixels: number;
}

interface VictimContext {
  readonly victim: number;
  readonly n: number;
  readonly terms: number;
  readonly previous: Solution | undefined;
  readonly clip: number;
}

function solveVictim(
  exposures: readonly CrosstalkExposure[],
  samples: readonly Samples[],
  { victim, n, terms, previous, clip }: VictimContext,
): Solution | undefined {
  const normal = new Float64Array(terms * terms);
  const right = new Float64Array(terms);
  const signal = new Float64Array(terms);
  let pixels = 0;
  let chi2 = 0;
  for (const [e, { places, values, sigma }] of samples.entries()) {
    const { planes } = exposures[e];
    for (const [k, i] of places.entries()) {
      if (Number.isNaN(values[k])) continue;
      for (let s = 0; s < n; s++) {
        const value = s === victim ? 0 : Math.max(0, planes[s][i]);
        signal[s] = value;
        if (terms > n) signal[n + s] = value * value;
      }
      const model = previous ? signal.reduce((sum, value, s) => sum + value * previous.parameters[s], 0) : 0;
      // Without a solution yet only what cannot be crosstalk is left out: the victim's own sources.
      const limit = previous ? clip * sigma : Math.max(clip * sigma, 0.01 * Math.max(...signal.subarray(0, n)));
      if (Math.abs(values[k] - model) > limit) continue;
      pixels++;
      chi2 += ((values[k] - model) / sigma) ** 2;
      for (let a = 0; a < terms; a++) {
        right[a] += (signal[a] * values[k]) / sigma ** 2;
        for (let b = 0; b <= a; b++) normal[a * terms + b] += (signal[a] * signal[b]) / sigma ** 2;
      }
    }
  }
  if (pixels < 10) return undefined;
  // Sources that are never bright cannot be told; they stay at zero.
  for (let a = 0; a < terms; a++) {
    if (normal[a * terms + a] === 0) normal[a * terms + a] = 1;
    for (let b = 0; b < a; b++) normal[b * terms + a] = normal[a * terms + b];
  }
  choleskyInPlace(normal, terms);
  const covariance = choleskyInverse(normal, terms);
  const scale = Math.max(1, previous ? chi2 / pixels : 1);
  const parameters = Float64Array.from({ length: terms }, (_, a) => right.reduce((sum, r, b) => sum + covariance[a * terms + b] * r, 0));
  return { parameters, errors: parameters.map((_, a) => Math.sqrt(scale * covariance[a * terms + a])), pixels };
}
