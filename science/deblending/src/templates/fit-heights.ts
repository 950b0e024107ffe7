import type { Blend } from '../blend/deblend.ts';
import type { Template } from './make-templates.ts';

const ROUNDS = 60;
const SETTLED = 1e-4;

/** Sum of templates times heights on the pixels of a blend, in their order. */
export function createWeights(blend: Blend, templates: readonly Template[], heights: Float64Array): Float64Array {
  const model = new Float64Array(blend.pixels.length);
  const { place } = blend;
  templates.forEach((template, k) => eachPixel(blend, template, (p, value) => (model[place[p] - 1] += heights[k] * value)));
  return model;
}

/**
 * Heights of the templates, none negative, that come nearest to the pixels by least squares.
 *
 * Multiplicative rounds (Daube-Witherspoon and Muehllehner 1986, IEEE TMI 5, 61): each height is scaled by what the pixels hold
 * over what the model holds under its template. They never leave the positive numbers and need no matrix.
 */
export function fitHeights(blend: Blend, templates: readonly Template[]): Float64Array {
  const { image, place } = blend;
  const heights = new Float64Array(templates.length);
  const wanted = new Float64Array(templates.length);
  const lists = templates.map((template, k) => {
    const index: number[] = [];
    const values: number[] = [];
    let squares = 0;
    eachPixel(blend, template, (p, value) => {
      const pixel = image.data[p];
      if (Number.isFinite(pixel)) wanted[k] += value * pixel;
      squares += value * value;
      index.push(place[p] - 1);
      values.push(value);
    });
    heights[k] = Math.max(0, wanted[k] / squares) || 0;
    return { index: Int32Array.from(index), values: Float64Array.from(values) };
  });
  const model = new Float64Array(blend.pixels.length);
  for (let round = 0; round < ROUNDS; round++) {
    model.fill(0);
    lists.forEach(({ index, values }, k) => {
      for (let n = 0; n < index.length; n++) model[index[n]] += heights[k] * values[n];
    });
    let change = 0;
    lists.forEach(({ index, values }, k) => {
      let under = 0;
      for (let n = 0; n < index.length; n++) under += values[n] * model[index[n]];
      const scale = under > 0 ? Math.max(0, wanted[k]) / under : 0;
      change = Math.max(change, Math.abs(scale - 1));
      heights[k] *= scale;
    });
    if (change < SETTLED) break;
  }
  return heights;
}

/** Calls back for every pixel of the blend where the template is positive. */
export function eachPixel(
  { image, place }: Blend,
  { x0, y0, side, values }: Template,
  use: (p: number, value: number, k: number) => void,
): void {
  for (let j = Math.max(0, -y0); j < Math.min(side, image.height - y0); j++)
    for (let i = Math.max(0, -x0); i < Math.min(side, image.width - x0); i++) {
      const k = j * side + i;
      const p = (y0 + j) * image.stride + x0 + i;
      if (values[k] > 0 && place[p] > 0) use(p, values[k], k);
    }
}
