import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@almagest/resources';
import { type Paint, paintPicture, type PictureFormat } from './paint-tile.ts';
import { mergeChildren, tileImage } from './pyramid.ts';
import { renderTile } from './render-tile.ts';
import { findTilePixels, newTile, type TilePixels, writeTile } from './tile-files.ts';
import { hipsTilePath, type Tile, TILE_WIDTH } from './tile-geometry.ts';

/** Work on one tile, which a thread does from files to files. */
export type TileTask =
  | {
      readonly kind: 'render';
      readonly folder: string;
      readonly tile: Tile;
      readonly paths: readonly string[];
      readonly unit: string | undefined;
    }
  | { readonly kind: 'merge'; readonly folder: string; readonly tile: Tile; readonly unit: string | undefined }
  | {
      readonly kind: 'paint';
      readonly folder: string;
      readonly tile: Tile;
      /** Folders of the bands: one for gray, three for colour. */
      readonly bands: readonly string[];
      readonly paint: Paint;
      readonly formats: readonly PictureFormat[];
    };

/** Coverage of a rendered tile, {@link COVERAGE_ORDER} orders below it, as hexadecimal bits; empty where no image has data. */
export type TileOutcome = string;

/** A tile is divided into 16 x 16 cells where its coverage is told. */
export const COVERAGE_ORDER = 4;
const CELLS = 2 ** COVERAGE_ORDER;

export const EXTENSIONS: Readonly<Record<PictureFormat, string>> = { png: 'png', jpeg: 'jpg' };

/** Does one piece of work. What is on disk already, from an interrupted run, is kept. */
export async function runTileTask(task: TileTask): Promise<TileOutcome> {
  const { folder, tile } = task;
  if (task.kind === 'render') {
    const pixels = await renderTile(tile, task.paths);
    if (!pixels) return '';
    await writeTile(folder, tile, pixels, task.unit);
    return coverageOf(pixels);
  }
  if (task.kind === 'merge') {
    if (!existsSync(join(folder, hipsTilePath(tile, 'fits')))) await writeTile(folder, tile, await mergeChildren(folder, tile), task.unit);
    return '';
  }
  const wanted = task.formats.filter((format) => !existsSync(join(folder, hipsTilePath(tile, EXTENSIONS[format]))));
  if (wanted.length === 0) return '';
  const planes = await Promise.all(task.bands.map(async (band) => tileImage((await findTilePixels(band, tile)) ?? newTile())));
  for (const format of wanted)
    await writeFileAtomic(join(folder, hipsTilePath(tile, EXTENSIONS[format])), paintPicture(planes, task.paint, format), {
      durable: false,
    });
  return '';
}

function coverageOf(pixels: TilePixels): TileOutcome {
  const bits = new Uint8Array((CELLS * CELLS) / 8);
  const side = TILE_WIDTH / CELLS;
  for (let row = 0; row < TILE_WIDTH; row++)
    for (let column = 0; column < TILE_WIDTH; column++) {
      if (Number.isNaN(pixels[row * TILE_WIDTH + column]!)) continue;
      const [x, y] = [Math.floor((TILE_WIDTH - 1 - row) / side), Math.floor(column / side)];
      let cell = 0;
      for (let bit = 0; bit < COVERAGE_ORDER; bit++) cell |= (((x >> bit) & 1) << (2 * bit)) | (((y >> bit) & 1) << (2 * bit + 1));
      bits[cell >> 3]! |= 1 << (cell & 7);
    }
  return Buffer.from(bits).toString('hex');
}

/** Cells within a tile that have data. */
export function coveredCells(outcome: TileOutcome): number[] {
  const bits = Buffer.from(outcome, 'hex');
  return Array.from({ length: bits.length * 8 }, (_, cell) => cell).filter((cell) => bits[cell >> 3]! & (1 << (cell & 7)));
}
