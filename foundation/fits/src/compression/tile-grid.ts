import type { PixelArray } from '../image/pixels.ts';
import type { Section } from '../image/section.ts';
import type { TileLayout } from './tile-layout.ts';

/** Where a tile lies in the image. */
export interface TileBox {
  readonly origin: readonly number[];
  readonly extent: readonly number[];
  readonly count: number;
}

/** Box of tile number `tile`; tiles are numbered with the fastest axis first. */
export function tileBox(tile: number, { shape, tile: size, grid }: Pick<TileLayout, 'shape' | 'tile' | 'grid'>): TileBox {
  const origin: number[] = [];
  let rest = tile;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    origin[axis] = (rest % grid[axis]) * size[axis];
    rest = Math.floor(rest / grid[axis]);
  }
  const extent = origin.map((start, axis) => Math.min(size[axis], shape[axis] - start));
  return { origin, extent, count: extent.reduce((product, length) => product * length, 1) };
}

/** Numbers of the tiles that a section touches, in order. */
export function tilesIn(section: Section, { tile, grid }: Pick<TileLayout, 'tile' | 'grid'>): number[] {
  let numbers = [0];
  section.forEach(([start, stop], axis) => {
    const first = Math.floor(start / tile[axis]);
    const last = Math.floor((stop - 1) / tile[axis]);
    numbers = numbers.flatMap((number) => Array.from({ length: last - first + 1 }, (_unused, i) => number * grid[axis] + first + i));
  });
  return numbers;
}

/** True if the tiles are runs of pixels of one length, one after the other (the last may be shorter), as lines of an image are. */
export function tilesFollow(shape: readonly number[], tile: readonly number[]): boolean {
  const cut = tile.findLastIndex((length, axis) => length < shape[axis]);
  return tile.every((length, axis) => axis >= cut || length === 1) && (cut <= 0 || shape[cut] % tile[cut] === 0);
}

type Convert = (stored: PixelArray, out: PixelArray) => void;

/**
 * Copies the part of a tile that a section asks for, line by line.
 *
 * With `convert` lines are converted on the way, which needs steps of one pixel; returns false where that cannot be.
 */
export function copyTile(
  pixels: PixelArray,
  { origin, extent }: TileBox,
  section: Section,
  outShape: readonly number[],
  out: PixelArray,
  convert: Convert | undefined,
): boolean {
  const rank = extent.length;
  const fast = rank - 1;
  const stride = section[fast][2] ?? 1;
  if (convert !== undefined && stride !== 1) return false;
  // First and last wanted pixel of the tile along each axis, in steps of the section.
  const from = section.map(([start, , step = 1], axis) => Math.max(0, Math.ceil((origin[axis] - start) / step)));
  const to = section.map(([start, stop, step = 1], axis) => Math.ceil((Math.min(stop, origin[axis] + extent[axis]) - start) / step));
  if (from.some((low, axis) => low >= to[axis])) return true;
  const index = [...from];
  const length = to[fast] - from[fast];
  for (;;) {
    let source = 0;
    let target = 0;
    for (let axis = 0; axis < rank; axis++) {
      const [start, , step = 1] = section[axis];
      source = source * extent[axis] + start + index[axis] * step - origin[axis];
      target = target * outShape[axis] + index[axis];
    }
    const line = out.subarray(target, target + length);
    if (convert) convert(pixels.subarray(source, source + length), line);
    else if (stride === 1) line.set(pixels.subarray(source, source + length) as never);
    else for (let i = 0; i < length; i++) line[i] = pixels[source + i * stride];
    let axis = fast - 1;
    for (; axis >= 0; axis--) {
      if (++index[axis] < to[axis]) break;
      index[axis] = from[axis];
    }
    if (axis < 0) return true;
  }
}
