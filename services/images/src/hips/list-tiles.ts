import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tile } from './tile-geometry.ts';

/** The FITS tiles that a folder has, the deepest order first. */
export function listFitsTiles(folder: string): Promise<Tile[]> {
  return listTiles(folder, 'fits');
}

/** The tiles with a file of this kind, the deepest order first. */
export async function listTiles(folder: string, extension: string): Promise<Tile[]> {
  const tiles: Tile[] = [];
  const tileName = new RegExp(`^Npix(\\d+)\\.${extension}$`);
  for (const norder of await readdir(folder)) {
    const order = /^Norder(\d+)$/.exec(norder)?.[1];
    if (order === undefined) continue;
    for (const dir of await readdir(join(folder, norder)))
      if (dir.startsWith('Dir'))
        for (const name of await readdir(join(folder, norder, dir))) {
          const pixel = tileName.exec(name)?.[1];
          if (pixel !== undefined) tiles.push({ order: Number(order), pixel: Number(pixel) });
        }
  }
  return tiles.toSorted((a, b) => b.order - a.order || a.pixel - b.pixel);
}
