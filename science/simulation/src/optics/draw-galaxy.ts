import type { Image } from '@almagest/image';
import { addGaussianInPlace } from './draw-gaussian.ts';
import type { PsfComponents } from './psf-model.ts';
import { sersicMixture } from './sersic-mixture.ts';

/** A galaxy as it lies on the pixels, before the atmosphere. */
export interface GalaxyOnPixels {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  readonly index: number;
  /** Second moments [pixel^2] of an ellipse whose semi-axes are those of half light. */
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** Components narrower than this fraction of the PSF's core variance are drawn as one. */
const MERGE = 0.08;

/** Adds a Sersic galaxy, blurred by the PSF. @returns The flux that fell on the image. */
export function addGalaxyInPlace(image: Image, psf: PsfComponents, galaxy: GalaxyOnPixels): number {
  const { weights, variances } = merged(galaxy, psf.xx[0] + psf.yy[0]);
  let drawn = 0;
  for (const [j, weight] of weights.entries()) {
    if (weight < 1e-5) continue;
    for (const [k, psfWeight] of psf.weights.entries()) {
      drawn += addGaussianInPlace(image, {
        x: galaxy.x,
        y: galaxy.y,
        flux: galaxy.flux * weight * psfWeight,
        xx: psf.xx[k] + variances[j] * galaxy.xx,
        yy: psf.yy[k] + variances[j] * galaxy.yy,
        xy: psf.xy[k] + variances[j] * galaxy.xy,
      });
    }
  }
  return drawn;
}

/** The mixture with its unresolved components drawn together: their sum is a Gaussian to the accuracy of the merge. */
function merged({ index, xx, yy }: GalaxyOnPixels, coreVariance: number): { weights: readonly number[]; variances: readonly number[] } {
  const mixture = sersicMixture(index);
  const weights: number[] = [0];
  const variances: number[] = [0];
  for (const [j, weight] of mixture.weights.entries()) {
    const variance = mixture.variances[j];
    if (variance * (xx + yy) < MERGE * coreVariance) {
      variances[0] = (weights[0] * variances[0] + weight * variance) / Math.max(weights[0] + weight, 1e-30);
      weights[0] += weight;
    } else {
      weights.push(weight);
      variances.push(variance);
    }
  }
  return { weights, variances };
}
