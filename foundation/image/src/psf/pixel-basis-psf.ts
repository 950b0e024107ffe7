import { type Image, imageOf, type PixelBox } from '../pixels/image.ts';
import { sumInCircle } from './aperture.ts';
import type { Psf } from './psf.ts';
import { computeAdaptiveShape } from './shape.ts';
import { createShiftSpace, SHIFT_REACH, shiftInto, type ShiftSpace } from './shift-weights.ts';

/** A PSF of free pixels, each a polynomial of the position in the image. */
export interface PixelBasisModel {
  /** Samples to each side of the middle one. */
  readonly halfWidth: number;
  /** Image pixels from sample to sample: 1 / a whole number, so that stars have about seven samples a width. */
  readonly sampling: number;
  /** Total order of the polynomials. */
  readonly order: number;
  /** Positions run from -1 to 1 over this box. */
  readonly box: PixelBox;
  /** Value of each sample by term u^i v^j (order of {@link computeModelTerms}), row, column. */
  readonly coefficients: Float64Array;
  readonly averagePosition: { readonly x: number; readonly y: number };
  readonly fwhmPixels: number;
}

/** Terms u^i v^j of polynomials of this total order. */
export function modelTermCount(order: number): number {
  return ((order + 1) * (order + 2)) / 2;
}

/** u^i v^j for j from 0, i from 0 to order - j; u and v are the position within the box, held to it. */
export function computeModelTermsInto(model: Pick<PixelBasisModel, 'order' | 'box'>, x: number, y: number, terms: Float64Array): void {
  const { order, box } = model;
  const u = Math.max(-1, Math.min(1, (2 * (x - box.x0 + 0.5)) / box.width - 1));
  const v = Math.max(-1, Math.min(1, (2 * (y - box.y0 + 0.5)) / box.height - 1));
  let k = 0;
  let powerV = 1;
  for (let j = 0; j <= order; j++) {
    let power = powerV;
    for (let i = 0; i <= order - j; i++) {
      terms[k++] = power;
      power *= u;
    }
    powerV *= v;
  }
}

/** Sum of the samples by term; a star's pixels add up to its polynomial times the sampling squared. */
export function sumTerms({ coefficients, halfWidth, order }: PixelBasisModel): Float64Array {
  const count = (2 * halfWidth + 1) ** 2;
  return Float64Array.from({ length: modelTermCount(order) }, (_, k) => {
    let sum = 0;
    for (let n = k * count; n < (k + 1) * count; n++) sum += coefficients[n];
    return sum;
  });
}

/** Working space of one model; made anew when the model changes. */
export interface ModelSpace {
  readonly samples: Float64Array;
  readonly terms: Float64Array;
  readonly termSums: Float64Array;
  readonly shift: ShiftSpace;
  /** Where `samples` hold, and how far from the middle. */
  at: { readonly x: number; readonly y: number; readonly reach: number };
}

/** Room for evaluating a model. */
export function createModelSpace(model: PixelBasisModel): ModelSpace {
  return {
    samples: new Float64Array((2 * model.halfWidth + 1) ** 2),
    terms: new Float64Array(modelTermCount(model.order)),
    termSums: sumTerms(model),
    shift: createShiftSpace(),
    at: { x: Number.NaN, y: Number.NaN, reach: 0 },
  };
}

/**
 * The samples at a position, scaled so that a star's pixels add up to 1.
 *
 * @param reach - Samples to each side of the middle that are wanted; the others are left as they were.
 */
export function evaluateModelInto(model: PixelBasisModel, x: number, y: number, space: ModelSpace, reach: number): void {
  const { halfWidth, coefficients, sampling } = model;
  const side = 2 * halfWidth + 1;
  const count = side * side;
  const { terms, samples, termSums } = space;
  computeModelTermsInto(model, x, y, terms);
  let sum = 0;
  for (let k = 0; k < terms.length; k++) sum += terms[k] * termSums[k];
  const scale = 1 / (sum * sampling * sampling);
  const first = Math.max(0, halfWidth - reach);
  const last = Math.min(side - 1, halfWidth + reach);
  for (let j = first; j <= last; j++) {
    const from = j * side + first;
    const to = j * side + last;
    for (let n = from; n <= to; n++) samples[n] = scale * coefficients[n];
    for (let k = 1; k < terms.length; k++) {
      const t = scale * terms[k];
      const at = k * count;
      for (let n = from; n <= to; n++) samples[n] += t * coefficients[at + n];
    }
  }
}

/**
 * A star of flux 1 as image pixels.
 *
 * @param offset - From the middle pixel to the star [pixel]. @param half - Pixels to each side of the middle one.
 */
export function renderModelInto(
  model: PixelBasisModel,
  star: { readonly x: number; readonly y: number; readonly dx: number; readonly dy: number; readonly half: number },
  out: Float64Array,
  space: ModelSpace,
): void {
  const step = Math.round(1 / model.sampling);
  const { half } = star;
  // The profile changes so little over a pixel that it is taken at whole ones; so repeated calls about a source need it once.
  const [i, j, reach] = [Math.round(star.x), Math.round(star.y), (half + 1) * step + SHIFT_REACH + 1];
  if (space.at.x !== i || space.at.y !== j || space.at.reach < reach) {
    evaluateModelInto(model, i, j, space, reach);
    space.at = { x: i, y: j, reach };
  }
  shiftInto(
    {
      from: space.samples,
      side: 2 * model.halfWidth + 1,
      x0: model.halfWidth - (half + star.dx) * step,
      y0: model.halfWidth - (half + star.dy) * step,
      step,
      outSide: 2 * half + 1,
    },
    out,
    space.shift,
  );
}

/** Image pixels to each side that the samples cover. */
export function nativeHalfWidth({ halfWidth, sampling }: Pick<PixelBasisModel, 'halfWidth' | 'sampling'>): number {
  return Math.floor(halfWidth * sampling);
}

/**
 * The PSF that a model describes. Outside the model's box it is that of the nearest edge.
 *
 * @remarks An image costs about 30 microseconds for 33 x 33 pixels.
 */
export function pixelBasisPsf(model: PixelBasisModel): Psf {
  const space = createModelSpace(model);
  const native = nativeHalfWidth(model);
  const pixels = new Float64Array((2 * native + 1) ** 2);
  const render = (at: { readonly x: number; readonly y: number }, offset: { readonly dx: number; readonly dy: number }): Image => {
    // Plain memory: a shared buffer costs more to make than the image to draw.
    const image = imageOf(new Float32Array(pixels.length), 2 * native + 1, 2 * native + 1, { x0: -native, y0: -native });
    renderModelInto(model, { ...at, ...offset, half: native }, pixels, space);
    image.data.set(pixels);
    return image;
  };
  const kernel = (x: number, y: number): Image => render({ x, y }, { dx: 0, dy: 0 });
  return {
    description: { kind: 'pixel-basis', model },
    averagePosition: model.averagePosition,
    computeKernelImage: kernel,
    computeImage: (x, y) => {
      const [i, j] = [Math.round(x), Math.round(y)];
      return { ...render({ x, y }, { dx: x - i, dy: y - j }), x0: i - native, y0: j - native };
    },
    computeShape: (x, y) => computeAdaptiveShape(kernel(x, y), { x: 0, y: 0 }),
    computeApertureFlux: (radius, x, y) => sumInCircle(kernel(x, y), { x: 0, y: 0 }, radius).sum,
  };
}
