import { nestNeighbours } from '@almagest/sphere';
import type { HatsTile } from './properties.ts';

/** Width of a HEALPix pixel of order 0 if it were a square, sqrt(4 pi / 12) rad [arcsec]. */
const ORDER_0_ARCSEC = (Math.sqrt(Math.PI / 3) * 180 * 3600) / Math.PI;

/**
 * The narrowest pixel is this much of that width between opposite sides. The least over all orders is 0.60, in the corners of the
 * polar faces; a law test holds the margin to brute force.
 */
const NARROWEST = 0.5;

/** Finest order (at most 24) whose pixels are everywhere wider than the threshold. */
export function marginOrder(thresholdArcsec: number): number {
  return Math.max(0, Math.min(24, Math.floor(Math.log2((ORDER_0_ARCSEC * NARROWEST) / thresholdArcsec))));
}

/** Finest order relative to a tile's: its border then has about a thousand pixels, and its margin adds at most a few percent to it. */
const MOST_DEPTH = 8;

/** Order of the pixels that make up the margin of a tile. */
export function tileMarginOrder(tile: HatsTile, thresholdArcsec: number): number {
  return Math.min(marginOrder(thresholdArcsec), tile.order + MOST_DEPTH);
}

/**
 * Pixels of the margin order that hold every position outside a tile within the threshold of it.
 *
 * Where the tile is coarser, these are the pixels that touch it; where it is finer, the pixel that holds it and its neighbours, so
 * positions inside the tile have to be left out by the caller. Some of what the pixels hold is up to two pixels away.
 */
export function marginCells(tile: HatsTile, order: number): number[] {
  if (order <= tile.order) {
    const parent = Math.floor(tile.pixel / 4 ** (tile.order - order));
    return [parent, ...nestNeighbours(order, parent).filter((pixel) => pixel >= 0)];
  }
  const scale = 4 ** (order - tile.order);
  const first = tile.pixel * scale;
  const found = new Set<number>();
  for (const pixel of borderPixels(first, order - tile.order))
    for (const neighbour of nestNeighbours(order, pixel))
      if (neighbour >= 0 && (neighbour < first || neighbour >= first + scale)) found.add(neighbour);
  return [...found];
}

/** Pixels along the four sides of a tile that is `depth` orders coarser. */
function* borderPixels(first: number, depth: number): Generator<number> {
  const side = 2 ** depth;
  for (let i = 0; i < side; i++) {
    yield first + interleave(i, 0);
    yield first + interleave(i, side - 1);
    if (i > 0 && i < side - 1) {
      yield first + interleave(0, i);
      yield first + interleave(side - 1, i);
    }
  }
}

/** Nested offset of column x, row y; up to 2^24 each. */
function interleave(x: number, y: number): number {
  let index = 0;
  for (let bit = 0, weight = 1; bit < 24; bit++, weight *= 4) index += (((x >> bit) & 1) + 2 * ((y >> bit) & 1)) * weight;
  return index;
}
