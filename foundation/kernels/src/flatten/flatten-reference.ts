import type { CalibrationPlane, FlattenCounts, FlattenedPlanes, FlattenRequest } from './flatten.ts';

/** What {@link flattenAmplifier} computes, pixel by pixel: each step in double precision, rounded to single. */
export function flattenReference(request: FlattenRequest, { image, variance, mask }: FlattenedPlanes): FlattenCounts {
  const { raw, flipX, flipY, levels, gain, bias, dark, darkSec, flat, flatMinimum, readVariance, bits, biasScale = 1 } = request;
  const f = Math.fround;
  let [saturated, unusable] = [0, 0];
  for (let j = 0; j < raw.height; j++)
    for (let i = 0; i < raw.width; i++) {
      const [x, y] = [flipX ? raw.width - 1 - i : i, flipY ? raw.height - 1 - j : j];
      const stored = raw.data[j * raw.stride + i];
      const at = y * mask.stride + x;
      if (stored >= request.saturationAdu) {
        saturated++;
        mask.data[at] |= bits.saturated;
      } else if (stored >= request.suspectAdu) mask.data[at] |= bits.suspect;
      let value = f(f(stored - (levels?.[j] ?? 0)) * gain);
      if (bias) value = f(value - biasScale * pixel(bias, x, y));
      const darkCharge = dark ? darkSec * pixel(dark, x, y) : 0;
      if (dark) value = f(value - darkCharge);
      // Charge that was taken off made its noise all the same.
      const charge = value + darkCharge;
      let noise = f(charge > 0 ? charge + readVariance : readVariance);
      if (flat && !(pixel(flat, x, y) > flatMinimum)) {
        mask.data[at] |= bits.noData;
        unusable++;
      } else if (flat) {
        const inverse = 1 / pixel(flat, x, y);
        value = f(value * inverse);
        noise = f(noise * (inverse * inverse));
      }
      image.data[y * image.stride + x] = value;
      variance.data[y * variance.stride + x] = noise;
    }
  return { saturated, unusable };
}

function pixel({ data, width, height, stride, bigEndian, flipX, flipY }: CalibrationPlane, x: number, y: number): number {
  const at = (flipY ? height - 1 - y : y) * stride + (flipX ? width - 1 - x : x);
  return bigEndian ? new DataView(data.buffer, data.byteOffset).getFloat32(4 * at) : data[at];
}
