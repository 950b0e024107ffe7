import { createImage, imageOf, type Image } from '@almagest/image';
import { findTilePixels, newTile, type TilePixels } from './tile-files.ts';
import { ALLSKY_ORDER, quarterOrigin, type Tile, TILE_WIDTH } from './tile-geometry.ts';

/** The tile above four others: each of its pixels is the mean of those of the four below that have a value. */
export async function mergeChildren(folder: string, { order, pixel }: Tile): Promise<TilePixels> {
  const pixels = newTile();
  for (let child = 0; child < 4; child++) {
    const below = await findTilePixels(folder, { order: order + 1, pixel: 4 * pixel + child });
    if (below) placeInto(pixels, TILE_WIDTH, shrink(below, 2), quarterOrigin(child));
  }
  return pixels;
}

/** Side of a tile in the picture of the whole sky, and tiles in a row of it. @see HiPS 1.0, section 4.3.2 */
export const ALLSKY_TILE = 64;
const ALLSKY_COLUMNS = 27;
const ALLSKY_ROWS = 29;

/** All tiles of order 3 side by side, the first at the top left, as they are drawn: rows from the first of the FITS file, which is the lowest. */
export async function makeAllsky(folder: string, tiles: readonly Tile[]): Promise<Image> {
  const image = createImage(ALLSKY_COLUMNS * ALLSKY_TILE, ALLSKY_ROWS * ALLSKY_TILE);
  image.data.fill(Number.NaN);
  for (const tile of tiles) {
    if (tile.order !== ALLSKY_ORDER) continue;
    const pixels = await findTilePixels(folder, tile);
    if (!pixels) continue;
    const column = tile.pixel % ALLSKY_COLUMNS;
    const row = ALLSKY_ROWS - 1 - Math.floor(tile.pixel / ALLSKY_COLUMNS);
    placeInto(image.data, image.width, shrink(pixels, TILE_WIDTH / ALLSKY_TILE), [column * ALLSKY_TILE, row * ALLSKY_TILE]);
  }
  return image;
}

/** A tile as an image. */
export function tileImage(pixels: TilePixels): Image {
  return imageOf(pixels, TILE_WIDTH, TILE_WIDTH);
}

interface Block {
  readonly data: Float32Array;
  readonly side: number;
}

/** Means of blocks of `factor` x `factor` pixels over those that have a value. */
function shrink(pixels: TilePixels, factor: number): Block {
  const side = TILE_WIDTH / factor;
  const data = new Float32Array(side * side);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++) {
      let [sum, count] = [0, 0];
      for (let v = 0; v < factor; v++)
        for (let u = 0; u < factor; u++) {
          const value = pixels[(j * factor + v) * TILE_WIDTH + i * factor + u]!;
          if (value === value) [sum, count] = [sum + value, count + 1];
        }
      data[j * side + i] = sum / count;
    }
  return { data, side };
}

function placeInto(target: Float32Array, stride: number, { data, side }: Block, [x, y]: readonly [number, number]): void {
  for (let j = 0; j < side; j++) target.set(data.subarray(j * side, (j + 1) * side), (y + j) * stride + x);
}
