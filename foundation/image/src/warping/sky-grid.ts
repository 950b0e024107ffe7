import type { MappingGrid } from '@almagest/kernels';
import type { SkyMapping } from '../exposure/sky-mapping.ts';
import type { PixelBox } from '../pixels/image.ts';

export interface SkyGridOptions {
  /** Largest error of an interpolated position [source pixel], default 2e-4; cells get no smaller than 4 pixels, see errorPixels. */
  readonly tolerance?: number;
  /** Scale values by the area of a target pixel in source pixels, so that flux is kept (default); else surface brightness is. */
  readonly conserveFlux?: boolean;
}

/** A mapping grid and how well it stands for the exact mapping. */
export interface SkyGrid extends MappingGrid {
  /** Largest difference from the exact mapping at the centres and edges of sampled cells [source pixel]. */
  readonly errorPixels: number;
}

const COARSEST = 64;
const FINEST = 4;

/**
 * Grid of the source positions of target pixels: target pixel to sky to source pixel, exactly at the nodes.
 *
 * The cell starts at 64 pixels and is halved until linear interpolation is within the tolerance at the centres and edge
 * middles of up to about 300 cells spread over the target, where a smooth mapping deviates most (h^2 / 8 times its second
 * derivatives); between the sampled cells the error varies as slowly as those derivatives.
 *
 * @param target - Where the pixels go; positions are relative to its first pixel.
 * @param source - The source's box; positions are relative to its first pixel. Nodes without a position are NaN.
 */
export function computeSkyGrid(
  target: { readonly wcs: SkyMapping; readonly box: PixelBox },
  source: { readonly wcs: SkyMapping; readonly box: PixelBox },
  options: SkyGridOptions = {},
): SkyGrid {
  const tolerance = options.tolerance ?? 2e-4;
  const map = (x: Float64Array, y: Float64Array): void => {
    for (let k = 0; k < x.length; k++) {
      x[k] += target.box.x0;
      y[k] += target.box.y0;
    }
    const ra = new Float64Array(x.length);
    const dec = new Float64Array(x.length);
    target.wcs.pixelToSkyArray(x, y, ra, dec);
    source.wcs.skyToPixelArray(ra, dec, x, y);
    for (let k = 0; k < x.length; k++) {
      x[k] -= source.box.x0;
      y[k] -= source.box.y0;
    }
  };
  return computeGrid(target.box, map, { tolerance, conserveFlux: options.conserveFlux ?? true });
}

/** The same for any mapping of target array coordinates to source array coordinates, in place. */
export function computeGrid(
  size: { readonly width: number; readonly height: number },
  map: (x: Float64Array, y: Float64Array) => void,
  options: { readonly tolerance: number; readonly conserveFlux: boolean },
): SkyGrid {
  for (let cell = COARSEST; ; cell /= 2) {
    const grid = gridOf(size, cell, map);
    const errorPixels = sampleError(grid, map);
    if (errorPixels > options.tolerance && cell > FINEST) continue;
    if (options.conserveFlux) setAreaScale(grid);
    return { ...grid, errorPixels };
  }
}

function gridOf(
  size: { readonly width: number; readonly height: number },
  cell: number,
  map: (x: Float64Array, y: Float64Array) => void,
): MappingGrid {
  // Two columns at least, so that there is a neighbour to differentiate with.
  const columns = Math.max(2, Math.ceil(size.width / cell) + 1);
  const rows = Math.max(2, Math.ceil(size.height / cell) + 1);
  const x = Float64Array.from({ length: columns * rows }, (_, k) => (k % columns) * cell);
  const y = Float64Array.from({ length: columns * rows }, (_, k) => Math.floor(k / columns) * cell);
  map(x, y);
  const nodes = new Float64Array(4 * columns * rows);
  for (let k = 0; k < x.length; k++) nodes.set([x[k], y[k], 1, 0], 4 * k);
  return { cell, columns, rows, nodes };
}

/** Largest interpolation error over sampled cells; NaN nodes do not count. */
function sampleError(grid: MappingGrid, map: (x: Float64Array, y: Float64Array) => void): number {
  const { cell, columns, rows, nodes } = grid;
  const stepX = Math.max(1, Math.floor((columns - 1) / 10));
  const stepY = Math.max(1, Math.floor((rows - 1) / 10));
  const places: number[][] = [];
  for (let r = 0; r < rows - 1; r += stepY)
    for (let c = 0; c < columns - 1; c += stepX) places.push([r, c, 0.5, 0.5], [r, c, 0.5, 0], [r, c, 0, 0.5]);
  const x = Float64Array.from(places, ([, c, u]) => (c + u) * cell);
  const y = Float64Array.from(places, ([r, , , v]) => (r + v) * cell);
  map(x, y);
  let worst = 0;
  places.forEach(([r, c, u, v], k) => {
    const at = (part: number): number => {
      const node = (row: number, column: number): number => nodes[4 * (row * columns + column) + part];
      const left = node(r, c) + v * (node(r + 1, c) - node(r, c));
      return left + u * (node(r, c + 1) + v * (node(r + 1, c + 1) - node(r, c + 1)) - left);
    };
    const error = Math.hypot(at(0) - x[k], at(1) - y[k]);
    if (error > worst) worst = error;
  });
  return worst;
}

/** Sets the scale of each node to the area of a target pixel there in source pixels, from differences between nodes. */
function setAreaScale({ cell, columns, rows, nodes }: MappingGrid): void {
  const at = (r: number, c: number, part: number): number => nodes[4 * (r * columns + c) + part];
  /** Second-order derivative along a line of nodes, one-sided at its ends. */
  const slope = (value: (k: number) => number, k: number, count: number): number => {
    if (count < 3) return (value(1) - value(0)) / cell;
    if (k === 0) return (-3 * value(0) + 4 * value(1) - value(2)) / (2 * cell);
    if (k === count - 1) return (3 * value(k) - 4 * value(k - 1) + value(k - 2)) / (2 * cell);
    return (value(k + 1) - value(k - 1)) / (2 * cell);
  };
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const [xx, yx] = [0, 1].map((part) => slope((k) => at(r, k, part), c, columns));
      const [xy, yy] = [0, 1].map((part) => slope((k) => at(k, c, part), r, rows));
      const area = Math.abs(xx * yy - xy * yx);
      nodes[4 * (r * columns + c) + 2] = Number.isNaN(area) ? 1 : area;
    }
}
