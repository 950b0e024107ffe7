import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMocFits, degradeMoc, type Moc, mocFromCells, subtractMocs } from '@almagest/sphere';
import { listFitsTiles, listTiles } from './list-tiles.ts';
import { parseHipsProperties } from './properties.ts';
import { findTilePixels } from './tile-files.ts';
import { ALLSKY_ORDER, hipsTilePath, type Tile, TILE_WIDTH } from './tile-geometry.ts';

export interface HipsCheck {
  /** What is wrong, a sentence each; none for a sound HiPS. */
  readonly issues: readonly string[];
  /** Tiles of all orders. */
  readonly tiles: number;
}

/** Keys without which a HiPS is none. @see HiPS 1.0, section 4.4.1, table 1 */
const NEEDED = [
  'creator_did',
  'obs_title',
  'dataproduct_type',
  'hips_version',
  'hips_release_date',
  'hips_status',
  'hips_frame',
  'hips_order',
  'hips_tile_format',
];
const EXTENSIONS: Readonly<Record<string, string>> = { png: 'png', jpeg: 'jpg', fits: 'fits' };
/** FITS tiles of which the pixels are read. */
const READ_TILES = 200;

/** Checks a HiPS of images against what its standard asks for and against itself: keys, tiles of every order, coverage. */
export async function verifyHips(folder: string): Promise<HipsCheck> {
  const text = await readFile(join(folder, 'properties'), 'utf8').catch(() => undefined);
  if (text === undefined) return { issues: ['there is no file properties'], tiles: 0 };
  const properties = parseHipsProperties(text);
  const issues = NEEDED.filter((key) => !properties[key]).map((key) => `properties: ${key} is missing`);
  const order = Number(properties['hips_order']);
  if (!Number.isInteger(order) || order < ALLSKY_ORDER)
    issues.push(`hips_order must be ${ALLSKY_ORDER} at least; found ${properties['hips_order']}`);
  if (properties['hips_tile_width'] !== undefined && Number(properties['hips_tile_width']) !== TILE_WIDTH)
    issues.push(`hips_tile_width must be ${TILE_WIDTH}; found ${properties['hips_tile_width']}`);
  let count = 0;
  for (const format of (properties['hips_tile_format'] ?? '').split(/\s+/)) {
    const extension = EXTENSIONS[format];
    if (extension === undefined) {
      issues.push(`hips_tile_format must name png, jpeg or fits; found ${format}`);
      continue;
    }
    const tiles = await listTiles(folder, extension);
    count = Math.max(count, tiles.length);
    issues.push(...(await checkPyramid(folder, tiles, { order, extension })));
  }
  issues.push(...(await checkCoverage(folder, order, await listFitsTiles(folder))));
  return { issues, tiles: count };
}

/** Every tile below the deepest order has a child, every tile above order 0 a parent, and no file is empty. */
async function checkPyramid(
  folder: string,
  tiles: readonly Tile[],
  { order, extension }: { readonly order: number; readonly extension: string },
): Promise<string[]> {
  const issues: string[] = [];
  if (!tiles.some((tile) => tile.order === order)) issues.push(`there are no tiles of order ${order} in ${extension}`);
  if (!existsSync(join(folder, `Norder${ALLSKY_ORDER}/Allsky.${extension}`)))
    issues.push(`Norder${ALLSKY_ORDER}/Allsky.${extension} is missing`);
  const known = new Set(tiles.map((tile) => hipsTilePath(tile, extension)));
  for (const tile of tiles) {
    const path = hipsTilePath(tile, extension);
    if (tile.pixel >= 12 * 4 ** tile.order) issues.push(`${path} is not on the sphere`);
    const parent = { order: tile.order - 1, pixel: Math.floor(tile.pixel / 4) };
    if (tile.order > ALLSKY_ORDER && !known.has(hipsTilePath(parent, extension))) issues.push(`${path} has no tile above it`);
    const children = [0, 1, 2, 3].map((child) => hipsTilePath({ order: tile.order + 1, pixel: 4 * tile.pixel + child }, extension));
    if (tile.order < order && !children.some((child) => known.has(child))) issues.push(`${path} has no tile below it`);
    if ((await stat(join(folder, path))).size === 0) issues.push(`${path} is empty`);
  }
  return issues;
}

async function checkCoverage(folder: string, order: number, tiles: readonly Tile[]): Promise<string[]> {
  const bytes = await readFile(join(folder, 'Moc.fits')).catch(() => undefined);
  if (!bytes) return ['Moc.fits is missing'];
  let moc: Moc;
  try {
    moc = decodeMocFits(bytes) as Moc;
  } catch (error) {
    return [`Moc.fits: ${(error as Error).message}`];
  }
  const issues: string[] = [];
  const leaves = tiles.filter((tile) => tile.order === order);
  if (leaves.length > 0) {
    const covered = mocFromCells(
      'space',
      leaves.map((tile) => ({ order, index: BigInt(tile.pixel) })),
      order,
    );
    const claimed = degradeMoc(moc, Math.min(order, moc.order));
    if (moc.order >= order && subtractMocs(claimed, covered).ranges.bounds.length > 0)
      issues.push('Moc.fits claims more than there are tiles');
    if (subtractMocs(covered, claimed).ranges.bounds.length > 0) issues.push('Moc.fits leaves out tiles that there are');
  }
  for (const tile of tiles.slice(0, READ_TILES))
    try {
      if (!(await findTilePixels(folder, tile))?.some((value) => !Number.isNaN(value)))
        issues.push(`${hipsTilePath(tile, 'fits')} has no data`);
    } catch (error) {
      issues.push(`${hipsTilePath(tile, 'fits')}: ${(error as Error).message}`);
    }
  return issues;
}
