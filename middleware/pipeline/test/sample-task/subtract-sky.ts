/** The pure algorithm: arrays in, arrays out, no I/O. */
export function subtractSky(pixels: Float32Array, quantile: number): { level: number; residual: Float32Array } {
  const usable = pixels.filter((value) => !Number.isNaN(value)).toSorted();
  const level = usable[Math.min(usable.length - 1, Math.floor(quantile * usable.length))] ?? Number.NaN;
  return { level, residual: pixels.map((value) => value - level) };
}
