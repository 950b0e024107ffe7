import { KernelArgumentError } from '../errors.ts';
import { isResident, type KernelFrame, type Plane, type PlaneAddress, withFrame } from '../memory/frame.ts';
import { stripPlane } from '../memory/strips.ts';
import { callScratch, kernelThreads, runKernel, splitRows } from '../threads/threads.ts';

/** What counts as lying outside the image: the nearest pixel of it, or zero. */
export type EdgeRule = 'nearest' | 'zero';

/** A kernel of odd sides, row-major; its middle element multiplies the pixel itself. */
export interface DenseKernel {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/**
 * A kernel that varies over the image: in the block of pixels (bx, by) it is the sum over n of
 * `coefficients[(by * blocksX + bx) * basis.length + n] * basis[n]`, blocksX = ceil(width / block).
 */
export interface BlockKernel {
  readonly basis: readonly DenseKernel[];
  readonly coefficients: Float32Array;
  /** Side of a block [pixel]; default 32. */
  readonly block?: number;
}

/**
 * Correlates an image with kernelX along rows and kernelY along columns: out(x, y) = sum kx[i] ky[j] in(x + i - hx, y + j - hy).
 *
 * This is convolution with the mirrored kernels, as image filters have it. NaN spreads over the kernel's footprint.
 *
 * @param input - Not modified. @param output - Same shape; must not overlap the input.
 * @param kernelX - Odd length. @param kernelY - Odd length.
 * @throws {KernelArgumentError} if a kernel's length is even or the shapes differ.
 * @remarks Bit-identical with {@link convolveSeparableReference}, and whatever the number of threads (convolve.diff.test.ts).
 */
export function convolveSeparable(
  input: Plane,
  kernels: { readonly x: Float32Array; readonly y: Float32Array; readonly edge?: EdgeRule },
  output: Plane,
): void {
  checkShapes(input, output);
  checkOdd(kernels.x.length, kernels.y.length);
  const { width, height } = input;
  if (width === 0 || height === 0) return;
  const nx = kernels.x.length;
  const ny = kernels.y.length;
  const pitch = pitchOf(width);
  const scratchBytes = 4 * (((nx + 15) & ~15) + pitch * (ny + 2));
  const zero = kernels.edge === 'zero' ? 1 : 0;
  withFrame((frame) => {
    const scratch = callScratch(frame, scratchBytes);
    const kx = frame.input(kernels.x);
    const ky = frame.input(kernels.y);
    forStrips(frame, { input, output, halo: ny >> 1, unit: Math.max(32, 8 * ny) }, ({ source, target, y0, y1 }) => {
      const bands = splitRows(y1 - y0, { minimum: Math.max(32, 16 * ny) });
      const calls = bands.map(([start, stop]) => {
        // prettier-ignore
        return [source.address, source.stride, width, height, target.address, target.stride, kx, nx, ky, ny, zero,
          y0 + start, y0 + stop, scratch(), pitch];
      });
      runKernel('convolveSeparable', calls);
    });
  });
}

interface Strip {
  readonly source: PlaneAddress;
  readonly target: PlaneAddress;
  readonly y0: number;
  readonly y1: number;
}

/** Runs a filter strip by strip; each output row needs the source rows up to `halo` away. Strips begin at multiples of `unit`. */
function forStrips(
  frame: KernelFrame,
  { input, output, halo, unit }: { readonly input: Plane; readonly output: Plane; readonly halo: number; readonly unit: number },
  body: (strip: Strip) => void,
): void {
  const { height } = input;
  const resident = isResident(input.data) && isResident(output.data);
  const rows = resident ? height : Math.min(height, Math.ceil((256 * kernelThreads()) / unit) * unit);
  const source = stripPlane(frame, input, rows + 2 * halo);
  const target = stripPlane(frame, output, rows);
  for (let y0 = 0; y0 < height; y0 += rows) {
    const y1 = Math.min(height, y0 + rows);
    body({ source: source.load(Math.max(0, y0 - halo), Math.min(height, y1 + halo)), target: target.prepare(y0, y1), y0, y1 });
    target.store(y0, y1);
  }
}

/**
 * Correlates an image with one dense kernel; see {@link convolveSeparable} for the conventions.
 *
 * @remarks Bit-identical with {@link convolveVaryingReference} of one basis kernel.
 */
export function convolveDense(input: Plane, kernel: DenseKernel, output: Plane, options: { readonly edge?: EdgeRule } = {}): void {
  const block = 32;
  const count = Math.ceil(input.width / block) * Math.ceil(input.height / block);
  convolveVarying(input, { basis: [kernel], coefficients: new Float32Array(count).fill(1), block }, output, options);
}

export interface VaryingOptions {
  readonly edge?: EdgeRule;
  /** Square the combined kernel's values, as variances need it. */
  readonly square?: boolean;
}

/**
 * Correlates an image with a kernel that is constant within square blocks and a linear combination of basis kernels in each.
 *
 * With coefficients evaluated at the block centres this approximates a smoothly varying kernel; for polynomials of second
 * order over 4096 pixels and blocks of 32 the largest change inside a block is 0.4 % of the kernel's variation over the image.
 *
 * @throws {KernelArgumentError} if sides are even, the basis kernels differ in shape, or coefficients are missing.
 * @remarks Bit-identical with {@link convolveVaryingReference} (convolve.diff.test.ts).
 */
export function convolveVarying(input: Plane, kernel: BlockKernel, output: Plane, options: VaryingOptions = {}): void {
  checkShapes(input, output);
  const { block, kw, kh, blocksX } = checkBlockKernel(input, kernel);
  const { width, height } = input;
  if (width === 0 || height === 0) return;
  const taps = kw * kh;
  const nBasis = kernel.basis.length;
  const flat = new Float32Array(taps * nBasis);
  kernel.basis.forEach((each, n) => flat.set(each.values.subarray(0, taps), n * taps));
  const tile = (block + kh - 1) * ((block + kw + 15) & ~3);
  const scratchBytes = 4 * (((taps + 15) & ~15) + tile + 64) + 512;
  withFrame((frame) => {
    const scratch = callScratch(frame, scratchBytes);
    const basis = frame.input(flat);
    const coefficients = frame.input(kernel.coefficients);
    const zero = options.edge === 'zero' ? 1 : 0;
    forStrips(frame, { input, output, halo: kh >> 1, unit: block }, ({ source, target, y0, y1 }) => {
      const calls = splitRows(y1 - y0, { minimum: block, unit: block }).map(([start, stop]) => {
        // prettier-ignore
        return [source.address, source.stride, width, height, target.address, target.stride, basis, nBasis, kw, kh,
          coefficients + 4 * nBasis * blocksX * ((y0 + start) / block), zero, y0 + start, y0 + stop, block, scratch(), options.square ? 1 : 0];
      });
      runKernel('convolveBlocks', calls);
    });
  });
}

/** Checks a block kernel against an image and returns its dimensions. */
export function checkBlockKernel(
  input: Plane,
  kernel: BlockKernel,
): { readonly block: number; readonly kw: number; readonly kh: number; readonly blocksX: number } {
  const block = kernel.block ?? 32;
  const first = kernel.basis[0];
  if (first === undefined) throw new KernelArgumentError('a varying kernel needs at least one basis kernel; found none');
  checkOdd(first.width, first.height);
  for (const each of kernel.basis)
    if (each.width !== first.width || each.height !== first.height || each.values.length < each.width * each.height)
      throw new KernelArgumentError(`basis kernels must all be ${first.width} x ${first.height}; found ${each.width} x ${each.height}`);
  if (!Number.isInteger(block) || block < 1) throw new KernelArgumentError(`block must be a whole number from 1; found ${block}`);
  const blocksX = Math.ceil(input.width / block);
  const needed = blocksX * Math.ceil(input.height / block) * kernel.basis.length;
  if (kernel.coefficients.length < needed)
    throw new KernelArgumentError(`the blocks need ${needed} coefficients; found ${kernel.coefficients.length}`);
  return { block, kw: first.width, kh: first.height, blocksX };
}

function checkShapes(input: Plane, output: Plane): void {
  if (input.width !== output.width || input.height !== output.height)
    throw new KernelArgumentError(
      `output must be ${input.width} x ${input.height} pixels like the input; found ${output.width} x ${output.height}`,
    );
}

function checkOdd(...lengths: number[]): void {
  for (const length of lengths) if (length % 2 !== 1) throw new KernelArgumentError(`kernel sides must be odd; found ${length}`);
}

/** Floats from row to row of scratch: never a multiple of 1024, for such rows share cache sets and cost 2.8 times the time. */
function pitchOf(width: number): number {
  const pitch = (width + 15) & ~15;
  return pitch % 1024 === 0 ? pitch + 16 : pitch;
}
