import type { Image } from '../pixels/image.ts';
import type { Shape } from './psf.ts';

const UNKNOWN: Shape = { xx: Number.NaN, yy: Number.NaN, xy: Number.NaN };

/**
 * Adaptive second moments [pixel^2]: the elliptical Gaussian whose weighted moments are half its own.
 *
 * For a Gaussian profile they equal its covariance (plus that of the pixel, about 1/12).
 * Bernstein and Jarvis 2002, AJ 123, 583, section 3.1.2; fixed-point iteration M' = (W^-1-weighted moments) as in
 * Hirata and Seljak 2003, MNRAS 343, 459, appendix C.
 *
 * @param center - In parent coordinates; moments are about this point.
 * @returns NaN where the iteration leaves the image or does not settle in 100 rounds.
 */
export function computeAdaptiveShape(image: Image, center: { readonly x: number; readonly y: number }): Shape {
  let shape: Shape = { xx: 4, yy: 4, xy: 0 };
  for (let round = 0; round < 100; round++) {
    const measured = weightedMoments(image, center, shape);
    if (measured === undefined) return UNKNOWN;
    const inverse = invert(measured);
    const old = invert(shape);
    // The product of weight W and Gaussian profile M is a Gaussian of inverse covariance M^-1 + W^-1.
    const next = invert({ xx: inverse.xx - old.xx, yy: inverse.yy - old.yy, xy: inverse.xy - old.xy });
    const sound = next.xx > 0 && next.yy > 0 && next.xx * next.yy > next.xy * next.xy && next.xx + next.yy < image.width * image.height;
    const proposal = sound ? next : { xx: 2 * measured.xx, yy: 2 * measured.yy, xy: 2 * measured.xy };
    const change = Math.abs(proposal.xx - shape.xx) + Math.abs(proposal.yy - shape.yy) + Math.abs(proposal.xy - shape.xy);
    shape = proposal;
    if (change < 1e-7 * (shape.xx + shape.yy)) return shape;
  }
  return UNKNOWN;
}

function weightedMoments(image: Image, center: { readonly x: number; readonly y: number }, shape: Shape): Shape | undefined {
  const { xx, yy, xy } = invert(shape);
  let sum = 0;
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  for (let j = 0; j < image.height; j++) {
    const dy = image.y0 + j - center.y;
    for (let i = 0; i < image.width; i++) {
      const dx = image.x0 + i - center.x;
      const exponent = xx * dx * dx + 2 * xy * dx * dy + yy * dy * dy;
      if (exponent > 50) continue;
      const w = Math.exp(-0.5 * exponent) * image.data[j * image.stride + i];
      sum += w;
      sxx += w * dx * dx;
      syy += w * dy * dy;
      sxy += w * dx * dy;
    }
  }
  const result = { xx: sxx / sum, yy: syy / sum, xy: sxy / sum };
  return sum > 0 && result.xx > 0 && result.yy > 0 && result.xx * result.yy > result.xy ** 2 ? result : undefined;
}

function invert(m: Shape): Shape {
  const determinant = m.xx * m.yy - m.xy * m.xy;
  return { xx: m.yy / determinant, yy: m.xx / determinant, xy: -m.xy / determinant };
}
