/**
 * Sets a bit in every pixel within a square of half-side `radius` about a pixel that has it, in place.
 *
 * Rows first, then columns; cost does not depend on the radius beyond the pixels set.
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
  const seeds: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i] & bit) seeds.push(i);
  for (const seed of seeds) {
    const x = seed % width;
    const y = (seed - x) / width;
    // A seed whose four neighbours are seeds adds nothing that they do not.
    if (x > 0 && x < width - 1 && y > 0 && y < height - 1 && radius === 1 && isInner(data, seed, width, bit)) continue;
    const x0 = Math.max(0, x - radius);
    const x1 = Math.min(width - 1, x + radius);
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (let i = row * width + x0; i <= row * width + x1; i++) data[i] |= bit | NEW;
    }
  }
  for (let i = 0; i < data.length; i++) data[i] &= ~NEW;
}

/** Marks pixels set while growing, so that they are not taken for seeds; masks leave the top bit free. */
const NEW = 1 << 31;

function isInner(data: Int32Array, i: number, width: number, bit: number): boolean {
  const seed = (k: number): boolean => (data[k] & bit) !== 0 && (data[k] & NEW) === 0;
  return (
    seed(i - 1) &&
    seed(i + 1) &&
    seed(i - width) &&
    seed(i + width) &&
    seed(i - width - 1) &&
    seed(i - width + 1) &&
    seed(i + width - 1) &&
    seed(i + width + 1)
  );
}
