import type { Plane } from '@almagest/kernels';
import type { MatchedImage, Subtraction } from '../subtraction/subtract-images.ts';
import { type DipoleFit, fitDipole, isDipole } from './fit-dipole.ts';
import { fitPoint, forceFlux, type PointFit } from './fit-point.ts';
import { fitTrail, isTrail, type TrailFit } from './fit-trail.ts';
import type { LocalPsfs } from './local-psfs.ts';
import { cutWindow, type FitWindow } from './window.ts';
import { noiseAt } from '../subtraction/pixel-noise.ts';

/** A peak of the significance map, with what lies about it. */
export interface Peak {
  readonly x: number;
  readonly y: number;
  readonly sign: 1 | -1;
  readonly significance: number;
  /** The strongest value of the other sign within five sigma of the PSF, as a magnitude; 0 for none. */
  readonly opposite: { readonly x: number; readonly y: number; readonly significance: number };
  /** Its group of pixels above the threshold: middle, and extent from the second moments. */
  readonly footprint: { readonly x: number; readonly y: number; readonly length: number; readonly angle: number };
}

/** What is measured at a peak, in units of the science image. */
export interface PeakMeasurement {
  readonly point: PointFit;
  readonly science: Flux;
  readonly template: Flux;
  readonly dipole: DipoleFit | undefined;
  readonly trail: TrailFit | undefined;
}

export interface Flux {
  readonly flux: number;
  readonly fluxErr: number;
}

export interface MeasureContext {
  readonly subtraction: Subtraction;
  readonly psfsAt: (x: number, y: number) => LocalPsfs;
  readonly sigmaPixels: number;
  /** Noise of the significance map over the expected one, by which errors are multiplied. */
  readonly noise: number;
}

/** Least part of a peak that a lobe of the other sign must have: below it the fluxes could not be those of a dipole. */
const OPPOSITE_PART = 0.45;
const OPPOSITE_LEAST = 3;
/** A footprint longer than this many sigma of the PSF may be a trail. */
const TRAIL_STRETCH = 2;
/** Longest half side of the window of a trail [pixel]. */
const MOST_HALF = 48;

/** Fits a point source, and a dipole or trail where the surroundings ask for it; forces fluxes on both images. */
export function measurePeak(context: MeasureContext, peak: Peak): PeakMeasurement {
  const { subtraction, sigmaPixels } = context;
  const psfs = context.psfsAt(peak.x, peak.y);
  const half = Math.max(5, Math.ceil(4.2 * sigmaPixels));
  const window = differenceWindow(context, { x: peak.x, y: peak.y, half }, peak.sign);
  const point = fitPoint(window, psfs.difference, peak);
  const holes = hasHoles(subtraction.difference, peak, Math.ceil(2 * sigmaPixels));
  const dipole = holes ? undefined : findDipole(context, peak, psfs);
  const trail = dipole || holes || !fitsBadly(point) ? undefined : findTrail(context, peak, psfs);
  const flux = (name: 'science' | 'template'): Flux =>
    forced(subtraction[name], { psfs, convolved: subtraction.convolved === name, at: point, half });
  return { point, science: flux('science'), template: flux('template'), dipole, trail };
}

/** Where pixels are missing, at saturated stars, shapes are those of the holes. */
function hasHoles({ data, stride, width, height }: Plane, { x, y }: Peak, reach: number): boolean {
  const [cx, cy] = [Math.round(x), Math.round(y)];
  for (let j = Math.max(0, cy - reach); j <= Math.min(height - 1, cy + reach); j++)
    for (let i = Math.max(0, cx - reach); i <= Math.min(width - 1, cx + reach); i++) if (Number.isNaN(data[j * stride + i])) return true;
  return false;
}

/** Chi-square four of its standard deviations above what a point source would have. */
function fitsBadly({ chi2, degreesOfFreedom }: PointFit): boolean {
  return chi2 > degreesOfFreedom + 4 * Math.sqrt(2 * degreesOfFreedom);
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

/**
 * Pixels of the difference about a source of this sign, with the noise of sky and of what both images show; that of the source's
 * own light is added as the fit finds it.
 */
function differenceWindow({ subtraction, noise: factor }: MeasureContext, at: Place, sign: 1 | -1): FitWindow {
  const { difference, variance, convolved } = subtraction;
  const { image, scale } = subtraction.template;
  const scaled = factor * factor;
  const noise = noiseAt(subtraction.noise, at);
  const both = noise.perKept + noise.perConvolved;
  // The light of the template is the model of what both images show; it holds what fades.
  const perOwn = (convolved === 'science') === sign > 0 ? noise.perConvolved : noise.perKept;
  const base = new Float64Array((2 * at.half + 1) ** 2);
  const window = cutWindow(
    difference,
    (k) => 1 / (scaled * (noise.sky + both * Math.max(0, scale * image.data[k]))) || 1 / variance.data[k],
    at,
  );
  for (let k = 0; k < base.length; k++) base[k] = 1 / window.weights[k];
  const perLight = scaled * (sign > 0 ? perOwn : perOwn - both);
  return { ...window, photons: { base, least: scaled * noise.sky, perLight } };
}

function findDipole(context: MeasureContext, { x, y, sign, significance, opposite }: Peak, psfs: LocalPsfs): DipoleFit | undefined {
  const { subtraction, sigmaPixels } = context;
  if (opposite.significance < Math.max(OPPOSITE_LEAST, OPPOSITE_PART * significance)) return undefined;
  const apart = Math.hypot(x - opposite.x, y - opposite.y);
  const at = { x: (x + opposite.x) / 2, y: (y + opposite.y) / 2, half: Math.max(6, Math.ceil(3 * sigmaPixels + apart / 2)) };
  const difference = differenceWindow(context, at, sign);
  const science = matchedWindow(subtraction.science, at);
  const template = matchedWindow(subtraction.template, at);
  // Lobes closer than the PSF cancel: the images tell the flux.
  const start = {
    x: Math.round(at.x),
    y: Math.round(at.y),
    flux: (image: MatchedImage): number => Math.max(0, pixelOf(image, at)) / Math.max(...psfs.matched.values),
  };
  const [p, n] = sign > 0 ? [{ x, y }, opposite] : [opposite, { x, y }];
  const fit = fitDipole(
    { difference, science, template, differencePsf: psfs.difference, matchedPsf: psfs.matched },
    {
      positive: { ...between(p, at), flux: start.flux(subtraction.science) },
      negative: { ...between(n, at), flux: start.flux(subtraction.template) },
    },
  );
  const point = fitPoint(difference, psfs.difference, { x, y });
  return isDipole(fit, { sigmaPixels, pointChi2: point.chi2 }) ? fit : undefined;
}

function between(a: { readonly x: number; readonly y: number }, b: { readonly x: number; readonly y: number }): { x: number; y: number } {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function pixelOf({ image, scale }: MatchedImage, at: { readonly x: number; readonly y: number }): number {
  const value = image.data[Math.round(at.y) * image.stride + Math.round(at.x)];
  return Number.isFinite(value) ? scale * value : 0;
}

/** Pixels in units of the science image, weighted by the noise of sky and light. */
function matchedWindow(matched: MatchedImage, at: Place): FitWindow {
  const window = cutWindow(matched.image, (_, value) => 1 / noiseOf(matched, value), at);
  for (let k = 0; k < window.values.length; k++) window.values[k] *= matched.scale;
  return window;
}

function noiseOf({ scale, skyVariance, gain }: MatchedImage, value: number): number {
  return skyVariance + (gain > 0 ? Math.max(0, scale * value) / gain : 0);
}

function findTrail(context: MeasureContext, { footprint, sign }: Peak, psfs: LocalPsfs): TrailFit | undefined {
  const { sigmaPixels } = context;
  if (!(footprint.length > TRAIL_STRETCH * sigmaPixels)) return undefined;
  const half = Math.min(MOST_HALF, Math.ceil(0.75 * footprint.length + 4 * sigmaPixels));
  const window = differenceWindow(context, { x: footprint.x, y: footprint.y, half }, sign);
  let sum = 0;
  for (const value of window.values) sum += value;
  const flux = sign * sum > 0 ? sum : sign;
  const fit = fitTrail(window, psfs.difference, { ...footprint, flux }, sigmaPixels);
  const point = fitPoint(window, psfs.difference, footprint);
  return isTrail(fit, { sigmaPixels, pointChi2: point.chi2 }) ? fit : undefined;
}

interface ForcedRequest {
  readonly psfs: LocalPsfs;
  readonly convolved: boolean;
  readonly at: { readonly x: number; readonly y: number };
  readonly half: number;
}

/** Flux at the place of the detection with its error, correlated noise included. */
function forced(matched: MatchedImage, { psfs, convolved, at, half }: ForcedRequest): Flux {
  const image: Plane = matched.image;
  const window = cutWindow(image, () => 1, { ...at, half });
  const { flux, profile } = forceFlux(window, psfs.matched, at);
  let [squares, light] = [0, 0];
  for (let k = 0; k < profile.length; k++) {
    const p2 = profile[k] ** 2 * window.weights[k];
    squares += p2;
    light += p2 * Math.max(0, matched.scale * window.values[k]);
  }
  const sky = (matched.skyVariance * (convolved ? psfs.convolvedNoise : 1)) / squares;
  const photons = matched.gain > 0 ? light / (matched.gain * squares * squares) : 0;
  return { flux: matched.scale * flux, fluxErr: Math.sqrt(sky + photons) };
}
