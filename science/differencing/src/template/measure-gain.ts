import { knownPlaneBits, type MaskedImage } from '@almagest/image';
import { medianInPlace } from '@almagest/numerics';
import { measureSkyNoise } from '../subtraction/sky-noise.ts';

/** Pixels that are looked at, in all. */
const SAMPLES = 4e5;
/** Light counts from this many sigma of the sky on, so that what lacks inputs is no source; fewer pixels than these say nothing. */
const LEAST_SIGMA = 15;
const LEAST_PIXELS = 50;
const UNUSABLE: readonly string[] = ['NO_DATA', 'SAT', 'BAD', 'CR', 'INTRP', 'SUSPECT', 'CLIPPED', 'INEXACT_PSF'];

/**
 * Electrons per unit of an image, from how its variance plane grows with the light of its sources.
 *
 * A coadd has no one gain of its own; its variance plane knows how many photons each pixel stands for. Without it the noise of
 * bright stars of the template is missing from a difference, and each of them is a detection.
 *
 * @returns 0 where nothing tells: too few bright pixels, or a variance that does not follow the light.
 */
export function measureGain({ image, variance, mask }: MaskedImage): number {
  const bad = knownPlaneBits(mask.planes, UNUSABLE);
  const step = Math.max(1, Math.floor(Math.sqrt((image.width * image.height) / SAMPLES)));
  const all: { light: number; noise: number }[] = [];
  for (let y = 0; y < image.height; y += step)
    for (let x = 0; x < image.width; x += step) {
      const light = image.data[y * image.stride + x];
      const noise = variance.data[y * variance.stride + x];
      if ((mask.data[y * mask.stride + x] & bad) === 0 && light - light === 0 && noise > 0) all.push({ light, noise });
    }
  if (all.length < LEAST_PIXELS) return 0;
  const sky = medianInPlace(Float64Array.from(all, ({ noise }) => noise));
  const bright = all.filter(({ light }) => light > LEAST_SIGMA * Math.sqrt(sky));
  if (bright.length < LEAST_PIXELS) return 0;
  const perLight = medianInPlace(Float64Array.from(bright, ({ light, noise }) => (noise - sky) / light));
  if (!(perLight > 0)) return 0;
  // The noise of resampled pixels is not that of the plane, and the photons' part differs from it as that of the sky does.
  const found = measureSkyNoise(image, 'lower') ** 2;
  return (found > 0 ? sky / found : 1) / perLight;
}
