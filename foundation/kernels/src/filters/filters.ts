import { KernelArgumentError } from '../errors.ts';
import { type KernelFrame, type Plane, withFrame } from '../memory/frame.ts';
import { callScratch, runKernel, splitRows } from '../threads/threads.ts';
import { medianNetwork } from './median-network.ts';

/** Side of the square that a median is taken over. */
export type MedianSize = 3 | 5 | 7;

/**
 * Laplacian of van Dokkum's cosmic-ray test: of the image with each pixel cut in four, negative values set to zero, averaged
 * back to the pixels, which is the mean over the corners of max(0, 2 p - horizontal neighbour - vertical neighbour).
 *
 * Beyond the edge the nearest pixel counts. NaN spreads to the neighbours. Divide by twice the noise for the significance.
 *
 * @remarks Identical to the bit with {@link laplacianReference} (filters.diff.test.ts).
 * @see van Dokkum 2001, PASP 113, 1420, equations 4 to 9.
 */
export function cosmicRayLaplacian(input: Plane, output: Plane): void {
  filterRows(input, output, (frame, source, target) => {
    const { width, height } = input;
    const scratch = callScratch(frame, 12 * (width + 16));
    const calls = splitRows(height).map(([y0, y1]) => {
      return [source.address, source.stride, width, height, target.address, target.stride, y0, y1, scratch()];
    });
    runKernel('laplacianRows', calls);
  });
}

/**
 * Median over the square of `size` pixels about each pixel; beyond the edge the nearest pixel counts.
 *
 * Squares with a NaN have an undefined median: replace NaN first.
 *
 * @remarks Identical with {@link medianReference} (filters.diff.test.ts).
 */
export function medianFilter(input: Plane, size: MedianSize, output: Plane): void {
  if (size !== 3 && size !== 5 && size !== 7) throw new KernelArgumentError(`size must be 3, 5 or 7; found ${String(size)}`);
  const { pairs, middle } = medianNetwork(size * size);
  const network = Int32Array.from(pairs.flat(), (index) => 16 * index);
  filterRows(input, output, (frame, source, target) => {
    const { width, height } = input;
    const table = frame.input(network);
    const scratch = callScratch(frame, 4 * size * (width + 2 * size + 16) + 16 * size * size);
    const calls = splitRows(height).map(([y0, y1]) => {
      // prettier-ignore
      return [source.address, source.stride, width, height, target.address, target.stride, size, table, pairs.length, 16 * middle,
        y0, y1, scratch()];
    });
    runKernel('medianRows', calls);
  });
}

function filterRows(
  input: Plane,
  output: Plane,
  body: (frame: KernelFrame, source: ReturnType<KernelFrame['inputPlane']>, target: ReturnType<KernelFrame['inputPlane']>) => void,
): void {
  if (input.width !== output.width || input.height !== output.height)
    throw new KernelArgumentError(
      `output must be ${input.width} x ${input.height} pixels like the input; found ${output.width} x ${output.height}`,
    );
  if (input.width === 0 || input.height === 0) return;
  withFrame((frame) => body(frame, frame.inputPlane(input), frame.outputPlane(output)));
}

/** The definition of cosmicRayLaplacian in plain TypeScript, in float32. */
export function laplacianReference(input: Plane, output: Plane): void {
  const f = Math.fround;
  for (let y = 0; y < input.height; y++)
    for (let x = 0; x < input.width; x++) {
      const p = pixel(input, x, y);
      const [left, right] = [pixel(input, x - 1, y), pixel(input, x + 1, y)].map((value) => f(f(p + p) - value));
      const [up, down] = [pixel(input, x, y - 1), pixel(input, x, y + 1)];
      const corner = (side: number, end: number): number => Math.max(f(side - end), 0);
      const sum = f(f(corner(left, up) + corner(right, up)) + f(corner(left, down) + corner(right, down)));
      output.data[y * output.stride + x] = f(0.25 * sum);
    }
}

/** The definition of medianFilter in plain TypeScript. */
export function medianReference(input: Plane, size: MedianSize, output: Plane): void {
  const half = (size - 1) / 2;
  const values = new Float32Array(size * size);
  for (let y = 0; y < input.height; y++)
    for (let x = 0; x < input.width; x++) {
      for (let k = 0; k < values.length; k++) values[k] = pixel(input, x + (k % size) - half, y + Math.floor(k / size) - half);
      output.data[y * output.stride + x] = values.toSorted()[(values.length - 1) / 2];
    }
}

function pixel(plane: Plane, x: number, y: number): number {
  const i = Math.min(Math.max(x, 0), plane.width - 1);
  const j = Math.min(Math.max(y, 0), plane.height - 1);
  return plane.data[j * plane.stride + i];
}
