import type { Box } from '@almagest/instrument';

/** Serial charge-transfer inefficiency of one amplifier. */
export interface TransferModel {
  /** Fraction of a packet left behind by one transfer. */
  readonly inefficiency: number;
  /** Decay length of what is left behind [pixel]. */
  readonly decayPixels: number;
  /** Charge that the output stage holds back of each pixel and lets go with the same decay (local offset): fraction and limit [electron]. */
  readonly localOffset?: number;
}

/**
 * Puts deferred charge back where it came from, in place.
 *
 * The forward model is a recursion along the row, which is undone exactly pixel by pixel.
 *
 * @param data - Signal [electron] in raw read-out order.
 * @param rawData - Imaging pixels; those behind them are overscan and are emptied of trailed charge too.
 */
export function restoreDeferredChargeInPlace(
  data: Float32Array,
  width: number,
  rawData: Box,
  { inefficiency, decayPixels, localOffset = 0 }: TransferModel,
): void {
  if (inefficiency === 0 && localOffset === 0) return;
  const release = 1 - Math.exp(-1 / decayPixels);
  const last = rawData.x + rawData.width;
  for (let y = rawData.y; y < rawData.y + rawData.height; y++) {
    let trapped = 0;
    const base = y * width;
    for (let x = rawData.x; x < width; x++) {
      const kept = inefficiency * Math.min(x, last) + localOffset;
      const released = trapped * release;
      const original = (data[base + x] - released) / (1 - kept);
      trapped += kept * original - released;
      data[base + x] = original;
    }
  }
}
