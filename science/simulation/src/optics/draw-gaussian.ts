import type { Image } from '@almagest/image';

/** An elliptical Gaussian: flux [unit of the image times pixel], centre and second moments [pixel^2]. */
export interface GaussianBlob {
  readonly flux: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** Light below this many units a pixel is not drawn. */
const FAINTEST = 2e-3;

/**
 * Adds an elliptical Gaussian to an image, sampled at pixel centres.
 *
 * Along a row the exponent is a parabola, so that two multiplications a pixel replace an exponential.
 *
 * @returns The flux that fell on the image.
 */
export function addGaussianInPlace(image: Image, blob: GaussianBlob): number {
  const det = blob.xx * blob.yy - blob.xy * blob.xy;
  const peak = blob.flux / (2 * Math.PI * Math.sqrt(det));
  const depth = Math.max(8, Math.log(Math.abs(peak) / FAINTEST));
  if (!(Math.abs(peak) > 0) || !Number.isFinite(depth)) return 0;
  // Inverse of the moments.
  const A = blob.yy / det;
  const B = -blob.xy / det;
  const C = blob.xx / det;
  const reachY = Math.sqrt(2 * depth * blob.yy);
  const y0 = Math.max(0, Math.ceil(blob.y - image.y0 - reachY));
  const y1 = Math.min(image.height - 1, Math.floor(blob.y - image.y0 + reachY));
  const q = Math.exp(-A);
  let drawn = 0;
  for (let row = y0; row <= y1; row++) {
    const dy = row + image.y0 - blob.y;
    const width2 = (2 * depth - (dy * dy * (A * C - B * B)) / A) / A;
    if (width2 < 0) continue;
    const center = blob.x - image.x0 - (B * dy) / A;
    const half = Math.sqrt(width2);
    const x0 = Math.max(0, Math.ceil(center - half));
    const x1 = Math.min(image.width - 1, Math.floor(center + half));
    if (x1 < x0) continue;
    const dx = x0 + image.x0 - blob.x;
    let value = peak * Math.exp(-0.5 * (A * dx * dx + 2 * B * dx * dy + C * dy * dy));
    let ratio = Math.exp(-0.5 * (A * (2 * dx + 1) + 2 * B * dy));
    const base = row * image.stride;
    for (let x = x0; x <= x1; x++) {
      image.data[base + x] += value;
      drawn += value;
      value *= ratio;
      ratio *= q;
    }
  }
  return drawn;
}
