import type { Blend, DeblendedSource } from '../blend/deblend.ts';
import { createWeights, eachPixel, fitHeights } from './fit-heights.ts';
import type { Template } from './make-templates.ts';

/** Shares out the pixels of a blend; a pixel that no template covers goes to the nearest peak. */
export function apportion(blend: Blend, templates: readonly Template[]): DeblendedSource[] {
  const { image, pixels, place: members } = blend;
  const heights = fitHeights(blend, templates);
  const total = createWeights(blend, templates, heights);
  const orphans = strays(blend, templates, total);
  return templates.map((template, k) => {
    const { x0, y0, side } = template;
    const out = new Float32Array(side * side);
    eachPixel(blend, template, (p, value, place) => {
      const whole = total[members[p] - 1];
      if (whole > 0 && Number.isFinite(image.data[p])) out[place] = (image.data[p] * heights[k] * value) / whole;
    });
    for (const n of orphans[k]) {
      const [x, y] = [(pixels[n] % image.stride) - x0, Math.floor(pixels[n] / image.stride) - y0];
      const value = image.data[pixels[n]];
      if (x >= 0 && y >= 0 && x < side && y < side && Number.isFinite(value)) out[y * side + x] = value;
    }
    return {
      peak: blend.peaks[k],
      x0,
      y0,
      width: side,
      height: side,
      pixels: out,
      flux: out.reduce((sum, value) => sum + value, 0),
      point: template.point,
    };
  });
}

/** Pixels without any weight, by the nearest peak whose template's box holds them. */
function strays({ image, pixels, x, y }: Blend, templates: readonly Template[], total: Float64Array): number[][] {
  const lists = Array.from(x, (): number[] => []);
  total.forEach((weight, n) => {
    if (weight > 0) return;
    const [px, py] = [pixels[n] % image.stride, Math.floor(pixels[n] / image.stride)];
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    templates.forEach(({ x0, y0, side }, k) => {
      const distance = (px - x[k]) ** 2 + (py - y[k]) ** 2;
      if (distance < least && px >= x0 && py >= y0 && px < x0 + side && py < y0 + side) [best, least] = [k, distance];
    });
    if (best >= 0) lists[best].push(n);
  });
  return lists;
}
