/** Residuals of stars: ellipticity of the star, its residual (star - model), and that of the size relative to it. */
export interface RhoSample {
  readonly x: number;
  readonly y: number;
  readonly e1: number;
  readonly e2: number;
  readonly e1Residual: number;
  readonly e2Residual: number;
  readonly sizeResidual: number;
}

/** Correlations of PSF residuals by separation; entry k holds pairs between edges k and k + 1. */
export interface RhoStatistics {
  /** [pixel] */
  readonly edges: Float64Array;
  readonly pairs: Float64Array;
  /** rho 1 to 5, NaN where there are no pairs. */
  readonly rho: readonly [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
}

/** Pairs beyond this are not worth their time: larger samples are thinned evenly. */
const MOST_STARS = 3000;

/**
 * The five rho statistics: real parts of the correlations <a* b> of the residual r = de, the ellipticity e and e dT / T.
 *
 * rho1 = <r r>, rho2 = <e r>, rho3 = <eT eT>, rho4 = <r eT>, rho5 = <e eT>.
 *
 * @param edges - Rising separations [pixel]. @param samples - Those with NaN are left out.
 * @see Rowe 2010, MNRAS 404, 350; Jarvis et al. 2016, MNRAS 460, 2245, section 3.4
 */
export function computeRhoStatistics(samples: readonly RhoSample[], edges: Float64Array): RhoStatistics {
  const sound = samples.filter((s) => Number.isFinite(s.e1 + s.e2 + s.e1Residual + s.e2Residual + s.sizeResidual));
  const keep = Math.max(1, Math.ceil(sound.length / MOST_STARS));
  const stars = sound.filter((_, i) => i % keep === 0);
  const bins = Math.max(0, edges.length - 1);
  const pairs = new Float64Array(bins);
  const make = (): Float64Array => new Float64Array(bins);
  const rho = [make(), make(), make(), make(), make()] as const;
  for (let i = 0; i < stars.length; i++)
    for (let j = i + 1; j < stars.length; j++) {
      const [a, b] = [stars[i], stars[j]];
      const bin = binOf(Math.hypot(a.x - b.x, a.y - b.y), edges);
      if (bin < 0) continue;
      pairs[bin]++;
      const dot = (p1: number, p2: number, q1: number, q2: number): number => p1 * q1 + p2 * q2;
      const [at1, at2] = [a.e1 * a.sizeResidual, a.e2 * a.sizeResidual];
      const [bt1, bt2] = [b.e1 * b.sizeResidual, b.e2 * b.sizeResidual];
      rho[0][bin] += dot(a.e1Residual, a.e2Residual, b.e1Residual, b.e2Residual);
      rho[1][bin] += (dot(a.e1, a.e2, b.e1Residual, b.e2Residual) + dot(b.e1, b.e2, a.e1Residual, a.e2Residual)) / 2;
      rho[2][bin] += dot(at1, at2, bt1, bt2);
      rho[3][bin] += (dot(a.e1Residual, a.e2Residual, bt1, bt2) + dot(b.e1Residual, b.e2Residual, at1, at2)) / 2;
      rho[4][bin] += (dot(a.e1, a.e2, bt1, bt2) + dot(b.e1, b.e2, at1, at2)) / 2;
    }
  for (const values of rho) for (let k = 0; k < bins; k++) values[k] /= pairs[k];
  return { edges, pairs, rho };
}

function binOf(distance: number, edges: Float64Array): number {
  if (!(distance >= edges[0]) || distance >= edges[edges.length - 1]) return -1;
  let k = 0;
  while (distance >= edges[k + 1]) k++;
  return k;
}
