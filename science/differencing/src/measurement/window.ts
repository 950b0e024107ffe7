import type { Plane } from '@almagest/kernels';

/** Pixels about a place, with weights 1 / variance; 0 where there is no data. */
export interface FitWindow {
  readonly centerX: number;
  readonly centerY: number;
  readonly half: number;
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** Pixels with weight. */
  readonly pixels: number;
  /** How the variance depends on the source that is fitted; absent where the weights hold whatever it is. */
  readonly photons?: PhotonNoise;
}

/** Variance of the pixels of a window as a function of the source in it: base + (own - shared) * light of the source. */
export interface PhotonNoise {
  /** Without the source's own light, or with it as the images have it. */
  readonly base: Float64Array;
  /** Least that a variance may be: that of sky. */
  readonly least: number;
  /** Variance per light of the source. */
  readonly perLight: number;
}

/** Weights for a source of this profile and flux: they follow the model, for those that follow the pixels make fluxes too small. */
export function reweighInPlace({ weights, photons }: FitWindow, profile: Float64Array, flux: number): void {
  if (!photons) return;
  const { base, least, perLight } = photons;
  for (let k = 0; k < weights.length; k++)
    if (weights[k] > 0) weights[k] = 1 / Math.max(least, base[k] + perLight * Math.abs(flux) * Math.max(0, profile[k]));
}

/** Cuts a square of 2 half + 1 pixels; what lies outside the image has no weight. */
export function cutWindow(
  image: Plane,
  weightAt: (index: number, value: number) => number,
  at: { readonly x: number; readonly y: number; readonly half: number },
): FitWindow {
  const { half } = at;
  const [centerX, centerY] = [Math.round(at.x), Math.round(at.y)];
  const side = 2 * half + 1;
  const values = new Float64Array(side * side);
  const weights = new Float64Array(side * side);
  let pixels = 0;
  for (let j = Math.max(0, half - centerY); j < Math.min(side, image.height - centerY + half); j++)
    for (let i = Math.max(0, half - centerX); i < Math.min(side, image.width - centerX + half); i++) {
      const k = (centerY - half + j) * image.stride + centerX - half + i;
      const value = image.data[k];
      const weight = weightAt(k, value);
      if (!Number.isFinite(value) || !(weight > 0) || !Number.isFinite(weight)) continue;
      values[j * side + i] = value;
      weights[j * side + i] = weight;
      pixels++;
    }
  return { centerX, centerY, half, values, weights, pixels };
}
