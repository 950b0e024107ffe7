import {
  computeAdaptiveShape,
  copyPixelsInto,
  createImage,
  createKernelImage,
  type Image,
  normalizeInPlace,
  type PixelBox,
  type Psf,
  sumInCircle,
} from '@almagest/image';
import { NoInputsError } from '../errors.ts';

/** One input's PSF on the coadd's pixels, its weight, and where it has pixels. */
export interface PsfInput {
  readonly psf: Psf;
  readonly weight: number;
  /** Box, or a test of a position, where the input has data; default everywhere. */
  readonly covers?: ((x: number, y: number) => boolean) | PixelBox | undefined;
}

/**
 * The PSF of a weighted mean: the weighted mean of the inputs' PSFs at the same place, of those inputs that have data there.
 *
 * Where no input has data, that of all inputs is given.
 *
 * @throws {NoInputsError} if there is no input.
 */
export function coaddPsf(inputs: readonly PsfInput[]): Psf {
  if (inputs.length === 0) throw new NoInputsError('a coadd PSF needs at least one input; found none');
  const total = inputs.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (part: 'x' | 'y'): number => inputs.reduce((sum, { psf, weight }) => sum + weight * psf.averagePosition[part], 0) / total;
  const at = (x: number, y: number): readonly PsfInput[] => {
    const here = inputs.filter(({ covers }) => isCovered(covers, x, y));
    return here.length > 0 ? here : inputs;
  };
  const kernelImage = (x: number, y: number): Image => sumImages(at(x, y).map(({ psf, weight }) => [psf.computeKernelImage(x, y), weight]));
  return {
    averagePosition: { x: mean('x'), y: mean('y') },
    computeKernelImage: kernelImage,
    computeImage: (x, y) => sumImages(at(x, y).map(({ psf, weight }) => [psf.computeImage(x, y), weight])),
    computeShape: (x, y) => computeAdaptiveShape(kernelImage(x, y), { x: 0, y: 0 }),
    computeApertureFlux: (radius, x, y) => sumInCircle(kernelImage(x, y), { x: 0, y: 0 }, radius).sum,
  };
}

function isCovered(covers: PsfInput['covers'], x: number, y: number): boolean {
  if (covers === undefined) return true;
  if (typeof covers === 'function') return covers(x, y);
  return x >= covers.x0 - 0.5 && y >= covers.y0 - 0.5 && x < covers.x0 + covers.width - 0.5 && y < covers.y0 + covers.height - 0.5;
}

/** Weighted sum of images of any boxes, over a box that holds them all, normalized to 1. */
function sumImages(parts: readonly (readonly [Image, number])[]): Image {
  const x0 = Math.min(...parts.map(([image]) => image.x0));
  const y0 = Math.min(...parts.map(([image]) => image.y0));
  const x1 = Math.max(...parts.map(([image]) => image.x0 + image.width));
  const y1 = Math.max(...parts.map(([image]) => image.y0 + image.height));
  const side = Math.max(x1 - x0, y1 - y0);
  const out: Image = x0 === -(x1 - 1) && y0 === -(y1 - 1) ? createKernelImage((side - 1) / 2) : createImage(x1 - x0, y1 - y0, { x0, y0 });
  const layer = createImage(out.width, out.height, out);
  for (const [image, weight] of parts) {
    layer.data.fill(0);
    copyPixelsInto(layer, image);
    for (let k = 0; k < out.data.length; k++) out.data[k] += weight * layer.data[k];
  }
  normalizeInPlace(out);
  return out;
}
