import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fitsBytes, Header, imageHdu, openFits, readImage } from '@almagest/fits';
import { openFile, writeFileAtomic } from '@almagest/resources';
import { HipsDamagedError } from './errors.ts';
import { hipsTilePath, type Tile, TILE_WIDTH, tileWcsCards } from './tile-geometry.ts';

/** Pixels of a tile, rows from the first of the FITS file; NaN where nothing was observed. */
export type TilePixels = Float32Array;

export function newTile(): TilePixels {
  return new Float32Array(TILE_WIDTH * TILE_WIDTH).fill(Number.NaN);
}

/** Writes a tile with the world coordinates of its place; readers see all of it or nothing. */
export async function writeTile(folder: string, tile: Tile, pixels: TilePixels, unit?: string): Promise<void> {
  const header = Header.of({
    ...tileWcsCards(tile),
    ...(unit === undefined ? {} : { BUNIT: unit }),
    ORDER: [tile.order, 'HEALPix order of the tile'],
    NPIX: [tile.pixel, 'HEALPix number of the tile (nested)'],
  });
  const hdu = imageHdu({ data: pixels, shape: [TILE_WIDTH, TILE_WIDTH], header });
  await writeFileAtomic(join(folder, hipsTilePath(tile, 'fits')), await fitsBytes([hdu], { checksum: true }), { durable: false });
}

/** The pixels of a tile, or undefined where there is none. @throws {HipsDamagedError} */
export async function findTilePixels(folder: string, tile: Tile): Promise<TilePixels | undefined> {
  const path = join(folder, hipsTilePath(tile, 'fits'));
  if (!existsSync(path)) return undefined;
  await using source = await openFile(path);
  const { data } = await readImage(await (await openFits(source)).hdu(0), { as: 'float32' });
  if (data.length !== TILE_WIDTH * TILE_WIDTH)
    throw new HipsDamagedError(`a tile has ${TILE_WIDTH} x ${TILE_WIDTH} pixels; ${path} has ${data.length}`, { details: { path } });
  return data as TilePixels;
}
