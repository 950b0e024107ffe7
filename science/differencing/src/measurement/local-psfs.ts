import type { Psf } from '@almagest/image';
import type { DenseKernel } from '@almagest/kernels';
import { filterAt } from '../decorrelation/decorrelate.ts';
import { kernelImageAt } from '../kernel/spatial-kernel.ts';
import { correlateStamp, cropStamp, filterStamp, stampAt } from '../psf/matched-psf.ts';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import type { Subtraction } from '../subtraction/subtract-images.ts';

/** The PSFs at one place, as fits use them. */
export interface LocalPsfs {
  /**
   * Of the matched images, and of the difference, for a source of flux 1 in the science image at the middle; where the science
   * image was convolved they are off the middle as the template lies off it.
   */
  readonly matched: StampPsf;
  readonly difference: StampPsf;
  /** Sum of squares of the matched PSF seen through the matching kernel (of sum 1), per sum of its own squares. */
  readonly convolvedNoise: number;
}

/** Side of the cells within which PSFs, and within which the noise under the matching kernel, are taken as constant [pixel]. */
const CELL = 256;
const NOISE_CELL = 1024;

/** PSFs by place, each made once. @param half - Pixels to each side that fits read. */
export function createLocalPsfs(subtraction: Subtraction, psf: Psf, half: number): (x: number, y: number) => LocalPsfs {
  const size = subtraction.difference;
  const matchedAt = (at: Place): StampPsf => {
    const own = stampAt(psf, at);
    return subtraction.convolved === 'template' ? own : correlateStamp(own, scaledKernel(subtraction, at));
  };
  const noiseAt = byCell(size, NOISE_CELL, (at) => {
    const matched = matchedAt(at);
    return sumOfSquares(filterStamp(matched, unitKernel(subtraction, at))) / sumOfSquares(matched);
  });
  return byCell(size, CELL, (at): LocalPsfs => {
    const matched = matchedAt(at);
    const { decorrelation } = subtraction;
    const difference = decorrelation ? filterStamp(matched, filterAt(decorrelation, at)) : matched;
    return { matched: cropStamp(matched, half), difference: cropStamp(difference, half), convolvedNoise: noiseAt(at.x, at.y) };
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The kernel that the science image was convolved with, in units of the science image. */
function scaledKernel(subtraction: Subtraction, at: Place): DenseKernel {
  const kernel = unitKernel(subtraction, at);
  return { ...kernel, values: kernel.values.map((v) => v * subtraction.fluxRatio) };
}

/** A function of place that is worked out once for each cell of an image, at its centre. */
function byCell<T>(
  { width, height }: { readonly width: number; readonly height: number },
  cell: number,
  make: (at: Place) => T,
): (x: number, y: number) => T {
  const made = new Map<number, T>();
  const columns = Math.ceil(width / cell);
  const middleOf = (n: number, size: number): number => (n * cell + Math.min(size, (n + 1) * cell) - 1) / 2;
  return (x, y) => {
    const [c, r] = [Math.floor(clamp(x, width) / cell), Math.floor(clamp(y, height) / cell)];
    const known = made.get(r * columns + c);
    if (known !== undefined) return known;
    const fresh = make({ x: middleOf(c, width), y: middleOf(r, height) });
    made.set(r * columns + c, fresh);
    return fresh;
  };
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

function unitKernel({ kernel }: Subtraction, at: Place): DenseKernel {
  const side = 2 * kernel.basis.half + 1;
  return { width: side, height: side, values: Float32Array.from(kernelImageAt(kernel, at)) };
}

function sumOfSquares({ values }: StampPsf): number {
  return values.reduce((s, v) => s + v * v, 0);
}
