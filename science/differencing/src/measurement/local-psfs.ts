import type { Psf } from '@almagest/image';
import type { DenseKernel } from '@almagest/kernels';
import { filterAt } from '../decorrelation/decorrelate.ts';
import { kernelImageAt } from '../kernel/spatial-kernel.ts';
import { cropStamp, filterStamp, stampAt } from '../psf/matched-psf.ts';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import type { Subtraction } from '../subtraction/subtract-images.ts';

/** The PSFs at one place, as fits use them. */
export interface LocalPsfs {
  /** Of the matched images, and of the difference. */
  readonly matched: StampPsf;
  readonly difference: StampPsf;
  /** Sum of squares of the matched PSF seen through the matching kernel (of sum 1), per sum of its own squares. */
  readonly convolvedNoise: number;
}

/** Side of the cells within which PSFs are taken as constant [pixel]. */
const CELL = 256;

/** PSFs by place, each made once. @param half - Pixels to each side that fits read. */
export function createLocalPsfs(subtraction: Subtraction, psf: Psf, half: number): (x: number, y: number) => LocalPsfs {
  const made = new Map<number, LocalPsfs>();
  const { width, height } = subtraction.difference;
  const columns = Math.ceil(width / CELL);
  return (x, y) => {
    const [c, r] = [Math.floor(clamp(x, width) / CELL), Math.floor(clamp(y, height) / CELL)];
    const known = made.get(r * columns + c);
    if (known) return known;
    const at = { x: Math.min(width - 1, (c + 0.5) * CELL), y: Math.min(height - 1, (r + 0.5) * CELL) };
    const matched = stampAt(psf, at);
    const through = filterStamp(matched, unitKernel(subtraction, at));
    const { decorrelation } = subtraction;
    const difference = decorrelation ? filterStamp(matched, filterAt(decorrelation, at)) : matched;
    const fresh = {
      matched: cropStamp(matched, half),
      difference: cropStamp(difference, half),
      convolvedNoise: sumOfSquares(through) / sumOfSquares(matched),
    };
    made.set(r * columns + c, fresh);
    return fresh;
  };
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

function unitKernel({ kernel }: Subtraction, at: { readonly x: number; readonly y: number }): DenseKernel {
  const side = 2 * kernel.basis.half + 1;
  return { width: side, height: side, values: Float32Array.from(kernelImageAt(kernel, at)) };
}

function sumOfSquares({ values }: StampPsf): number {
  return values.reduce((s, v) => s + v * v, 0);
}
