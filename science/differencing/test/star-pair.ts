import type { Plane } from '@almagest/kernels';
import { createRandom, type Random } from '@almagest/numerics';

/** A point source on the pixels. */
export interface Star {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

/** An image to be made. Fluxes are in electrons times `scale`. */
export interface ImageRequest {
  readonly side: number;
  readonly fwhm: number;
  /** Noise of the sky [electron], and photon noise of the sources if true. */
  readonly noise: number;
  readonly photons?: boolean;
  readonly seed: number;
  readonly sky?: number;
  /** Width at u = +1 over that at u = 0, less 1; u runs from -1 to 1 along x. */
  readonly gradient?: number;
  readonly shift?: readonly [dx: number, dy: number];
  readonly scale?: number;
}

const BETA = 3.5;

/** Moffat profile of unit flux at a squared distance. */
export function moffatAt(r2: number, fwhm: number): number {
  const a2 = (fwhm / 2) ** 2 / (2 ** (1 / BETA) - 1);
  return (BETA - 1) / (Math.PI * a2) / (1 + r2 / a2) ** BETA;
}

export interface FluxRange {
  readonly faintest?: number;
  readonly brightest?: number;
}

/** Stars spread over a square, the brighter the rarer; none nearer to another than 12 pixels. */
export function scatterStars(side: number, count: number, seed: number, { faintest = 2500, brightest = 2e5 }: FluxRange = {}): Star[] {
  const random = createRandom(seed);
  const stars: Star[] = [];
  for (let tries = 0; stars.length < count && tries < 50 * count; tries++) {
    const star = {
      x: side * random.uniform(),
      y: side * random.uniform(),
      flux: Math.min(brightest, faintest / Math.max(1e-6, random.uniform())),
    };
    if (stars.every((other) => Math.hypot(other.x - star.x, other.y - star.y) > 12)) stars.push(star);
  }
  return stars;
}

/** Adds sources with Moffat profiles, sampled at pixel centres. */
export function addStars(image: Plane, stars: readonly Star[], { fwhm, gradient = 0, shift = [0, 0] }: Partial<ImageRequest>): void {
  for (const star of stars) {
    const [x, y] = [star.x + shift[0], star.y + shift[1]];
    const width = (fwhm ?? 3) * (1 + gradient * ((2 * x) / image.width - 1));
    const reach = star.flux > 2e4 ? 45 : 25;
    const [x0, x1] = [Math.max(0, Math.ceil(x - reach)), Math.min(image.width - 1, Math.floor(x + reach))];
    for (let j = Math.max(0, Math.ceil(y - reach)); j <= Math.min(image.height - 1, y + reach); j++)
      for (let i = x0; i <= x1; i++) image.data[j * image.stride + i] += star.flux * moffatAt((i - x) ** 2 + (j - y) ** 2, width);
  }
}

/** An image of stars with Gaussian noise of the sky's and the photons' variance. */
export function makeImage(stars: readonly Star[], request: ImageRequest): Plane {
  const { side, noise, photons = true, seed, sky = 0, scale = 1 } = request;
  const image: Plane = { data: new Float32Array(side * side), width: side, height: side, stride: side };
  addStars(image, stars, request);
  const random: Random = createRandom(seed);
  for (let k = 0; k < image.data.length; k++) {
    const light = image.data[k];
    image.data[k] = scale * (light + sky + Math.sqrt(noise * noise + (photons ? light : 0)) * random.normal());
  }
  return image;
}

/** Places on a grid with random fractions of a pixel, away from all stars. */
export function quietPlaces(side: number, stars: readonly Star[], seed: number, spacing = 32): { x: number; y: number }[] {
  const random = createRandom(seed);
  const places: { x: number; y: number }[] = [];
  for (let y = 30; y < side - 30; y += spacing)
    for (let x = 30; x < side - 30; x += spacing) {
      const at = { x: x + 4 * random.uniform(), y: y + 4 * random.uniform() };
      if (stars.every((star) => Math.hypot(star.x - at.x, star.y - at.y) > 14)) places.push(at);
    }
  return places;
}

export function mean(values: readonly number[]): number {
  return values.reduce((s, v) => s + v, 0) / values.length;
}

export function rms(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - middle) ** 2)));
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
