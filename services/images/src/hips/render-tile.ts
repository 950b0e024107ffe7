import { openFits } from '@almagest/fits';
import { findImageHdu, type Image, intersectBoxes, type PixelBox, readPlace, readPlacedImage } from '@almagest/image';
import { openFile } from '@almagest/resources';
import type { SkyWcs } from '@almagest/wcs';
import { fillRowSky, type Tile, TILE_WIDTH } from './tile-geometry.ts';
import { newTile, type TilePixels } from './tile-files.ts';

/** Rows of a tile whose places are computed at a time; what is read of an image is what they need. */
const STRIP = 128;

/**
 * Resamples images onto a tile: bilinear, so that pixel values are kept (surface brightness, not flux), and the mean where images
 * overlap. The place of every pixel is computed exactly.
 *
 * @param paths FITS files; of each only the rows and columns that the tile needs are read, 128 rows of the tile at a time.
 * @returns Undefined where no image has data.
 */
export async function renderTile(tile: Tile, paths: readonly string[]): Promise<TilePixels | undefined> {
  const sum = new Float64Array(TILE_WIDTH * TILE_WIDTH);
  const count = new Uint16Array(TILE_WIDTH * TILE_WIDTH);
  for (const path of paths) await addImage({ tile, path, sum, count });
  if (!count.some((n) => n > 0)) return undefined;
  const pixels = newTile();
  for (let k = 0; k < pixels.length; k++) if (count[k]! > 0) pixels[k] = sum[k]! / count[k]!;
  return pixels;
}

interface Addition {
  readonly tile: Tile;
  readonly path: string;
  readonly sum: Float64Array;
  readonly count: Uint16Array;
}

async function addImage({ tile, path, sum, count }: Addition): Promise<void> {
  await using source = await openFile(path);
  const hdu = await findImageHdu(await openFits(source));
  const { box: whole, wcs } = readPlace(hdu);
  if (!wcs) return;
  for (let start = 0; start < TILE_WIDTH; start += STRIP) {
    const places = placesOf(tile, start, wcs);
    const box = boxOf(places, whole);
    if (box.width === 0 || box.height === 0) continue;
    const { image } = await readPlacedImage(hdu, { box });
    addStrip(image, whole, places, { at: start * TILE_WIDTH, sum, count });
  }
}

interface Places {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function placesOf(tile: Tile, start: number, wcs: SkyWcs): Places {
  const [x, y] = [new Float64Array(STRIP * TILE_WIDTH), new Float64Array(STRIP * TILE_WIDTH)];
  for (let row = 0; row < STRIP; row++) {
    const [from, to] = [row * TILE_WIDTH, (row + 1) * TILE_WIDTH];
    const [ra, dec] = [x.subarray(from, to), y.subarray(from, to)];
    fillRowSky(tile, start + row, ra, dec);
    wcs.skyToPixelArray(ra, dec, ra, dec);
  }
  return { x, y };
}

/** The pixels that bilinear interpolation at the places needs, as far as there are any. */
function boxOf({ x, y }: Places, whole: PixelBox): PixelBox {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let k = 0; k < x.length; k++) {
    if (!isInside(x[k]!, y[k]!, whole)) continue;
    if (x[k]! < left) left = x[k]!;
    if (x[k]! > right) right = x[k]!;
    if (y[k]! < bottom) bottom = y[k]!;
    if (y[k]! > top) top = y[k]!;
  }
  if (left > right) return { x0: 0, y0: 0, width: 0, height: 0 };
  const [x0, y0] = [Math.floor(left), Math.floor(bottom)];
  return intersectBoxes({ x0, y0, width: Math.floor(right) + 2 - x0, height: Math.floor(top) + 2 - y0 }, whole);
}

function isInside(x: number, y: number, { x0, y0, width, height }: PixelBox): boolean {
  return x >= x0 - 0.5 && x < x0 + width - 0.5 && y >= y0 - 0.5 && y < y0 + height - 0.5;
}

function addStrip(
  image: Image,
  whole: PixelBox,
  { x, y }: Places,
  { at, sum, count }: { readonly at: number; readonly sum: Float64Array; readonly count: Uint16Array },
): void {
  for (let k = 0; k < x.length; k++) {
    if (!isInside(x[k]!, y[k]!, whole)) continue;
    const value = bilinear(image, x[k]! - image.x0, y[k]! - image.y0);
    if (Number.isNaN(value)) continue;
    sum[at + k]! += value;
    count[at + k]!++;
  }
}

/** NaN where the nearest pixel is; other pixels without a value are left out of the mean. Beyond the outermost centres they go on. */
function bilinear({ data, stride, width, height }: Image, x: number, y: number): number {
  const i = Math.max(0, Math.min(width - 2, Math.floor(x)));
  const j = Math.max(0, Math.min(height - 2, Math.floor(y)));
  const u = Math.max(0, Math.min(1, x - i));
  const v = Math.max(0, Math.min(1, y - j));
  const at = j * stride + i;
  const right = width > 1 ? 1 : 0;
  const up = height > 1 ? stride : 0;
  const [a, b, c, d] = [data[at]!, data[at + right]!, data[at + up]!, data[at + up + right]!];
  const whole = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d);
  if (!Number.isNaN(whole)) return whole;
  if (Number.isNaN(v < 0.5 ? (u < 0.5 ? a : b) : u < 0.5 ? c : d)) return Number.NaN;
  let [sum, weight] = [0, 0];
  for (const [value, w] of [
    [a, (1 - u) * (1 - v)],
    [b, u * (1 - v)],
    [c, (1 - u) * v],
    [d, u * v],
  ] as const)
    if (!Number.isNaN(value)) [sum, weight] = [sum + w * value, weight + w];
  return sum / weight;
}
