import { type Magnitudes, magnitudesFrom } from './bands.ts';

/**
 * Magnitudes of a main-sequence star of given r magnitude and g - i colour.
 *
 * The other colours follow the stellar locus, here piecewise linear in g - i.
 *
 * @see Covey et al. (2007), AJ 134, 2398, Table 3, for the locus that this follows within 0.05 mag.
 */
export function starMagnitudes(r: number, gMinusI: number): Magnitudes {
  const locus = (knots: readonly (readonly [number, number])[]): number => interpolate(knots, gMinusI);
  const rMinusI = locus([
    [-0.2, -0.11],
    [0.5, 0.1],
    [1.0, 0.24],
    [1.6, 0.43],
    [2.0, 0.68],
    [2.6, 1.2],
    [3.2, 1.75],
  ]);
  const iMinusZ = locus([
    [-0.2, -0.1],
    [0.5, 0.02],
    [1.0, 0.1],
    [1.6, 0.24],
    [2.0, 0.37],
    [2.6, 0.64],
    [3.2, 0.94],
  ]);
  const uMinusG = locus([
    [-0.2, 0.9],
    [0.5, 1.05],
    [1.0, 1.62],
    [1.6, 2.35],
    [2.0, 2.6],
    [2.6, 2.6],
    [3.2, 2.6],
  ]);
  const g = r + gMinusI - rMinusI;
  const i = r - rMinusI;
  const z = i - iMinusZ;
  const mags = { u: g + uMinusG, g, r, i, z, y: z - 0.5 * iMinusZ };
  return magnitudesFrom((band) => mags[band]);
}

/** Piecewise linear through knots in rising order; the end values beyond. */
export function interpolate(knots: readonly (readonly [number, number])[], x: number): number {
  let k = 1;
  while (k < knots.length - 1 && x > knots[k][0]) k++;
  const [x0, y0] = knots[k - 1];
  const [x1, y1] = knots[k];
  const t = Math.min(1, Math.max(0, (x - x0) / (x1 - x0)));
  return y0 + t * (y1 - y0);
}
