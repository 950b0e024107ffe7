import type { Plane } from '@almagest/kernels';
import { sumInCirclesInto } from '../aperture/circle-sums.ts';

/** Petrosian's radius and the flux inside a multiple of it. */
export interface PetrosianFlux {
  /** Where the mean brightness in a ring has fallen to `ratio` of that inside [pixel]; NaN where it does not inside the image. */
  readonly radius: number;
  readonly flux: number;
  /** Area of the aperture inside the image [pixel^2]. */
  readonly area: number;
  /** Radius that holds half of the flux [pixel]. */
  readonly halfLightRadius: number;
}

/**
 * Petrosian flux in circular apertures: rings from 0.8 to 1.25 times the radius, exact pixel areas.
 *
 * @param image - Background-subtracted, without NaN. @param options.maxRadius - Where to give up [pixel].
 * @see Petrosian 1976, ApJ 209, L1; Blanton et al. 2001, AJ 121, 2358, for 0.2 and twice the radius
 */
export function measurePetrosianFlux(
  image: Plane,
  center: { readonly x: number; readonly y: number },
  options: { readonly ratio?: number; readonly factor?: number; readonly minRadius?: number; readonly maxRadius: number },
): PetrosianFlux {
  const { ratio = 0.2, factor = 2, minRadius = 2, maxRadius } = options;
  const excess = (radius: number): number => ratioAt(image, center, radius) - ratio;
  let low = minRadius;
  let high = low;
  while (high * 1.25 < maxRadius && excess(high) > 0) {
    low = high;
    high *= 1.2;
  }
  const none = { radius: Number.NaN, flux: Number.NaN, area: 0, halfLightRadius: Number.NaN };
  if (!(excess(high) <= 0)) return none;
  for (let round = 0; round < 30 && high - low > 1e-3; round++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) low = middle;
    else high = middle;
  }
  const radius = (low + high) / 2;
  const outer = Math.min(maxRadius, factor * radius);
  const [flux, area] = sumAt(image, center, outer);
  let [a, b] = [0, outer];
  for (let round = 0; round < 30 && b - a > 1e-3; round++) {
    const middle = (a + b) / 2;
    if (sumAt(image, center, middle)[0] < flux / 2) a = middle;
    else b = middle;
  }
  return { radius, flux, area, halfLightRadius: (a + b) / 2 };
}

function ratioAt(image: Plane, center: { readonly x: number; readonly y: number }, radius: number): number {
  const [inner, innerArea] = sumAt(image, center, 0.8 * radius);
  const [outer, outerArea] = sumAt(image, center, 1.25 * radius);
  const [whole, area] = sumAt(image, center, radius);
  return (outer - inner) / (outerArea - innerArea) / (whole / area);
}

function sumAt(image: Plane, center: { readonly x: number; readonly y: number }, radius: number): [number, number] {
  const sums = new Float64Array(1);
  const areas = new Float64Array(1);
  sumInCirclesInto(image, center, [radius], sums, areas);
  return [sums[0], areas[0]];
}
