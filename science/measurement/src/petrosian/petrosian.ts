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
  const none = { radius: Number.NaN, flux: Number.NaN, area: 0, halfLightRadius: Number.NaN };
  const excess = (radius: number): number => ratiosAt(image, center, [radius])[0] - ratio;
  // A ladder of radii, measured in one pass, tells between which two the ratio falls; there the radius is found as a root.
  const ladder: number[] = [minRadius];
  for (let radius = minRadius * STEP; radius * 1.25 < maxRadius * STEP; radius *= STEP) ladder.push(Math.min(radius, maxRadius / 1.25));
  const ratios = ratiosAt(image, center, ladder);
  const first = ratios.findIndex((value) => !(value > ratio));
  if (first < 0 || Number.isNaN(ratios[first])) return none;
  const radius =
    first === 0
      ? minRadius
      : findRoot(excess, { low: ladder[first - 1], high: ladder[first], atLow: ratios[first - 1] - ratio, atHigh: ratios[first] - ratio });
  const outer = Math.min(maxRadius, factor * radius);
  const parts = Array.from({ length: PARTS }, (_, k) => (outer * (k + 1)) / PARTS);
  const { sums, areas } = sumsAt(image, center, parts);
  const [flux, area] = [sums[PARTS - 1], areas[PARTS - 1]];
  const half = sums.findIndex((sum) => sum >= flux / 2);
  const [inner, atLow] = half <= 0 ? [0, -flux / 2] : [parts[half - 1], sums[half - 1] - flux / 2];
  const growth = (r: number): number => sumsAt(image, center, [r]).sums[0] - flux / 2;
  const halfLightRadius = half < 0 ? Number.NaN : findRoot(growth, { low: inner, high: parts[half], atLow, atHigh: sums[half] - flux / 2 });
  return { radius, flux, area, halfLightRadius };
}

/** From one radius of the ladder to the next. */
const STEP = 1.2;
/** Circles that the half-light radius is looked for between. */
const PARTS = 8;
/** Radii are found within this [pixel]. */
const TOLERANCE = 1e-3;

interface Bracket {
  low: number;
  high: number;
  atLow: number;
  atHigh: number;
}

/** A root by the Illinois rule: secants that keep the bracket, with the stale end's value halved. */
function findRoot(f: (radius: number) => number, bracket: Bracket): number {
  let { low, high, atLow, atHigh } = bracket;
  let side = 0;
  for (let round = 0; round < 30 && high - low > TOLERANCE; round++) {
    const at = atHigh === atLow ? (low + high) / 2 : (low * atHigh - high * atLow) / (atHigh - atLow);
    const value = f(at);
    // Near enough a root that the bracket's other end need not follow.
    if (value === 0 || Math.min(at - low, high - at) < TOLERANCE / 4) return at;
    if (value > 0 === atLow > 0) {
      [low, atLow] = [at, value];
      if (side === -1) atHigh /= 2;
      side = -1;
    } else {
      [high, atHigh] = [at, value];
      if (side === 1) atLow /= 2;
      side = 1;
    }
  }
  return (low + high) / 2;
}

/** Mean brightness in the ring from 0.8 to 1.25 radii over that inside the radius. */
function ratiosAt(image: Plane, center: { readonly x: number; readonly y: number }, radii: readonly number[]): number[] {
  const { sums, areas } = sumsAt(image, center, [...radii.map((r) => 0.8 * r), ...radii, ...radii.map((r) => 1.25 * r)]);
  const n = radii.length;
  return radii.map((_, k) => (sums[2 * n + k] - sums[k]) / (areas[2 * n + k] - areas[k]) / (sums[n + k] / areas[n + k]));
}

function sumsAt(
  image: Plane,
  center: { readonly x: number; readonly y: number },
  radii: readonly number[],
): { sums: Float64Array; areas: Float64Array } {
  const sums = new Float64Array(radii.length);
  const areas = new Float64Array(radii.length);
  sumInCirclesInto(image, center, radii, sums, areas);
  return { sums, areas };
}
