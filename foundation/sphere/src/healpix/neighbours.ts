import type { Vec3 } from '../vector/vec3.ts';
import { type FacePixel, faceVector, MAX_NUMBER_ORDER, requireOrder } from './face.ts';
import { faceFromNest, faceFromRing, nestFromFace, ringFromFace } from './index-number.ts';
import { faceFromNest64, nest64FromFace } from './index-64.ts';

/** Steps in x and y to the eight neighbours: SW, W, NW, N, NE, E, SE, S. */
const STEPS: readonly (readonly [number, number])[] = [
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
];

/**
 * Neighbours of a nested pixel in the order SW, W, NW, N, NE, E, SE, S; -1 where three faces meet and there is none.
 *
 * @param order - 0 to 24.
 */
export function nestNeighbours(order: number, pixel: number): readonly number[] {
  return neighboursOf(order, faceFromNest(order, pixel)).map((each) => (each ? nestFromFace(order, each) : -1));
}

/** Neighbours of a ring pixel; see {@link nestNeighbours}. */
export function ringNeighbours(order: number, pixel: number): readonly number[] {
  return neighboursOf(order, faceFromRing(order, pixel)).map((each) => (each ? ringFromFace(order, each) : -1));
}

/** Neighbours of a nested pixel at any order, as bigints; -1n where there is none. */
export function nest64Neighbours(order: number, pixel: bigint): readonly bigint[] {
  return neighboursOf(order, faceFromNest64(order, pixel)).map((each) => (each ? nest64FromFace(order, each) : -1n));
}

/**
 * Points on the edge of a nested pixel, `step` to a side, counter-clockwise from the northern corner (N, W, S, E).
 *
 * @returns 4 * step unit vectors.
 * @remarks The sides are no great circles: they bulge by up to a twelfth of their length in the largest pixels.
 */
export function nestBoundary(order: number, pixel: number, step: number = 1): readonly Vec3[] {
  requireOrder(order, MAX_NUMBER_ORDER);
  return faceBoundary(order, faceFromNest(order, pixel), step);
}

/** Points on the edge of a ring pixel; see {@link nestBoundary}. */
export function ringBoundary(order: number, pixel: number, step: number = 1): readonly Vec3[] {
  requireOrder(order, MAX_NUMBER_ORDER);
  return faceBoundary(order, faceFromRing(order, pixel), step);
}

function faceBoundary(order: number, { face, x, y }: FacePixel, step: number): readonly Vec3[] {
  const nside = 2 ** order;
  const points: Vec3[] = [];
  const sides = [
    (t: number) => [x + 1 - t, y + 1],
    (t: number) => [x, y + 1 - t],
    (t: number) => [x + t, y],
    (t: number) => [x + 1, y + t],
  ] as const;
  for (const side of sides)
    for (let i = 0; i < step; i++) {
      const [px, py] = side(i / step);
      points.push(faceVector(face, px / nside, py / nside));
    }
  return points;
}

function neighboursOf(order: number, pixel: FacePixel): readonly (FacePixel | undefined)[] {
  const nside = 2 ** order;
  return STEPS.map(([dx, dy]) => {
    const target = { face: pixel.face, x: pixel.x + dx, y: pixel.y + dy };
    const viaX = settle(nside, target, true);
    const viaY = settle(nside, target, false);
    // At a corner where three faces meet, the two ways around arrive at different pixels, which are edge neighbours already.
    return viaX.face === viaY.face && viaX.x === viaY.x && viaX.y === viaY.y ? viaX : undefined;
  });
}

/** Brings a pixel that lies one step off its face onto the face it belongs to, leaving over x or over y first. */
function settle(nside: number, pixel: FacePixel, xFirst: boolean): FacePixel {
  let at = pixel;
  for (let i = 0; i < 2; i++) {
    const first = xFirst ? crossX(nside, at) : crossY(nside, at);
    at = first === at ? (xFirst ? crossY(nside, at) : crossX(nside, at)) : first;
  }
  return at;
}

/** Crosses the north-eastern (x = nside) or south-western (x = -1) side. */
function crossX(n: number, pixel: FacePixel): FacePixel {
  const { face, x, y } = pixel;
  const column = face & 3;
  if (x === n) {
    if (face < 4) return { face: (column + 1) & 3, x: y, y: n - 1 };
    return { face: face < 8 ? column : 4 + ((column + 1) & 3), x: 0, y };
  }
  if (x !== -1) return pixel;
  if (face >= 8) return { face: 8 + ((column + 3) & 3), x: y, y: 0 };
  return { face: face < 4 ? 4 + column : 8 + ((column + 3) & 3), x: n - 1, y };
}

/** Crosses the north-western (y = nside) or south-eastern (y = -1) side. */
function crossY(n: number, pixel: FacePixel): FacePixel {
  const { face, x, y } = pixel;
  const column = face & 3;
  if (y === n) {
    if (face < 4) return { face: (column + 3) & 3, x: n - 1, y: x };
    return { face: face < 8 ? (column + 3) & 3 : 4 + column, x, y: 0 };
  }
  if (y !== -1) return pixel;
  if (face >= 8) return { face: 8 + ((column + 1) & 3), x: 0, y: x };
  return { face: face < 4 ? 4 + ((column + 1) & 3) : 8 + column, x, y: n - 1 };
}
