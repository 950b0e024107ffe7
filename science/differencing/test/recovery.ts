import { filterAt, type VaryingFilter } from '../src/decorrelation/decorrelate.ts';
import { detectDifference, type DifferenceDetection } from '../src/detection/detect-difference.ts';
import { correlateStamp, filterStamp } from '../src/psf/matched-psf.ts';
import type { StampPsf } from '../src/psf/shifted-stamp.ts';
import { kernelImageAt } from '../src/kernel/spatial-kernel.ts';
import { subtractImages, type Subtraction } from '../src/subtraction/subtract-images.ts';
import { makeImage, mean, medianOf, moffatAt, quietPlaces, rms, scatterStars, type Star } from './star-pair.ts';

/** A pair of images to be subtracted; a pixel is 0.2 arcsec. */
export interface RecoveryCase {
  readonly scienceFwhm: number;
  readonly templateFwhm: number;
  /** Of the template against the science image [pixel]. */
  readonly shift: readonly [number, number];
  readonly seed: number;
  readonly side?: number;
}

/** What one pair tells. */
export interface Recovery {
  /** True signal-to-noise ratio and the significance with which it was found; 0 where not. */
  readonly found: readonly { readonly snr: number; readonly significance: number }[];
  /** Of the bright transients: flux over truth, offsets [mas], deviations over errors. */
  readonly ratios: readonly number[];
  readonly dx: readonly number[];
  readonly dy: readonly number[];
  readonly pulls: { readonly flux: readonly number[]; readonly x: readonly number[]; readonly y: readonly number[] };
  /** Chi-square per pixel of each star between S/N 15 and 500. */
  readonly starChi2: readonly number[];
  /** Measured noise of the difference over sqrt(s1^2 + s2^2), and the correlation of neighbours. */
  readonly noise: number;
  readonly correlation: number;
  /** Detections at 5 sigma where nothing changed. */
  readonly spurious: number;
}

const NOISE = 30;
const TEMPLATE_NOISE = 15;
const TEMPLATE_SCALE = 0.2;
const PIXEL_MAS = 200;
/** True S/N of the transients, in turn; those from 20 on are measured. */
const SNRS: readonly number[] = [5, 6, 20, 40];

/** Makes a pair with PSFs that vary over it, subtracts, and compares with what was put in. */
export function recover({ scienceFwhm, templateFwhm, shift, seed, side = 1024 }: RecoveryCase): Recovery {
  const stars = scatterStars(side, Math.round(400 * (side / 1024) ** 2), seed, { faintest: 4000 });
  const places = quietPlaces(side, stars, seed + 3, 44);
  const subtract = (transients: readonly Star[], convolve: 'auto' | 'science' | 'template'): Subtraction => {
    const science = { side, fwhm: scienceFwhm, noise: NOISE, seed: seed + 1, sky: 900, gradient: 0.03 };
    const template = { side, fwhm: templateFwhm, noise: TEMPLATE_NOISE, seed: seed + 2, gradient: -0.02, shift, scale: TEMPLATE_SCALE };
    return subtractImages(
      { image: makeImage([...stars, ...transients], science), gain: 1, saturation: Number.POSITIVE_INFINITY },
      { image: makeImage(stars, template), gain: 5, saturation: Number.POSITIVE_INFINITY },
      { convolve },
    );
  };
  const before = subtract([], 'auto');
  // sqrt(s1^2 + s2^2) in units of the science image, with the true ratio of fluxes.
  const sigma = Math.hypot(NOISE, TEMPLATE_NOISE);
  const transients = places.map((at, n) => {
    const snr = SNRS[n % SNRS.length];
    return { ...at, snr, flux: fluxOf(snr, before, { scienceFwhm, sigma, side }) };
  });
  const found = detectDifference(subtract(transients, before.convolved), 4);
  const pairs = transients.map((star) => ({
    star,
    hit: found.find((d) => d.significance > 0 && Math.hypot(d.x - star.x, d.y - star.y) < 2),
  }));
  const bright = pairs.filter((pair): pair is Hit => pair.star.snr >= 20 && pair.hit !== undefined);
  return {
    found: pairs.map(({ star, hit }) => ({ snr: star.snr, significance: hit?.significance ?? 0 })),
    ratios: bright.map(({ star, hit }) => hit.flux / star.flux),
    dx: bright.map(({ star, hit }) => PIXEL_MAS * (hit.x - star.x)),
    dy: bright.map(({ star, hit }) => PIXEL_MAS * (hit.y - star.y)),
    pulls: {
      flux: bright.map(({ star, hit }) => (hit.flux - star.flux) / hit.fluxErr),
      x: bright.map(({ star, hit }) => (hit.x - star.x) / hit.xErr),
      y: bright.map(({ star, hit }) => (hit.y - star.y) / hit.yErr),
    },
    starChi2: chi2OfStars(before, stars, { scienceFwhm, side }),
    ...noiseOf(before, places, sigma),
    spurious: detectDifference(before, 5).length,
  };
}

interface Hit {
  readonly star: Star & { readonly snr: number };
  readonly hit: DifferenceDetection;
}

interface Truth {
  readonly scienceFwhm: number;
  /** Noise of a pixel of sky of the difference. */
  readonly sigma: number;
  readonly side: number;
}

/** The flux whose optimal measurement on the difference has this S/N, with the true PSF and the source's own photons. */
function fluxOf(snr: number, subtraction: Subtraction, { scienceFwhm, sigma, side }: Truth): number {
  const at = { x: side / 2, y: side / 2 };
  const half = 30;
  const wide = 2 * half + 1;
  const star: StampPsf = {
    half,
    values: Float64Array.from({ length: wide * wide }, (_, k) =>
      moffatAt(((k % wide) - half) ** 2 + (Math.floor(k / wide) - half) ** 2, scienceFwhm),
    ),
  };
  const kernel = Float32Array.from(kernelImageAt(subtraction.kernel, at), (v) => v * subtraction.fluxRatio);
  const width = Math.round(Math.sqrt(kernel.length));
  const matched = subtraction.convolved === 'template' ? star : correlateStamp(star, { width, height: width, values: kernel });
  const { values } = filterStamp(matched, filterAt(subtraction.decorrelation as VaryingFilter, at));
  const squares = values.reduce((s, v) => s + v * v, 0);
  // Photons of the source itself, gain 1: variance of the flux = sky + flux * sum p^3 / (sum p^2)^2.
  const own = values.reduce((s, v) => s + Math.max(0, v) ** 3, 0) / squares ** 2;
  const sky = (sigma * sigma) / squares;
  const b = snr * snr * own;
  return (b + Math.sqrt(b * b + 4 * snr * snr * sky)) / 2;
}

function chi2OfStars({ difference, variance }: Subtraction, stars: readonly Star[], { scienceFwhm, side }: Omit<Truth, 'sigma'>): number[] {
  const area = 4 * Math.PI * (scienceFwhm / 2.35) ** 2;
  const snrOf = (flux: number): number => flux / Math.sqrt(area * NOISE * NOISE + flux);
  return stars
    .filter(({ x, y, flux }) => snrOf(flux) > 15 && snrOf(flux) < 500 && Math.min(x, y, side - x, side - y) > 30)
    .map(({ x, y }) => {
      let sum = 0;
      for (let k = 0; k < 49; k++) {
        const at = (Math.round(y) - 3 + Math.floor(k / 7)) * side + Math.round(x) - 3 + (k % 7);
        sum += difference.data[at] ** 2 / variance.data[at];
      }
      return sum / 49;
    });
}

function noiseOf(
  { difference }: Subtraction,
  places: readonly { readonly x: number; readonly y: number }[],
  sigma: number,
): { readonly noise: number; readonly correlation: number } {
  const { data, stride } = difference;
  const at = ({ x, y }: { x: number; y: number }, k: number): number =>
    (Math.round(y) - 4 + Math.floor(k / 9)) * stride + Math.round(x) - 4 + (k % 9);
  const values = places.flatMap((place) => Array.from({ length: 81 }, (_, k) => data[at(place, k)]));
  const products = places.flatMap((place) => Array.from({ length: 81 }, (_, k) => data[at(place, k)] * data[at(place, k) + 1]));
  return { noise: rms(values) / sigma, correlation: mean(products) / sigma ** 2 };
}

/** The figures of several pairs together. */
export interface PooledRecovery {
  /** Part of the transients of S/N 6 found above 4.35 sigma, and of S/N 5 above 5. */
  readonly atSix: number;
  readonly atFive: number;
  /** S/N at which half is found above 5 sigma, from the slope of the Gaussian there. */
  readonly half: number;
  readonly fluxBiasMmag: number;
  readonly biasMas: readonly [number, number];
  readonly widths: { readonly flux: number; readonly x: number; readonly y: number };
  readonly starChi2: number;
  readonly noise: readonly number[];
  readonly correlation: readonly number[];
  readonly spurious: number;
  readonly measured: number;
}

export function pool(runs: readonly Recovery[]): PooledRecovery {
  const found = runs.flatMap((run) => run.found);
  const part = (snr: number, threshold: number): number => {
    const those = found.filter((each) => each.snr === snr);
    return those.filter(({ significance }) => significance >= threshold).length / those.length;
  };
  const all = (of: (run: Recovery) => readonly number[]): number[] => runs.flatMap(of);
  const atFive = part(5, 5);
  return {
    atSix: part(6, 4.35),
    atFive,
    half: 5 - (atFive - 0.5) * Math.sqrt(2 * Math.PI),
    fluxBiasMmag: 2500 * Math.log10(trimmedMean(all((run) => run.ratios))),
    biasMas: [trimmedMean(all((run) => run.dx)), trimmedMean(all((run) => run.dy))],
    widths: {
      flux: widthOf(all((run) => run.pulls.flux)),
      x: widthOf(all((run) => run.pulls.x)),
      y: widthOf(all((run) => run.pulls.y)),
    },
    starChi2: mean(all((run) => run.starChi2)),
    noise: runs.map((run) => run.noise),
    correlation: runs.map((run) => run.correlation),
    spurious: runs.reduce((sum, run) => sum + run.spurious, 0),
    measured: all((run) => run.ratios).length,
  };
}

/** Standard deviation from the quantiles at 16 and 84 %: one transient on a star's wing must not decide. */
function widthOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (quantile: number): number => sorted[Math.round(quantile * (sorted.length - 1))];
  return (at(0.8413) - at(0.1587)) / 2;
}

/** Mean of what lies within four robust sigma of the median. */
function trimmedMean(values: readonly number[]): number {
  const middle = medianOf(values);
  const limit = 4 * 1.4826 * medianOf(values.map((v) => Math.abs(v - middle)));
  return mean(values.filter((v) => Math.abs(v - middle) <= limit));
}
