/** Pixels within a square about any of the given ones, rising, without repeats. */
export function growCandidates(
  pixels: readonly number[],
  { width, height, radius }: { readonly width: number; readonly height: number; readonly radius: number },
): Int32Array {
  const out = new Set<number>();
  for (const i of pixels) {
    const x = i % width;
    const y = (i - x) / width;
    for (let j = Math.max(0, y - radius); j <= Math.min(height - 1, y + radius); j++)
      for (let k = Math.max(0, x - radius); k <= Math.min(width - 1, x + radius); k++) out.add(j * width + k);
  }
  return Int32Array.from(out).toSorted();
}
