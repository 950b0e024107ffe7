import { findFlagged } from '@almagest/kernels';

/**
 * Sets a bit in every pixel within a square of half-side `radius` about a pixel that has it, in place.
 *
 * Cost goes with the pixels at the rims of the regions that have the bit, beyond one look at every pixel.
 *
 * @param data - Mask, row-major [height, width].
 */
export function growBitInPlace(
  data: Int32Array,
  shape: { readonly width: number; readonly height: number },
  bit: number,
  radius: number,
): void {
  if (radius <= 0) return;
  const { width, height } = shape;
  for (const seed of rimOf(data, shape, bit)) {
    const x = seed % width;
    const y = (seed - x) / width;
    const x0 = Math.max(0, x - radius);
    const x1 = Math.min(width - 1, x + radius);
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++)
      for (let i = row * width + x0; i <= row * width + x1; i++) data[i] |= bit;
  }
}

/** Pixels with the bit and a neighbour without it, or at the edge: the squares about all others lie within theirs. */
function rimOf(data: Int32Array, { width, height }: { readonly width: number; readonly height: number }, bit: number): number[] {
  const out: number[] = [];
  for (const i of findFlagged(data, bit)) {
    const x = i % width;
    const atEdge = i < width || i >= width * (height - 1) || x === 0 || x === width - 1;
    if (atEdge || !isInner(data, i, width, bit)) out.push(i);
  }
  return out;
}

function isInner(data: Int32Array, i: number, width: number, bit: number): boolean {
  const [above, below] = [i - width, i + width];
  const all = data[above - 1] & data[above] & data[above + 1] & data[i - 1] & data[i + 1] & data[below - 1] & data[below] & data[below + 1];
  return (all & bit) !== 0;
}
