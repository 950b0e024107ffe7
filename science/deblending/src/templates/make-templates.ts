import type { Blend, DeblendOptions } from '../blend/deblend.ts';
import { createWeights, fitHeights } from './fit-heights.ts';

/** What a source may look like, at any height; zero outside the blend. */
export interface Template {
  readonly x0: number;
  readonly y0: number;
  readonly side: number;
  readonly values: Float32Array;
  readonly point: boolean;
}

/** Error of PSF and place, as a part of the PSF, when a peak is compared with it. */
const PSF_ERROR = 0.03;
/** Rounds in which places and heights of point sources are brought together. */
const PLACE_ROUNDS = 4;

/** A template for each peak: the PSF where the pixels about it allow a point source, else its point-symmetric part. */
export function makeTemplates(blend: Blend, options: DeblendOptions): Template[] {
  const places = blend.peaks.map((_, k) => ({ x: blend.x[k], y: blend.y[k] }));
  let points = places.map((place, k) => pointTemplate(blend, k, place, options));
  let heights = fitHeights(blend, points);
  let model = createWeights(blend, points, heights);
  for (let round = 0; round < PLACE_ROUNDS; round++) {
    points.forEach((template, k) => movePlace(blend, template, { height: heights[k], model }, places[k]));
    points = places.map((place, k) => pointTemplate(blend, k, place, options));
    heights = fitHeights(blend, points);
    model = createWeights(blend, points, heights);
  }
  return blend.peaks.map((_, k) =>
    isPoint(blend, points[k], { height: heights[k], model }, options) ? points[k] : symmetricTemplate(blend, k),
  );
}

function emptyTemplate(blend: Blend, k: number, point: boolean): Template {
  const reach = blend.reach[k];
  const side = 2 * reach + 1;
  return { x0: Math.round(blend.x[k]) - reach, y0: Math.round(blend.y[k]) - reach, side, values: new Float32Array(side * side), point };
}

/** The PSF at the peak, on the blend's pixels. */
function pointTemplate(blend: Blend, k: number, place: { readonly x: number; readonly y: number }, { psf }: DeblendOptions): Template {
  const template = emptyTemplate(blend, k, true);
  const { image, place: members } = blend;
  const star = psf.computeImage(place.x, place.y);
  for (let j = 0; j < star.height; j++)
    for (let i = 0; i < star.width; i++) {
      const [x, y] = [star.x0 + i, star.y0 + j];
      const [u, v] = [x - template.x0, y - template.y0];
      if (x < 0 || y < 0 || x >= image.width || y >= image.height || u < 0 || v < 0 || u >= template.side || v >= template.side) continue;
      if (members[y * image.stride + x] > 0) template.values[v * template.side + u] = Math.max(0, star.data[j * star.stride + i]);
    }
  return template;
}

/** Peaks of a blend lean towards each other: a step of least squares on what the others leave moves a place to its own. */
function movePlace(blend: Blend, { x0, y0, side, values }: Template, { height, model }: PointFit, place: { x: number; y: number }): void {
  let [bx, by, axx, ayy] = [0, 0, 0, 0];
  const { image, place: members } = blend;
  for (let j = 1; j < side - 1; j++)
    for (let i = 1; i < side - 1; i++) {
      const k = j * side + i;
      const p = (y0 + j) * image.stride + x0 + i;
      if (values[k] <= 0 || members[p] === 0) continue;
      const residual = image.data[p] - model[members[p] - 1];
      const dx = (height * (values[k - 1] - values[k + 1])) / 2;
      const dy = (height * (values[k - side] - values[k + side])) / 2;
      bx += dx * residual;
      by += dy * residual;
      axx += dx * dx;
      ayy += dy * dy;
    }
  if (!(axx > 0) || !(ayy > 0)) return;
  place.x += Math.max(-0.3, Math.min(0.3, bx / axx));
  place.y += Math.max(-0.3, Math.min(0.3, by / ayy));
}

/** The lesser of each pixel and its mirror image about the peak: what a neighbour adds on one side is not there on the other. */
function symmetricTemplate(blend: Blend, k: number): Template {
  const template = emptyTemplate(blend, k, false);
  const { image, place: members } = blend;
  const { x0, y0, side, values } = template;
  const [mx, my] = [Math.round(2 * blend.x[k]), Math.round(2 * blend.y[k])];
  const valueAt = (x: number, y: number): number => {
    if (x < 0 || y < 0 || x >= image.width || y >= image.height || members[y * image.stride + x] === 0) return 0;
    const value = image.data[y * image.stride + x];
    return value > 0 ? value : 0;
  };
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      const own = valueAt(x0 + i, y0 + j);
      if (own > 0) values[j * side + i] = Math.min(own, valueAt(mx - x0 - i, my - y0 - j));
    }
  return template;
}

interface PointFit {
  readonly height: number;
  /** All point sources together, in the order of the blend's pixels. */
  readonly model: Float64Array;
}

/** Whether the pixels within one width of the peak are those of the point sources fitted to the blend. */
function isPoint(blend: Blend, template: Template, fit: PointFit, options: DeblendOptions): boolean {
  const { height, model } = fit;
  const { fwhmPixels, skyVariance, gain = 0, pointChi2 = 1.5 } = options;
  const { image, place: members } = blend;
  const [cx, cy] = [template.x0 + (template.side - 1) / 2, template.y0 + (template.side - 1) / 2];
  const reach = Math.ceil(fwhmPixels);
  let [chi2, count] = [0, 0];
  for (let y = Math.max(0, cy - reach); y <= Math.min(image.height - 1, cy + reach); y++)
    for (let x = Math.max(0, cx - reach); x <= Math.min(image.width - 1, cx + reach); x++) {
      const p = y * image.stride + x;
      if (members[p] === 0 || Math.hypot(x - cx, y - cy) > fwhmPixels) continue;
      const expected = model[members[p] - 1];
      const own = height * template.values[(y - template.y0) * template.side + x - template.x0];
      const variance = skyVariance + (gain > 0 ? Math.max(0, expected) / gain : 0) + (PSF_ERROR * Math.max(own, expected)) ** 2;
      chi2 += (image.data[p] - expected) ** 2 / variance;
      count++;
    }
  return count > 0 && chi2 / count < pointChi2;
}
