import { createImage, type Image } from '@almagest/image';
import { addGaussianInPlace } from './draw-gaussian.ts';

/**
 * Light of a star through the atmosphere: a core, a halo and wings, whose widths are relative to the whole profile's FWHM.
 *
 * The four Gaussians follow a Kolmogorov profile in the core and a Moffat profile with beta near 3 in the wings.
 */
const PROFILE: readonly { readonly weight: number; readonly sigma: number }[] = [
  { weight: 0.56, sigma: 0.38 },
  { weight: 0.33, sigma: 0.56 },
  { weight: 0.09, sigma: 1.05 },
  { weight: 0.02, sigma: 2.4 },
];

/** The effective PSF at one place: Gaussians whose weights add up to 1. Pixels are included: moments are those of pixel values. */
export interface PsfComponents {
  readonly weights: readonly number[];
  readonly xx: readonly number[];
  readonly yy: readonly number[];
  readonly xy: readonly number[];
}

/** How the PSF of one exposure varies over the focal plane. Field coordinates u, v are in units of 60 mm from the axis. */
export interface PsfField {
  /** FWHM on the axis [pixel], atmosphere and optics together. */
  readonly fwhmPixels: number;
  /** FWHM grows by this fraction at u^2 + v^2 = 1 (field curvature), and by these along u and v (tilt). */
  readonly curvature: number;
  readonly tilt: readonly [number, number];
  /** Ellipticity (|e| = (a - b)/(a + b)) as constants, slopes in u and v. */
  readonly e1: readonly [number, number, number];
  readonly e2: readonly [number, number, number];
}

/** FWHM of the sum of the profile's Gaussians when "1" is nominal; found once. */
const PROFILE_FWHM: number = measureFwhm();

function measureFwhm(): number {
  const at = (r: number): number =>
    PROFILE.reduce((sum, { weight, sigma }) => sum + (weight / (sigma * sigma)) * Math.exp((-r * r) / (2 * sigma * sigma)), 0);
  let low = 0;
  let high = 4;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (at(middle) > at(0) / 2) low = middle;
    else high = middle;
  }
  return 2 * low;
}

/** Variance of a pixel's own square about its centre [pixel^2]. */
const PIXEL_VARIANCE = 1 / 12;

/** The PSF at field coordinates (u, v). */
export function psfAt(field: PsfField, u: number, v: number): PsfComponents {
  const fwhm = field.fwhmPixels * (1 + field.curvature * (u * u + v * v) + field.tilt[0] * u + field.tilt[1] * v);
  const e1 = field.e1[0] + field.e1[1] * u + field.e1[2] * v;
  const e2 = field.e2[0] + field.e2[1] * u + field.e2[2] * v;
  const scale = fwhm / PROFILE_FWHM;
  const parts = PROFILE.map(({ sigma }) => {
    const variance = (sigma * scale) ** 2;
    // Distortion of a round profile with reduced shear (e1, e2), at constant area to second order.
    return {
      xx: variance * ((1 + e1) * (1 + e1) + e2 * e2) + PIXEL_VARIANCE,
      yy: variance * ((1 - e1) * (1 - e1) + e2 * e2) + PIXEL_VARIANCE,
      xy: variance * 2 * e2,
    };
  });
  return { weights: PROFILE.map((p) => p.weight), xx: parts.map((p) => p.xx), yy: parts.map((p) => p.yy), xy: parts.map((p) => p.xy) };
}

/** Adds a point source. @returns The flux that fell on the image. */
export function addStarInPlace(
  image: Image,
  psf: PsfComponents,
  star: { readonly x: number; readonly y: number; readonly flux: number },
): number {
  let drawn = 0;
  for (const [k, weight] of psf.weights.entries()) {
    drawn += addGaussianInPlace(image, { x: star.x, y: star.y, flux: weight * star.flux, xx: psf.xx[k], yy: psf.yy[k], xy: psf.xy[k] });
  }
  return drawn;
}

/** Picture of a star of flux 1 in the middle of an odd-sided image. */
export function drawPsf(psf: PsfComponents, halfWidth: number): Image {
  const side = 2 * halfWidth + 1;
  const image = createImage(side, side, { x0: -halfWidth, y0: -halfWidth });
  addStarInPlace(image, psf, { x: 0, y: 0, flux: 1 });
  return image;
}

/** Peak of a star of flux 1. */
export function peakOfPsf(psf: PsfComponents): number {
  return psf.weights.reduce((sum, w, k) => sum + w / (2 * Math.PI * Math.sqrt(psf.xx[k] * psf.yy[k] - psf.xy[k] ** 2)), 0);
}

/** Effective area 1 / sum(p^2) [pixel]: the noise-equivalent number of pixels. */
export function effectiveAreaOfPsf(psf: PsfComponents): number {
  let sum = 0;
  for (const [j, a] of psf.weights.entries()) {
    for (const [k, b] of psf.weights.entries()) {
      const xx = psf.xx[j] + psf.xx[k];
      const yy = psf.yy[j] + psf.yy[k];
      const xy = psf.xy[j] + psf.xy[k];
      sum += (a * b) / (2 * Math.PI * Math.sqrt(xx * yy - xy * xy));
    }
  }
  return 1 / sum;
}
