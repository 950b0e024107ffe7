import type { Box } from '@almagest/instrument';

/** Sets bits in the boxes of a defect list, clipped to the detector. @returns Number of pixels in the boxes. */
export function maskDefectsInPlace(
  mask: Int32Array,
  shape: { readonly width: number; readonly height: number },
  defects: readonly Box[],
  bits: number,
): number {
  let count = 0;
  for (const { x, y, width, height } of defects) {
    const x0 = Math.max(0, x);
    const x1 = Math.min(shape.width, x + width);
    for (let row = Math.max(0, y); row < Math.min(shape.height, y + height); row++) {
      for (let i = row * shape.width + x0; i < row * shape.width + x1; i++) mask[i] |= bits;
      count += Math.max(0, x1 - x0);
    }
  }
  return count;
}
