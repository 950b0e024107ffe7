import type { VaryingFilter } from '../decorrelation/decorrelate.ts';
import { nodeWeights } from '../decorrelation/decorrelate.ts';
import type { PreparedImage } from './prepare-image.ts';

/** Variance of a pixel of the difference: of sky, and per light that is in one of the images alone. */
export interface PixelNoise {
  readonly sky: number;
  readonly perKept: number;
  readonly perConvolved: number;
}

/** The same at the nine nodes of an image, quadratic between them. */
export interface VaryingNoise extends Pick<VaryingFilter, 'width' | 'height'> {
  readonly nodes: readonly PixelNoise[];
}

/** What the noise becomes under this kernel. */
export function noiseUnder(
  kernel: Float64Array,
  { from, to, decorrelate }: { readonly from: PreparedImage; readonly to: PreparedImage; readonly decorrelate: boolean },
): PixelNoise {
  const squares = kernel.reduce((s, v) => s + v * v, 0);
  const sum = kernel.reduce((s, v) => s + v, 0);
  const [skyTo, skyFrom] = [to.skyVariance, from.skyVariance];
  // The filter is c / sqrt(s1^2 + |K|^2 s2^2) with value 1 at frequency 0, so c^2 = s1^2 + K(0)^2 s2^2 is the white variance.
  const white = decorrelate ? (skyTo + sum * sum * skyFrom) / (skyTo + squares * skyFrom) : 1;
  return {
    sky: white * (skyTo + squares * skyFrom),
    perKept: to.gain > 0 ? white / to.gain : 0,
    perConvolved: from.gain > 0 && sum > 0 ? (white * squares) / (from.gain * sum) : 0,
  };
}

/** The noise at a place. */
export function noiseAt({ nodes, width, height }: VaryingNoise, at: { readonly x: number; readonly y: number }): PixelNoise {
  const weights = nodeWeights({ width, height }, at);
  const mean = (of: (noise: PixelNoise) => number): number => nodes.reduce((sum, noise, n) => sum + weights[n] * of(noise), 0);
  return { sky: mean(({ sky }) => sky), perKept: mean(({ perKept }) => perKept), perConvolved: mean((noise) => noise.perConvolved) };
}

/** The same noise where pixels are multiplied by a number. */
export function scaleNoise(noise: VaryingNoise, factor: number): VaryingNoise {
  const unit = Math.abs(factor);
  const nodes = noise.nodes.map(({ sky, perKept, perConvolved }) => ({
    sky: unit * unit * sky,
    perKept: unit * perKept,
    perConvolved: unit * perConvolved,
  }));
  return { ...noise, nodes };
}
