import { createMask, type Exposure, exposureOf, imageOf, maskedImageOf } from '@almagest/image';
import type { Random } from '@almagest/numerics';

const SKY = 900;

/** An exposure with photon noise about expected light. */
export function exposureOfLight(light: Float64Array, side: number, random: Random): Exposure {
  const data = new Float32Array(side * side);
  random.fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) {
    const expected = SKY + light[k];
    data[k] = expected + data[k] * Math.sqrt(expected);
  }
  return exposureOf(maskedImageOf(imageOf(data, side, side), createMask(side, side), imageOf(data.slice(), side, side)));
}

/** Adds stars of a Gaussian width, each drawn out along x by `trail` pixels. */
export function addStars(
  light: Float64Array,
  side: number,
  count: number,
  random: Random,
  { sigma = 1.6, trail = 0, faintest = 500 }: { readonly sigma?: number; readonly trail?: number; readonly faintest?: number } = {},
): void {
  const reach = Math.ceil(4 * sigma);
  const steps = Math.max(1, Math.ceil(trail));
  for (let n = 0; n < count; n++) {
    const [cx, cy] = [random.uniform(0, side), random.uniform(0, side)];
    const flux = faintest * random.uniform() ** -0.8;
    for (let s = 0; s < steps; s++) {
      const x = cx + ((s + 0.5) / steps - 0.5) * trail;
      for (let j = Math.max(0, Math.round(cy) - reach); j <= Math.min(side - 1, Math.round(cy) + reach); j++)
        for (let i = Math.max(0, Math.round(x) - reach); i <= Math.min(side - 1, Math.round(x) + reach); i++)
          light[j * side + i] +=
            (flux / steps / (2 * Math.PI * sigma * sigma)) * Math.exp(-((i - x) ** 2 + (j - cy) ** 2) / (2 * sigma * sigma));
    }
  }
}
