import { createRandom } from '@almagest/numerics';

/** A star of a simulated field. */
export interface TrueStar {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

export interface StarField {
  readonly image: { readonly data: Float32Array; readonly width: number; readonly height: number; readonly stride: number };
  readonly stars: readonly TrueStar[];
  readonly sigma: number;
}

/** Width and ellipticity of the PSF at a place: they vary over the field as optics do. */
export function trueShape(x: number, y: number, side: number, fwhm: number): { fwhm: number; e1: number; e2: number } {
  const [u, v] = [(2 * x) / side - 1, (2 * y) / side - 1];
  return { fwhm: fwhm * (1 + 0.02 * u - 0.015 * v + 0.02 * (u * u + v * v)), e1: 0.02 + 0.025 * u + 0.015 * u * v, e2: -0.01 + 0.02 * v };
}

/** Adds an elliptical Moffat profile (beta 3.5) of unit sum times flux. */
export function addMoffat(
  { data, width, height }: StarField['image'],
  star: TrueStar,
  shape: ReturnType<typeof trueShape>,
  half: number,
): void {
  const alpha2 = (shape.fwhm / 2) ** 2 / (2 ** (1 / 3.5) - 1);
  const n = alpha2 * Math.sqrt(1 - shape.e1 ** 2 - shape.e2 ** 2);
  const [a, b, c] = [(1 - shape.e1) / n, (-2 * shape.e2) / n, (1 + shape.e1) / n];
  const peak = (star.flux * 2.5) / (Math.PI * alpha2);
  const [i0, j0] = [Math.round(star.x), Math.round(star.y)];
  for (let j = Math.max(0, j0 - half); j <= Math.min(height - 1, j0 + half); j++)
    for (let i = Math.max(0, i0 - half); i <= Math.min(width - 1, i0 + half); i++) {
      const [dx, dy] = [i - star.x, j - star.y];
      data[j * width + i] += peak * (1 + a * dx * dx + b * dx * dy + c * dy * dy) ** -3.5;
    }
}

export interface StarFieldOptions {
  readonly side: number;
  readonly seed: number | string;
  /** Grid of one star a cell [pixel]; places within a cell are random. */
  readonly spacing: number;
  readonly fwhm: number;
  readonly sigma: number;
  /** Draws a flux from a number in [0, 1). */
  readonly fluxOf: (uniform: number) => number;
}

/** A field of isolated stars on white noise, already without sky. */
export function createStarField({ side, seed, spacing, fwhm, sigma, fluxOf }: StarFieldOptions): StarField {
  const random = createRandom(seed);
  const data = new Float32Array(side * side);
  random.fillNormal(data, 0, sigma);
  const image = { data, width: side, height: side, stride: side };
  const stars: TrueStar[] = [];
  for (let y = spacing / 2; y < side - spacing / 2; y += spacing)
    for (let x = spacing / 2; x < side - spacing / 2; x += spacing)
      stars.push({ x: x + random.uniform() * 4, y: y + random.uniform() * 4, flux: fluxOf(random.uniform()) });
  for (const star of stars) addMoffat(image, star, trueShape(star.x, star.y, side, fwhm), Math.min(40, Math.floor(spacing)));
  return { image, stars, sigma };
}
