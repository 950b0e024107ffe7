import { ditherNumbers, type DitherStart, NULL_VALUE, RANDOM_COUNT, RESERVED_VALUES, startOf, ZERO_VALUE } from './dither.ts';
import type { DitherMethod } from './tile-layout.ts';

export interface QuantizeOptions {
  readonly method: Exclude<DitherMethod, 'NONE'>;
  /** Step: a positive number divides the noise of each tile by it (4 is a usual choice), a negative one is the step itself. */
  readonly level: number;
  readonly start: DitherStart;
}

/** A tile of reals as integers: value = (q - r + 0.5) scale + zero. */
export interface QuantizedTile {
  readonly numbers: Int32Array;
  readonly scale: number;
  readonly zero: number;
  readonly hasNulls: boolean;
}

/**
 * Quantizes a tile of reals; NaN become the null value.
 *
 * @param width - Pixels a line, along which the noise is measured.
 * @returns Undefined where quantization would lose more than noise: no noise to be found, infinite pixels, or a range that does not fit.
 */
export function quantizeTile(
  pixels: Float32Array | Float64Array,
  width: number,
  { method, level, start }: QuantizeOptions,
): QuantizedTile | undefined {
  let min = Infinity;
  let max = -Infinity;
  let nulls = 0;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if (value !== value) nulls++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (max === Infinity || min === -Infinity) return undefined;
  if (nulls === pixels.length) return { numbers: new Int32Array(nulls).fill(NULL_VALUE), scale: 1, zero: 0, hasNulls: true };
  const scale = level < 0 ? -level : lineNoise(pixels, width) / level;
  if (!(scale > 0) || (max - min) / scale > 2 * 2_147_483_647 - RESERVED_VALUES) return undefined;
  const zero = zeroPoint({ min, max, scale, nulls, method });
  const numbers = new Int32Array(pixels.length);
  const inverse = 1 / scale;
  if (method === 'NO_DITHER') {
    for (let i = 0; i < pixels.length; i++) {
      const value = pixels[i];
      numbers[i] = value === value ? Math.floor((value - zero) * inverse + 0.5) : NULL_VALUE;
    }
    return { numbers, scale, zero, hasNulls: nulls > 0 };
  }
  const random = ditherNumbers();
  const keepZeros = method === 'SUBTRACTIVE_DITHER_2';
  let { seed, at } = start;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    if (value !== value) numbers[i] = NULL_VALUE;
    else if (keepZeros && value === 0) numbers[i] = ZERO_VALUE;
    // Adding r - 0.5 and rounding half up is flooring the sum with r.
    else numbers[i] = Math.floor((value - zero) * inverse + random[at]);
    if (++at < RANDOM_COUNT) continue;
    seed = seed + 1 < RANDOM_COUNT ? seed + 1 : 0;
    at = startOf(seed);
  }
  return { numbers, scale, zero, hasNulls: nulls > 0 };
}

/** The value of stored 0: a multiple of the step where all pixels are defined, so that whole numbers of steps stay exact. */
function zeroPoint({
  min,
  max,
  scale,
  nulls,
  method,
}: {
  min: number;
  max: number;
  scale: number;
  nulls: number;
  method: DitherMethod;
}): number {
  if (nulls > 0 || method === 'SUBTRACTIVE_DITHER_2') return min - scale * (NULL_VALUE + RESERVED_VALUES);
  if ((max - min) / scale < 2_147_483_647 - RESERVED_VALUES) {
    const steps = Math.floor(min / scale + 0.5);
    return Math.abs(steps) < 2 ** 53 ? steps * scale : min;
  }
  return (min + max) / 2;
}

/**
 * Noise from the differences of pixels with their second neighbours along lines, which smooth structure hardly changes.
 *
 * For independent Gaussian noise the median of |2 x[i] - x[i-2] - x[i+2]| times 0.6052697 is its standard deviation.
 *
 * @see Stoehr et al. (2008), ADASS XVII, ASP Conf. 394, 505 (DER_SNR).
 */
export function lineNoise(pixels: Float32Array | Float64Array, width: number): number {
  const differences = new Float64Array(pixels.length);
  let count = 0;
  for (let line = 0; line < pixels.length; line += width)
    for (let i = line + 2; i < line + width - 2; i++) {
      const value = Math.abs(2 * pixels[i] - pixels[i - 2] - pixels[i + 2]);
      // Equal neighbours (saturated or filled pixels) say nothing about noise.
      if (value > 0) differences[count++] = value;
    }
  return count < 5 ? 0 : 0.6052697 * medianInPlace(differences, count);
}

/** Median of the first `count` numbers by partial sorting; reorders them. */
function medianInPlace(values: Float64Array, count: number): number {
  const wanted = count >> 1;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const swap = values[i];
        values[i++] = values[j];
        values[j--] = swap;
      }
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return values[wanted];
}
