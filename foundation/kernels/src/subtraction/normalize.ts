import { KernelArgumentError } from '../errors.ts';
import { type Plane, withFrame } from '../memory/frame.ts';
import { runKernel, splitRows } from '../threads/threads.ts';

/**
 * Pixels in units of their noise: values / sqrt(variance), 0 where that is not finite.
 *
 * @param out - Overwritten; may be one of the others.
 * @throws {KernelArgumentError} if shapes differ.
 * @remarks Identical to the bit with {@link normalizePixelsReference} (normalize.diff.test.ts).
 */
export function normalizePixels(values: Plane, variance: Plane, out: Plane): void {
  const { width, height } = values;
  for (const plane of [variance, out])
    if (plane.width !== width || plane.height !== height)
      throw new KernelArgumentError(`planes must all be ${width} x ${height}; found ${plane.width} x ${plane.height}`);
  withFrame((frame) => {
    const [a, b, to] = [frame.inputPlane(values), frame.inputPlane(variance), frame.outputPlane(out)];
    const calls = splitRows(height).map(([y0, y1]) => [a.address, a.stride, b.address, b.stride, to.address, to.stride, width, y0, y1]);
    runKernel('normalizeRows', calls);
  });
}

/** The definition of {@link normalizePixels}. */
export function normalizePixelsReference(values: Plane, variance: Plane, out: Plane): void {
  for (let y = 0; y < values.height; y++)
    for (let x = 0; x < values.width; x++) {
      const noise = Math.fround(Math.sqrt(variance.data[y * variance.stride + x]));
      const value = Math.fround(values.data[y * values.stride + x] / noise);
      out.data[y * out.stride + x] = Number.isFinite(value) ? value : 0;
    }
}

/** Multiplies all pixels by a number, rounded to float32 before and after. */
export function scalePixelsInPlace(plane: Plane, factor: number): void {
  withFrame((frame) => {
    const { address, stride } = frame.inOutPlane(plane);
    const calls = splitRows(plane.height).map(([y0, y1]) => [address, stride, plane.width, factor, y0, y1]);
    runKernel('scaleRows', calls);
  });
}
