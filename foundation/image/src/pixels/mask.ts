import { MaskPlanesFullError, UnknownMaskPlaneError } from '../errors.ts';
import { createIntImage, type Image, subImage, type PixelBox } from './image.ts';

/** Bit number, 0 to 30, of each mask plane by name. */
export type MaskPlanes = Readonly<Record<string, number>>;

/** Flag bits of pixels; a plane's bit is `1 << planes[name]`. */
export interface Mask extends Image<Int32Array> {
  readonly planes: MaskPlanes;
}

/** The planes that every mask starts with, at the bits that the LSST pipelines give them. */
export const DEFAULT_MASK_PLANES: MaskPlanes = Object.freeze({
  BAD: 0,
  SAT: 1,
  INTRP: 2,
  CR: 3,
  EDGE: 4,
  DETECTED: 5,
  DETECTED_NEGATIVE: 6,
  SUSPECT: 7,
  NO_DATA: 8,
});

/** Makes a mask with no bit set; see createImage for the memory and the limits. */
export function createMask(
  width: number,
  height: number,
  options: { readonly x0?: number; readonly y0?: number; readonly planes?: MaskPlanes } = {},
): Mask {
  return { ...createIntImage(width, height, options), planes: options.planes ?? DEFAULT_MASK_PLANES };
}

/** Views a part of a mask without copying. */
export function subMask(mask: Mask, box: PixelBox): Mask {
  return { ...subImage(mask, box), planes: mask.planes };
}

/**
 * The bits of some planes, together.
 *
 * @throws {UnknownMaskPlaneError} if a name is not among the planes.
 */
export function planeBits(planes: MaskPlanes, names: readonly string[]): number {
  let bits = 0;
  for (const name of names) {
    const bit = Object.hasOwn(planes, name) ? planes[name] : undefined;
    if (bit === undefined)
      throw new UnknownMaskPlaneError(`mask plane must be one of ${Object.keys(planes).join(', ')}; found ${name}`, {
        details: { plane: name },
      });
    bits |= 1 << bit;
  }
  return bits;
}

/** The bits of those of the named planes that exist; unknown names count as never set. */
export function knownPlaneBits(planes: MaskPlanes, names: readonly string[]): number {
  return planeBits(
    planes,
    names.filter((name) => Object.hasOwn(planes, name)),
  );
}

/**
 * Planes with further names added at the lowest free bits; names that exist keep their bit.
 *
 * @throws {MaskPlanesFullError} if more than 31 planes would result.
 */
export function withPlanes(planes: MaskPlanes, names: readonly string[]): MaskPlanes {
  const result: Record<string, number> = { ...planes };
  for (const name of names) {
    if (Object.hasOwn(result, name)) continue;
    const taken = new Set(Object.values(result));
    let bit = 0;
    while (taken.has(bit)) bit++;
    if (bit > 30) throw new MaskPlanesFullError(`a mask has 31 planes at most; no bit is left for ${name}`, { details: { plane: name } });
    result[name] = bit;
  }
  return result;
}

/** Planes of both; where they disagree about a bit, `first` wins and the other's planes move to free bits. */
export function mergePlanes(first: MaskPlanes, second: MaskPlanes): MaskPlanes {
  return withPlanes(first, Object.keys(second));
}

/** Translates mask bits written under `from` to the bits of the same names under `to`; names that `to` lacks are dropped. */
export function translateBitsInPlace(data: Int32Array, from: MaskPlanes, to: MaskPlanes): void {
  const moves = Object.entries(from).filter(([name]) => Object.hasOwn(to, name));
  if (moves.length === Object.keys(from).length && moves.every(([name, bit]) => to[name] === bit)) return;
  for (let k = 0; k < data.length; k++) {
    const old = data[k];
    if (old === 0) continue;
    let bits = 0;
    for (const [name, bit] of moves) if (old & (1 << bit)) bits |= 1 << to[name];
    data[k] = bits;
  }
}

/** Names of the planes set in a pixel value, by rising bit. */
export function planeNames(planes: MaskPlanes, value: number): string[] {
  return Object.entries(planes)
    .filter(([, bit]) => value & (1 << bit))
    .toSorted((a, b) => a[1] - b[1])
    .map(([name]) => name);
}

/** Counts the pixels that have any of the bits. */
export function countMasked(mask: Image<Int32Array>, bits: number): number {
  let count = 0;
  for (let j = 0; j < mask.height; j++) {
    const row = j * mask.stride;
    for (let i = 0; i < mask.width; i++) if (mask.data[row + i] & bits) count++;
  }
  return count;
}
