import type { Amplifier, Detector } from '../camera/camera.ts';
import { RawGeometryError } from '../errors.ts';
import { type Box, boxContains, makeBox } from './box.ts';

/** Pixels with their shape; row-major, [height, width]. */
export interface PixelPlane<T extends Float32Array | Float64Array | Int32Array | Uint16Array | Int16Array | Uint8Array | Uint32Array> {
  readonly data: T;
  readonly width: number;
  readonly height: number;
}

export type AnyPixels = Float32Array | Float64Array | Int32Array | Uint16Array | Int16Array | Uint8Array | Uint32Array;

/**
 * Copies the imaging pixels of one amplifier to their place on the assembled detector, flipping as the camera says.
 *
 * @param raw - The raw extension of the amplifier. Not modified.
 * @param intoInPlace - The assembled plane, of the detector's size.
 * @throws {RawGeometryError} if the raw is smaller than the camera says.
 */
export function assembleAmplifierInto(raw: PixelPlane<AnyPixels>, amplifier: Amplifier, intoInPlace: PixelPlane<AnyPixels>): void {
  const { rawData, box, flipX, flipY } = amplifier;
  if (!boxContains(makeBox(0, 0, raw.width, raw.height), rawData)) {
    throw new RawGeometryError(
      `amplifier ${amplifier.name}: imaging pixels [${rawData.x}, ${rawData.y}, ${rawData.width}, ${rawData.height}] leave the raw of ${raw.width} x ${raw.height} pixels`,
      { details: { camera: '', detector: '', amplifier: amplifier.name } },
    );
  }
  const { data: from, width: fromWidth } = raw;
  const { data: to, width: toWidth } = intoInPlace;
  for (let row = 0; row < box.height; row++) {
    const source = (rawData.y + row) * fromWidth + rawData.x;
    const target = (box.y + (flipY ? box.height - 1 - row : row)) * toWidth + box.x;
    if (!flipX) {
      to.set(from.subarray(source, source + box.width), target);
      continue;
    }
    const last = target + box.width - 1;
    for (let x = 0; x < box.width; x++) to[last - x] = from[source + x] ?? 0;
  }
}

/**
 * The inverse of {@link assembleAmplifierInto}: copies a box of the assembled detector into the raw extension.
 */
export function disassembleAmplifierInto(assembled: PixelPlane<AnyPixels>, amplifier: Amplifier, intoInPlace: PixelPlane<AnyPixels>): void {
  const { rawData, box, flipX, flipY } = amplifier;
  const { data: from, width: fromWidth } = assembled;
  const { data: to, width: toWidth } = intoInPlace;
  for (let row = 0; row < box.height; row++) {
    const source = (box.y + (flipY ? box.height - 1 - row : row)) * fromWidth + box.x;
    const target = (rawData.y + row) * toWidth + rawData.x;
    if (!flipX) {
      to.set(from.subarray(source, source + box.width), target);
      continue;
    }
    const last = target + box.width - 1;
    for (let x = 0; x < box.width; x++) to[last - x] = from[source + x] ?? 0;
  }
}

/**
 * Assembles a whole detector from the raw extensions of its amplifiers.
 *
 * @param rawOf - Gives the raw extension of an amplifier.
 * @returns Fresh plane, [detector.height, detector.width]; pixels that no amplifier covers are 0.
 */
export function assembleDetector(detector: Detector, rawOf: (amplifier: Amplifier) => PixelPlane<AnyPixels>): PixelPlane<Float32Array> {
  const out = { data: new Float32Array(detector.width * detector.height), width: detector.width, height: detector.height };
  for (const amplifier of detector.amplifiers) assembleAmplifierInto(rawOf(amplifier), amplifier, out);
  return out;
}

/** Smallest raw extension that holds every box of the amplifiers of one extension. */
export function rawSize(amplifiers: readonly Amplifier[]): { readonly width: number; readonly height: number } {
  let width = 0;
  let height = 0;
  for (const amp of amplifiers) {
    const boxes: readonly (Box | null)[] = [amp.rawData, amp.rawSerialOverscan, amp.rawParallelOverscan, amp.rawPrescan];
    for (const box of boxes) {
      if (!box) continue;
      width = Math.max(width, box.x + box.width);
      height = Math.max(height, box.y + box.height);
    }
  }
  return { width, height };
}
