import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import { type MocCell, mocFromCells } from '@almagest/sphere';
import { finishHips } from './finish-hips.ts';
import type { PictureFormat } from './paint-tile.ts';
import { samplePixels } from './sample-tiles.ts';
import { type HipsSource, readSources, tilesOfSources } from './sources.ts';
import { hipsPixelScale, MAX_HIPS_ORDER, orderOfScale, type Tile } from './tile-geometry.ts';
import { openTilePool, type TilePool } from './tile-pool.ts';
import { COVERAGE_ORDER, coveredCells, type TileOutcome, type TileTask } from './tile-tasks.ts';
import { HipsInputError } from './errors.ts';

/** What every HiPS says of itself, and how it is made. */
export interface HipsMaking {
  /** Where it will be; what is there already is replaced at once when the new one is whole. */
  readonly folder: string;
  /** Identifier, such as `ivo://org.example/hips/g`. */
  readonly creatorDid: string;
  readonly title: string;
  readonly description?: string;
  readonly creator?: string;
  readonly collection?: string;
  /** What it was made from, in words or as an address. */
  readonly progenitor?: string;
  /** From when to when its images were taken [MJD]. */
  readonly timespanMjd?: readonly [number, number];
  /** Wavelengths [m], for clients that choose by them. */
  readonly wavelengths?: readonly [number, number];
  /** Pictures beside the FITS tiles; PNG unless told. */
  readonly formats?: readonly PictureFormat[];
  readonly threads?: number;
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: HipsProgress) => void;
}

export interface HipsProgress {
  readonly phase: 'render' | 'merge' | 'paint';
  readonly done: number;
  readonly all: number;
}

export interface HipsOptions extends HipsMaking {
  /** FITS files with world coordinates, of one band and unit. */
  readonly paths: readonly string[];
  /** Deepest order; unless told that whose pixels are as fine as the images'. */
  readonly order?: number;
}

export interface HipsSummary {
  readonly folder: string;
  readonly order: number;
  readonly tiles: number;
  readonly skyFraction: number;
  readonly pixelScaleArcsec: number;
  /** Tiles that an interrupted run had made. */
  readonly resumed: number;
}

/**
 * Makes a HiPS of images: FITS tiles of the deepest order resampled from them, the orders above by means of four, pictures, the
 * whole sky, coverage and properties.
 *
 * Memory does not depend on the images: a thread holds one tile and a strip of one image. A run that was interrupted goes on
 * where it was when it is started again with the same images; readers see the old HiPS until the new one is whole.
 *
 * @throws {HipsInputError} if an image has no world coordinates or none has data. @see HiPS 1.0 (IVOA 2017)
 */
export async function buildHips(options: HipsOptions): Promise<HipsSummary> {
  const sources = await readSources(options.paths);
  const scales = sources.map(({ pixelScaleDeg }) => pixelScaleDeg).toSorted((a, b) => a - b);
  const order = options.order ?? orderOfScale(scales[scales.length >> 1]!);
  if (!Number.isInteger(order) || order < 3 || order > MAX_HIPS_ORDER)
    throw new HipsInputError(`the order of a HiPS must be 3 to ${MAX_HIPS_ORDER}; found ${order}`, { details: { images: sources.length } });
  const [unit] = sources.map((source) => source.unit);
  const work = await workFolder(options, sources, order);
  await using pool = openTilePool(options.threads ?? 1, options.signal);
  const { covered, resumed } = await renderTiles({ work, sources, order, unit, pool, options });
  const leaves = [...covered.keys()].map((pixel): Tile => ({ order, pixel }));
  if (leaves.length === 0)
    throw new HipsInputError('the images hold no data; found NaN everywhere', { details: { images: sources.length } });
  const tiles = [...leaves, ...(await mergeTiles({ work, leaves, unit, pool, options }))];
  const pixels = await samplePixels(work, leaves);
  const cells = [...covered].flatMap(([pixel, outcome]) =>
    coveredCells(outcome).map((cell): MocCell => ({ order: order + COVERAGE_ORDER, index: BigInt(pixel) * 256n + BigInt(cell) })),
  );
  const skyFraction = await finishHips({
    work,
    tiles,
    order,
    making: options,
    pool,
    moc: mocFromCells('space', cells, order + COVERAGE_ORDER),
    bands: [work],
    paint: { kind: 'gray', black: pixels.low, white: Math.max(pixels.high, pixels.low + 1e-30), stretch: 'asinh' },
    hasFits: true,
    properties: {
      hips_pixel_cut: `${pixels.low.toPrecision(6)} ${pixels.high.toPrecision(6)}`,
      hips_data_range: `${pixels.minimum.toPrecision(6)} ${pixels.maximum.toPrecision(6)}`,
      hips_pixel_bitpix: -32,
      s_pixel_scale: scales[scales.length >> 1]!.toPrecision(6),
      ...(unit === undefined || unit === '' ? {} : { hips_pixel_unit: unit }),
    },
  });
  await rm(join(work, JOURNAL), { force: true });
  await publish(work, options.folder);
  return {
    folder: options.folder,
    order,
    tiles: tiles.length,
    skyFraction,
    pixelScaleArcsec: hipsPixelScale(order) * 3600,
    resumed,
  };
}

const JOURNAL = '.rendered';

/** A folder beside the goal that belongs to this very work; what was left by other work is removed. */
export async function workFolder(
  { folder, formats }: Pick<HipsMaking, 'folder' | 'formats'>,
  sources: readonly { readonly path: string; readonly bytes: number }[],
  recipe: unknown,
): Promise<string> {
  const parts = sources.map(({ path, bytes }) => `${path} ${bytes}`);
  const digest = createHash('sha256')
    .update(JSON.stringify([parts, recipe, formats]))
    .digest('hex')
    .slice(0, 16);
  const prefix = `.${basename(folder)}.build-`;
  const parent = dirname(folder);
  makeFolder(parent);
  for (const name of await readdir(parent))
    if (name.startsWith(prefix) && name !== prefix + digest) await rm(join(parent, name), { recursive: true, force: true });
  const work = join(parent, prefix + digest);
  await mkdir(work, { recursive: true });
  return work;
}

/** Puts the finished folder in place of the old one. */
export async function publish(work: string, folder: string): Promise<void> {
  const old = `${work}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(folder)) await rename(folder, old);
  await rename(work, folder);
  await rm(old, { recursive: true, force: true });
}

interface Rendering {
  readonly work: string;
  readonly sources: readonly HipsSource[];
  readonly order: number;
  readonly unit: string | undefined;
  readonly pool: TilePool;
  readonly options: HipsOptions;
}

/** Renders the tiles of the deepest order that are not in the journal yet. */
async function renderTiles({ work, sources, order, unit, pool, options }: Rendering): Promise<{
  covered: ReadonlyMap<number, TileOutcome>;
  resumed: number;
}> {
  const wanted = tilesOfSources(sources, order);
  const journal = join(work, JOURNAL);
  const outcomes = await readJournal(journal);
  const resumed = outcomes.size;
  const tasks = [...wanted].flatMap(([pixel, paths]): TileTask[] =>
    outcomes.has(pixel) ? [] : [{ kind: 'render', folder: work, tile: { order, pixel }, paths, unit }],
  );
  let done = resumed;
  await pool.runAll(tasks, async ({ tile }, outcome) => {
    outcomes.set(tile.pixel, outcome);
    await appendFile(journal, `${tile.pixel} ${outcome}\n`);
    options.onProgress?.({ phase: 'render', done: ++done, all: wanted.size });
  });
  const covered = [...outcomes].filter(([, outcome]) => outcome !== '').toSorted(([a], [b]) => a - b);
  return { covered: new Map(covered), resumed };
}

/** Lines that were written whole. */
async function readJournal(path: string): Promise<Map<number, TileOutcome>> {
  const text = existsSync(path) ? await readFile(path, 'utf8') : '';
  return new Map(
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [pixel = '', outcome = ''] = line.split(' ');
        return [Number(pixel), outcome];
      }),
  );
}

/** Makes the orders above, one after the other. @returns Their tiles. */
async function mergeTiles({
  work,
  leaves,
  unit,
  pool,
  options,
}: Pick<Rendering, 'work' | 'unit' | 'pool' | 'options'> & { readonly leaves: readonly Tile[] }): Promise<Tile[]> {
  const merged: Tile[] = [];
  let below = leaves;
  for (let order = leaves[0]!.order - 1; order >= 0; order--) {
    const pixels = new Set(below.map(({ pixel }) => Math.floor(pixel / 4)));
    below = [...pixels].map((pixel) => ({ order, pixel }));
    let done = 0;
    await pool.runAll(
      below.map((tile): TileTask => ({ kind: 'merge', folder: work, tile, unit })),
      () => options.onProgress?.({ phase: 'merge', done: ++done, all: below.length }),
    );
    merged.push(...below);
  }
  return merged;
}
