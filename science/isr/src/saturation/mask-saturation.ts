import type { RawAmplifierPixels } from '../reduce/isr-data.ts';

/**
 * Flags saturated and suspect pixels of one amplifier on the assembled mask, from the raw levels.
 *
 * @param mask - On the assembled detector, `width` columns; changed in place.
 * @returns Number of saturated pixels.
 */
export function maskSaturationInPlace(
  { amplifier, data, width: rawWidth }: RawAmplifierPixels,
  mask: Int32Array,
  options: {
    readonly width: number;
    readonly saturation: number;
    readonly suspect: number;
    readonly saturatedBits: number;
    readonly suspectBits: number;
  },
): number {
  const { rawData, box, flipX, flipY } = amplifier;
  const { width, saturation, suspect, saturatedBits, suspectBits } = options;
  const lowest = Math.min(saturation, suspect);
  let count = 0;
  for (let row = 0; row < box.height; row++) {
    const source = (rawData.y + row) * rawWidth + rawData.x;
    const target = (box.y + (flipY ? box.height - 1 - row : row)) * width + box.x;
    for (let x = 0; x < box.width; x++) {
      const value = data[source + x];
      if (value < lowest) continue;
      const i = target + (flipX ? box.width - 1 - x : x);
      if (value >= saturation) {
        mask[i] |= saturatedBits;
        count++;
      } else mask[i] |= suspectBits;
    }
  }
  return count;
}
