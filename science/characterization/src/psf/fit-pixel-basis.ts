import { FWHM_PER_SIGMA, modelTermCount, type PixelBasisModel, pixelBasisPsf, type Psf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';
import { TooFewStarsError } from '../errors.ts';
import { measureAdaptiveMoments } from '../shape/adaptive-moments.ts';
import type { StarCandidates } from '../stars/select-stars.ts';
import { createStarSpace, renderStarInto, type StarSpace } from './fit-star.ts';
import { limitBandInPlace } from './band-limit.ts';
import { measurePedestal } from './measure-pedestal.ts';
import { refitStars, regressSamples } from './regress-samples.ts';
import { cutStar, type PsfStar, type StampSource } from './star-stamps.ts';

export interface PixelBasisOptions {
  /** Greatest order of the polynomials of position; default 2. Fewer stars get a lower one. */
  readonly order?: number;
  /** Electrons per unit of the image; 0 (default) leaves photon noise out. */
  readonly gain?: number;
  /** Image pixels to each side; default 4.5 times the width of a star, 8 to 32. */
  readonly halfWidthPixels?: number;
  /** Error of the model as a part of it, which levels the weights of the brightest stars; default 0.005. */
  readonly modelError?: number;
  /** Every how manieth star is kept out of the fit to judge it; default 5, 0 for none. */
  readonly reserveEvery?: number;
  readonly labels?: Plane<Int32Array>;
  readonly mask?: Plane<Int32Array>;
  readonly badBits?: number;
}

/** A star's part in the fit. */
export interface PsfStarResult {
  readonly candidate: number;
  /** Refined position [pixel]. */
  readonly x: number;
  readonly y: number;
  /** Flux in the model [image units]. */
  readonly flux: number;
  readonly chi2: number;
  readonly used: boolean;
  readonly reserved: boolean;
  /** Size and ellipticity, star minus model, from adaptive moments about the fitted place; NaN where they fail. */
  readonly sizeResidual: number;
  readonly e1: number;
  readonly e2: number;
  readonly e1Residual: number;
  readonly e2Residual: number;
}

export interface PixelBasisFit {
  readonly model: PixelBasisModel;
  readonly psf: Psf;
  /** All stars given, in their order, the rejected ones too. */
  readonly stars: readonly PsfStarResult[];
}

const ROUNDS = 4;
/** The first rounds, which only bring the model near, make do with the brightest stars. */
const EARLY_ROUNDS = 2;
const EARLY_STARS = 300;
/** Stars with this many times the median chi-square are rejected. */
const CHI2_LIMIT = 3;

/**
 * Fits a PSF of free pixels to stars: the values are polynomials of position, the samples about seven to a star's width.
 *
 * Starts from the stars' adaptive centres and fluxes; each round regresses what the model leaves of every star's pixels, with
 * weights that fall for outliers, then fits place and flux of every star anew and rejects stars with a large chi-square.
 *
 * @param image - Background-subtracted; not modified; NaN pixels are left out.
 * @param stars - See selectStars. Their places are array indices.
 * @throws {TooFewStarsError} if fewer than three stars remain.
 * @remarks Accuracy on reserved stars: fit-pixel-basis.recovery.test.ts; beside PSFEx: bench/characterization-psf.ts.
 */
export function fitPixelBasisPsf(image: Plane, stars: StarCandidates, options: PixelBasisOptions = {}): PixelBasisFit {
  const { gain = 0, modelError = 0.005, reserveEvery = 5 } = options;
  const { fwhmPixels } = stars;
  const noise = { gain, modelError };
  const step = Math.max(1, Math.min(4, Math.ceil(6 / fwhmPixels)));
  const native = options.halfWidthPixels ?? Math.max(8, Math.min(32, Math.ceil(4.5 * fwhmPixels)));
  const source = { image, labels: options.labels, mask: options.mask, badBits: options.badBits };
  const list = cutStars(source, stars, native, reserveEvery);
  const fitted = list.filter((star) => !star.reserved).length;
  if (fitted < 3) throw tooFew(fitted);
  let model = emptyModel(image, stars, { native, step, order: affordableOrder(fitted, options.order ?? 2) });
  const radius = 2 * fwhmPixels;
  const early = brightest(list, EARLY_STARS);
  const late = list.filter((star) => !early.includes(star));
  for (let round = 0; round < ROUNDS; round++) {
    const part = round < EARLY_ROUNDS ? early : list;
    if (round === EARLY_ROUNDS) refitStars(model, late, createStarSpace(model), { radius, noise, rounds: 2 });
    model = regressSamples(model, part, createStarSpace(model), { first: round === 0, noise });
    limitBandInPlace(model);
    refitStars(model, part, createStarSpace(model), { radius, noise, rounds: round === 0 ? 2 : 1 });
    recenter(model, part);
    if (round > 0) reject(part);
    const left = list.filter((star) => star.used && !star.reserved).length;
    if (left < 3) throw tooFew(left);
  }
  const space = createStarSpace(model);
  return { model, psf: pixelBasisPsf(model), stars: list.map((star) => judge(model, star, space, native)) };
}

/** The brightest stars that the fit may use; all of them where they are few. */
function brightest(stars: readonly PsfStar[], most: number): PsfStar[] {
  return stars
    .filter((star) => !star.reserved)
    .toSorted((a, b) => b.flux - a.flux)
    .slice(0, most);
}

function tooFew(found: number): TooFewStarsError {
  return new TooFewStarsError(`expected at least 3 usable stars to model the PSF; found ${found}`, { details: { found } });
}

/**
 * Stars that each term of the polynomial needs. With half as many a few galaxies among thirty stars bend the model of a corner so far
 * that the corner's own stars are rejected for it.
 */
const STARS_PER_TERM = 8;

function affordableOrder(stars: number, most: number): number {
  let order = most;
  while (order > 0 && stars < STARS_PER_TERM * modelTermCount(order)) order--;
  return order;
}

function cutStars(source: StampSource, stars: StarCandidates, half: number, reserveEvery: number): PsfStar[] {
  const list: PsfStar[] = [];
  // Reserved stars are spread over the image: every n-th in order of rows.
  const order = Array.from(stars.x.keys()).toSorted((a, b) => stars.y[a] - stars.y[b]);
  order.forEach((candidate, rank) => {
    const star = { x: stars.x[candidate], y: stars.y[candidate], label: stars.label[candidate] };
    const stamp = cutStar(source, star, half, stars.fwhmPixels);
    if (!stamp) return;
    const reserved = reserveEvery > 0 && stars.x.length >= 4 * reserveEvery && rank % reserveEvery === reserveEvery - 1;
    const { x, y } = star;
    list.push({
      candidate,
      x,
      y,
      flux: stars.flux[candidate],
      chi2: Number.NaN,
      reserved,
      used: true,
      sigma: stars.sigma[candidate],
      ...stamp,
    });
  });
  const pedestal = measurePedestal(source, list, half);
  for (const { pixels, valid } of list) for (let k = 0; k < pixels.length; k++) if (valid[k]) pixels[k] -= pedestal;
  return list;
}

function emptyModel(
  image: Plane,
  stars: StarCandidates,
  { native, step, order }: { readonly native: number; readonly step: number; readonly order: number },
): PixelBasisModel {
  const halfWidth = native * step;
  const mean = (values: Float64Array): number => values.reduce((s, v) => s + v, 0) / values.length;
  return {
    halfWidth,
    sampling: 1 / step,
    order,
    box: { x0: 0, y0: 0, width: image.width, height: image.height },
    coefficients: new Float64Array(modelTermCount(order) * (2 * halfWidth + 1) ** 2),
    averagePosition: { x: mean(stars.x), y: mean(stars.y) },
    fwhmPixels: stars.fwhmPixels,
  };
}

/** Places over the image, a side, at which the model's centre is looked at. */
const CENTERS = 5;

/**
 * Places of stars and the middle of the model may drift together; the model's adaptive centre is made the place of a star, so
 * that the next round moves the model there.
 */
function recenter(model: PixelBasisModel, stars: readonly PsfStar[]): void {
  const psf = pixelBasisPsf(model);
  const { width, height } = model.box;
  const centers = Array.from({ length: CENTERS * CENTERS }, (_, k) => {
    const image = psf.computeKernelImage(
      ((k % CENTERS) * (width - 1)) / (CENTERS - 1),
      (Math.floor(k / CENTERS) * (height - 1)) / (CENTERS - 1),
    );
    const found = measureAdaptiveMoments(image, { x: -image.x0, y: -image.y0 }, { sigmaPixels: model.fwhmPixels / FWHM_PER_SIGMA });
    return found.status === 'ok' ? { x: found.x + image.x0, y: found.y + image.y0 } : { x: 0, y: 0 };
  });
  for (const star of stars) {
    const u = Math.max(0, Math.min(CENTERS - 1.000_001, (star.x * (CENTERS - 1)) / (width - 1)));
    const v = Math.max(0, Math.min(CENTERS - 1.000_001, (star.y * (CENTERS - 1)) / (height - 1)));
    const at = Math.floor(v) * CENTERS + Math.floor(u);
    const [s, t] = [u % 1, v % 1];
    const blend = (axis: 'x' | 'y'): number =>
      (1 - t) * ((1 - s) * centers[at][axis] + s * centers[at + 1][axis]) +
      t * ((1 - s) * centers[at + CENTERS][axis] + s * centers[at + CENTERS + 1][axis]);
    star.x += blend('x');
    star.y += blend('y');
  }
}

function reject(stars: readonly PsfStar[]): void {
  const chi2 = Float64Array.from(stars.filter((star) => star.used && !star.reserved).map((star) => star.chi2));
  const limit = CHI2_LIMIT * Math.max(1, medianInPlace(chi2));
  for (const star of stars) if (!(star.chi2 <= limit)) star.used = false;
}

function judge(model: PixelBasisModel, star: PsfStar, space: StarSpace, half: number): PsfStarResult {
  const { candidate, x, y, flux, chi2, used, reserved } = star;
  const nothing = { sizeResidual: Number.NaN, e1: Number.NaN, e2: Number.NaN, e1Residual: Number.NaN, e2Residual: Number.NaN };
  const result = { candidate, x, y, flux, chi2, used, reserved };
  if (!used) return { ...result, ...nothing };
  renderStarInto(model, star, half, space);
  const side = 2 * half + 1;
  const expected = Float32Array.from(space.image);
  const found = star.pixels.map((value, at) => (star.valid[at] ? value : star.flux * expected[at]));
  const shapeOf = (data: Float32Array): ReturnType<typeof measureAdaptiveMoments> =>
    measureAdaptiveMoments(
      { data, width: side, height: side, stride: side },
      { x: x - star.i0 + half, y: y - star.j0 + half },
      { sigmaPixels: model.fwhmPixels / FWHM_PER_SIGMA, tolerance: 1e-7 },
    );
  const a = shapeOf(found);
  const b = shapeOf(expected);
  if (a.status !== 'ok' || b.status !== 'ok') return { ...result, ...nothing };
  const [size, modelSize] = [a.xx + a.yy, b.xx + b.yy];
  const e1 = (a.xx - a.yy) / size;
  const e2 = (2 * a.xy) / size;
  return {
    ...result,
    sizeResidual: (size - modelSize) / size,
    e1,
    e2,
    e1Residual: e1 - (b.xx - b.yy) / modelSize,
    e2Residual: e2 - (2 * b.xy) / modelSize,
  };
}
