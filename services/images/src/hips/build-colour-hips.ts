import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMocFits, type Moc, uniteMocs } from '@almagest/sphere';
import { type HipsMaking, type HipsSummary, publish, workFolder } from './build-hips.ts';
import { HipsDamagedError, HipsInputError } from './errors.ts';
import { finishHips } from './finish-hips.ts';
import { listFitsTiles } from './list-tiles.ts';
import { parseHipsProperties } from './properties.ts';
import { samplePixels } from './sample-tiles.ts';
import { hipsPixelScale, type Tile } from './tile-geometry.ts';
import { openTilePool } from './tile-pool.ts';

export interface ColourHipsOptions extends HipsMaking {
  /** Folders of HiPS with FITS tiles of the same order: red, green and blue, or red and blue. */
  readonly bands: readonly string[];
  /** What each band is multiplied with; 1 where the bands have one unit that measures flux, else by their bright ends. */
  readonly scale?: readonly number[];
  /** Linear range of the stretch, in the unit of the scaled bands; ten times the scatter of the sky unless told. */
  readonly stretch?: number;
  /** Softening of the stretch; 8 unless told. */
  readonly q?: number;
}

/**
 * Makes a HiPS in colour from those of two or three bands, by the stretch of Lupton et al., in which colours do not depend on
 * brightness. Interrupted work is taken up again as {@link buildHips} does.
 *
 * @throws {HipsInputError} if the bands differ in order or are not two or three.
 */
export async function buildColourHips(options: ColourHipsOptions): Promise<HipsSummary> {
  const { bands } = options;
  if (bands.length < 2 || bands.length > 3)
    throw new HipsInputError(`colour needs two or three bands; found ${bands.length}`, { details: { images: bands.length } });
  const known = await Promise.all(bands.map(readBand));
  const [{ order }] = known as [Band, ...Band[]];
  if (known.some((band) => band.order !== order))
    throw new HipsInputError(`bands must have one order; found ${known.map((band) => band.order).join(', ')}`, {
      details: { images: bands.length },
    });
  const tiles = uniqueTiles(known.flatMap((band) => band.tiles));
  const statistics = await Promise.all(
    known.map((band) =>
      samplePixels(
        band.folder,
        band.tiles.filter((tile) => tile.order === order),
      ),
    ),
  );
  const isFlux = known.every(({ unit }) => unit !== undefined && unit === known[0]!.unit);
  const scale =
    options.scale ?? statistics.map(({ high, median }) => (isFlux ? 1 : (statistics[0]!.high - statistics[0]!.median) / (high - median)));
  const noise = statistics.reduce((sum, { sigma }, band) => sum + sigma * scale[band]!, 0) / statistics.length;
  const stretch = options.stretch ?? 10 * noise;
  const recipe = [order, scale, stretch, options.q];
  const work = await workFolder(
    options,
    known.map(({ folder, created }) => ({ path: folder, bytes: created })),
    recipe,
  );
  await using pool = openTilePool(options.threads ?? 1, options.signal);
  const skyFraction = await finishHips({
    work,
    tiles,
    order,
    making: options,
    pool,
    moc: known.map((band) => band.moc).reduce((all, moc) => uniteMocs(all, moc)),
    bands,
    paint: { kind: 'colour', minimum: statistics.map(({ median }) => median), scale, stretch, q: options.q ?? 8 },
    hasFits: false,
    properties: {
      dataproduct_subtype: 'color',
      ...Object.fromEntries(known.map(({ title }, n) => [`hips_rgb_${['red', known.length > 2 ? 'green' : 'blue', 'blue'][n]}`, title])),
    },
  });
  await publish(work, options.folder);
  return { folder: options.folder, order, tiles: tiles.length, skyFraction, pixelScaleArcsec: hipsPixelScale(order) * 3600, resumed: 0 };
}

interface Band {
  readonly folder: string;
  readonly order: number;
  readonly title: string;
  readonly unit: string | undefined;
  /** When it was made [ms], so that colour is made again after its bands. */
  readonly created: number;
  readonly tiles: readonly Tile[];
  readonly moc: Moc;
}

async function readBand(folder: string): Promise<Band> {
  const properties = parseHipsProperties(await readFile(join(folder, 'properties'), 'utf8'));
  const moc = decodeMocFits(await readFile(join(folder, 'Moc.fits')));
  if ('entries' in moc) throw new HipsDamagedError(`${folder} has a coverage of time`, { details: { path: folder } });
  return {
    folder,
    order: Number(properties['hips_order']),
    title: properties['obs_title'] ?? '',
    unit: properties['hips_pixel_unit'],
    created: Date.parse(properties['hips_creation_date'] ?? '') || 0,
    tiles: await listFitsTiles(folder),
    moc,
  };
}

function uniqueTiles(tiles: readonly Tile[]): Tile[] {
  const unique = new Map(tiles.map((tile) => [`${tile.order}/${tile.pixel}`, tile]));
  return [...unique.values()].toSorted((a, b) => b.order - a.order || a.pixel - b.pixel);
}
