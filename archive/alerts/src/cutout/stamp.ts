import type { Exposure, Image } from '@almagest/image';
import { DEGREE } from '@almagest/sphere';
import type { SkyWcs } from '@almagest/wcs';
import { type StampCard, type StampPlane, writeStampFile } from './stamp-file.ts';

export interface StampOptions {
  /** Side of the square [pixel]. */
  readonly sidePixels: number;
  /** Add variance, mask and the image of the PSF as extensions. */
  readonly planes?: boolean;
  /** Further cards, such as the unit of the pixels. */
  readonly cards?: readonly StampCard[];
}

/**
 * Cuts a square about a position out of an exposure as a FITS file with a WCS of its own.
 *
 * The stamp always has the full size: pixels beyond the exposure are NaN.
 * Its WCS is a tangent plane about the stamp's middle, fitted to the exposure's WCS there.
 *
 * @param center - Right ascension and declination [deg].
 * @returns undefined where the exposure has no WCS or does not reach the position.
 */
export function cutStamp(
  exposure: Exposure,
  center: { readonly ra: number; readonly dec: number },
  options: StampOptions,
): Uint8Array | undefined {
  const { wcs, maskedImage } = exposure;
  const at = wcs?.skyToPixel(center.ra * DEGREE, center.dec * DEGREE);
  if (!wcs || !at || !Number.isFinite(at.x) || !Number.isFinite(at.y)) return undefined;
  const side = options.sidePixels;
  const x0 = Math.round(at.x - (side - 1) / 2);
  const y0 = Math.round(at.y - (side - 1) / 2);
  const { image } = maskedImage;
  if (Math.round(at.x) < image.x0 || Math.round(at.x) >= image.x0 + image.width) return undefined;
  if (Math.round(at.y) < image.y0 || Math.round(at.y) >= image.y0 + image.height) return undefined;
  const place = tangentCards(wcs, x0 + (side - 1) / 2, y0 + (side - 1) / 2, side);
  const size = { width: side, height: side };
  const planes: StampPlane[] = [{ ...size, data: padded(image, x0, y0, side, Number.NaN), cards: [...place, ...(options.cards ?? [])] }];
  if (options.planes) {
    planes.push({ ...size, name: 'VARIANCE', data: padded(maskedImage.variance, x0, y0, side, Number.NaN), cards: place });
    const { mask } = maskedImage;
    const bits = Object.entries(mask.planes).map(([name, bit]): StampCard => [`MP_${name}`, bit]);
    planes.push({ ...size, name: 'MASK', data: paddedMask(mask, x0, y0, side), cards: [...place, ...bits] });
    if (exposure.psf) planes.push(psfPlane(exposure.psf.computeKernelImage(at.x, at.y)));
  }
  return writeStampFile(planes);
}

function psfPlane(kernel: Image): StampPlane {
  return {
    name: 'PSF',
    width: kernel.width,
    height: kernel.height,
    data: padded(kernel, kernel.x0, kernel.y0, kernel.width, 0),
    cards: [],
  };
}

function padded(image: Image, x0: number, y0: number, side: number, fill: number): Float32Array {
  const out = new Float32Array(side * side);
  copyInto(image, x0, y0, side, fill, out);
  return out;
}

function paddedMask(image: Image<Int32Array>, x0: number, y0: number, side: number): Int32Array {
  const out = new Int32Array(side * side);
  copyInto(image, x0, y0, side, 0, out);
  return out;
}

function copyInto(
  image: Image<Float32Array | Int32Array>,
  x0: number,
  y0: number,
  side: number,
  fill: number,
  out: Float32Array | Int32Array,
): void {
  if (fill !== 0) out.fill(fill);
  const left = Math.max(0, image.x0 - x0);
  const right = Math.min(side, image.x0 + image.width - x0);
  for (let j = 0; j < side; j += 1) {
    const row = y0 + j - image.y0;
    if (row < 0 || row >= image.height || right <= left) continue;
    const from = row * image.stride + x0 + left - image.x0;
    out.set(image.data.subarray(from, from + right - left), j * side + left);
  }
}

/** Half of the step over which the WCS is differenced [pixel]. */
const STEP = 0.5;

/** A tangent plane that touches the sky at pixel (x, y), the middle of a stamp of this side. */
function tangentCards(wcs: SkyWcs, x: number, y: number, side: number): StampCard[] {
  const middle = wcs.pixelToSky(x, y);
  const offset = (dx: number, dy: number): readonly [number, number] => gnomonic(middle, wcs.pixelToSky(x + dx, y + dy));
  const [right, left, up, down] = [offset(STEP, 0), offset(-STEP, 0), offset(0, STEP), offset(0, -STEP)];
  const cd = (plus: readonly [number, number], minus: readonly [number, number], k: 0 | 1): number =>
    (plus[k] - minus[k]) / (2 * STEP) / DEGREE;
  return [
    ['RADESYS', 'ICRS'],
    ['CTYPE1', 'RA---TAN'],
    ['CTYPE2', 'DEC--TAN'],
    ['CUNIT1', 'deg'],
    ['CUNIT2', 'deg'],
    ['CRPIX1', (side + 1) / 2],
    ['CRPIX2', (side + 1) / 2],
    ['CRVAL1', middle.ra / DEGREE],
    ['CRVAL2', middle.dec / DEGREE],
    ['CD1_1', cd(right, left, 0)],
    ['CD1_2', cd(up, down, 0)],
    ['CD2_1', cd(right, left, 1)],
    ['CD2_2', cd(up, down, 1)],
  ];
}

/** Tangent-plane coordinates [rad], east and north. */
function gnomonic(
  center: { readonly ra: number; readonly dec: number },
  point: { readonly ra: number; readonly dec: number },
): readonly [number, number] {
  const dRa = point.ra - center.ra;
  const [sin, cos] = [Math.sin(point.dec), Math.cos(point.dec)];
  const [sin0, cos0] = [Math.sin(center.dec), Math.cos(center.dec)];
  const depth = sin0 * sin + cos0 * cos * Math.cos(dRa);
  // North as a sum of small terms, because the plain difference would cancel.
  const north = Math.sin(point.dec - center.dec) + 2 * sin0 * cos * Math.sin(dRa / 2) ** 2;
  return [(cos * Math.sin(dRa)) / depth, north / depth];
}
