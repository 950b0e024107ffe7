/** Length of the table of random numbers. */
export const RANDOM_COUNT = 10_000;

let table: Float32Array | undefined;

/**
 * The random numbers of subtractive dithering, the same in every program.
 *
 * Park and Miller's generator: x becomes 16807 x mod (2^31 - 1), from 1; each number is x / (2^31 - 1) in single precision.
 *
 * @see FITS standard 4.0, appendix I; the last x is 1043618065, as a test checks.
 */
export function ditherNumbers(): Float32Array {
  if (table === undefined) {
    table = new Float32Array(RANDOM_COUNT);
    let x = 1;
    for (let i = 0; i < RANDOM_COUNT; i++) {
      x = (16_807 * x) % 2_147_483_647;
      table[i] = x / 2_147_483_647;
    }
  }
  return table;
}

/** Where a tile starts in the table: `seed` is its place in the sequence of starts, `at` its place among the numbers. */
export interface DitherStart {
  readonly seed: number;
  readonly at: number;
}

/** The start for tile number `tile` (from 0) and the ZDITHER0 of the image. */
export function ditherStart(tile: number, ditherSeed: number): DitherStart {
  const seed = (tile + ditherSeed - 1) % RANDOM_COUNT;
  return { seed, at: startOf(seed) };
}

/** Index of the first number for a seed. */
export function startOf(seed: number): number {
  return Math.floor(ditherNumbers()[seed] * 500);
}

/** Stored value of an undefined pixel unless ZBLANK says another. */
export const NULL_VALUE: number = -2_147_483_647;
/** Stored value of an exact zero under SUBTRACTIVE_DITHER_2. */
export const ZERO_VALUE: number = -2_147_483_646;
/** Values at the low end that quantized pixels keep away from. */
export const RESERVED_VALUES = 10;

export interface Quantization {
  readonly scale: number;
  readonly zero: number;
  /** Stored value that means undefined. */
  readonly blank: number | undefined;
  readonly start: DitherStart | undefined;
  /** Exact zeros are kept. */
  readonly keepZeros: boolean;
}

/**
 * Turns quantized integers back into reals: (q - r + 0.5) scale + zero with the dither's random numbers r, q scale + zero without.
 *
 * @param out - Overwritten; same length as `quantized`.
 */
export function dequantizeInto(
  quantized: Int32Array,
  { scale, zero, blank, start, keepZeros }: Quantization,
  out: Float32Array | Float64Array,
): void {
  if (start === undefined) {
    for (let i = 0; i < quantized.length; i++) out[i] = quantized[i] === blank ? Number.NaN : quantized[i] * scale + zero;
    return;
  }
  const random = ditherNumbers();
  let { seed, at } = start;
  const zeroValue = keepZeros ? ZERO_VALUE : undefined;
  for (let i = 0; i < quantized.length; i++) {
    const q = quantized[i];
    if (q === blank) out[i] = Number.NaN;
    else if (q === zeroValue) out[i] = 0;
    else out[i] = (q - random[at] + 0.5) * scale + zero;
    if (++at < RANDOM_COUNT) continue;
    seed = seed + 1 < RANDOM_COUNT ? seed + 1 : 0;
    at = startOf(seed);
  }
}
