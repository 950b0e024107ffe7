import { join } from 'node:path';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';
import { type Image } from '@almagest/image';
import { writeFileAtomic } from '@almagest/resources';
import { DEGREE, encodeMocFits, type Moc, mocFraction, nestToLonLat } from '@almagest/sphere';
import type { HipsMaking } from './build-hips.ts';
import { type Paint, paintPicture, type PictureFormat } from './paint-tile.ts';
import { formatHipsProperties } from './properties.ts';
import { makeAllsky } from './pyramid.ts';
import { ALLSKY_ORDER, hipsPixelScale, type Tile, TILE_WIDTH } from './tile-geometry.ts';
import type { TilePool } from './tile-pool.ts';
import { EXTENSIONS, type TileTask } from './tile-tasks.ts';

export interface Finish {
  /** The folder that is being made. */
  readonly work: string;
  /** All tiles, the deepest order first. */
  readonly tiles: readonly Tile[];
  readonly order: number;
  readonly making: HipsMaking;
  readonly pool: TilePool;
  readonly moc: Moc;
  /** Folders with the FITS tiles that pictures are made of. */
  readonly bands: readonly string[];
  readonly paint: Paint;
  readonly hasFits: boolean;
  readonly properties: Readonly<Record<string, string | number>>;
}

/** Pictures of all tiles, the whole sky, coverage and properties. @returns Share of the sky that is covered. */
export async function finishHips(finish: Finish): Promise<number> {
  const { work, tiles, making, pool, moc, bands, paint, hasFits } = finish;
  const formats = making.formats ?? ['png'];
  let done = 0;
  await pool.runAll(
    tiles.map((tile): TileTask => ({ kind: 'paint', folder: work, tile, bands, paint, formats })),
    () => making.onProgress?.({ phase: 'paint', done: ++done, all: tiles.length }),
  );
  const skies = [];
  for (const band of bands) skies.push(await makeAllsky(band, tiles));
  const folder = join(work, `Norder${ALLSKY_ORDER}`);
  if (hasFits) await writeFileAtomic(join(folder, 'Allsky.fits'), await allskyFits(skies[0]!));
  for (const format of formats) await writeFileAtomic(join(folder, `Allsky.${EXTENSIONS[format]}`), paintPicture(skies, paint, format));
  await writeFileAtomic(join(work, 'Moc.fits'), encodeMocFits(moc, { ordering: 'nuniq' }));
  const skyFraction = mocFraction(moc);
  await writeFileAtomic(join(work, 'properties'), formatHipsProperties(propertiesOf(finish, formats, skyFraction)));
  return skyFraction;
}

async function allskyFits({ data, width, height }: Image): Promise<Uint8Array> {
  const header = Header.of({ COMMENT: `All tiles of order ${ALLSKY_ORDER}, 27 in a row` });
  return await fitsBytes([imageHdu({ data, shape: [height, width], header })], { checksum: true });
}

/** Keys with the names and forms of the standard. @see HiPS 1.0, section 4.4.1, table 1 */
function propertiesOf(
  { tiles, order, making, hasFits, properties }: Finish,
  formats: readonly PictureFormat[],
  skyFraction: number,
): Readonly<Record<string, string | number | undefined>> {
  const scale = hipsPixelScale(order);
  // The middle of the first tile of the deepest order; pictures open with a field in which the survey, or a tile, can be seen.
  const leaves = tiles.filter((tile) => tile.order === order);
  const { lon, lat } = nestToLonLat(order, leaves[leaves.length >> 1]!.pixel);
  const acrossDeg = Math.max(Math.sqrt(skyFraction * 41_252.96), TILE_WIDTH * scale);
  const date = `${making.now.toISOString().slice(0, 16)}Z`;
  return {
    creator_did: making.creatorDid,
    obs_collection: making.collection ?? making.title,
    obs_title: making.title,
    obs_description: making.description ?? making.title,
    hips_creator: making.creator ?? 'almagest',
    dataproduct_type: 'image',
    prov_progenitor: making.progenitor ?? making.collection ?? making.title,
    ...(making.timespanMjd ? { t_min: making.timespanMjd[0].toFixed(6), t_max: making.timespanMjd[1].toFixed(6) } : {}),
    ...(making.wavelengths ? { em_min: making.wavelengths[0], em_max: making.wavelengths[1], obs_regime: 'Optical' } : {}),
    ...properties,
    hips_version: '1.4',
    hips_builder: 'almagest',
    hips_creation_date: date,
    hips_release_date: date,
    hips_status: 'public master clonableOnce',
    hips_frame: 'equatorial',
    hips_order: order,
    hips_order_min: 0,
    hips_tile_width: TILE_WIDTH,
    hips_tile_format: [...formats, ...(hasFits ? ['fits'] : [])].join(' '),
    hips_pixel_scale: scale.toPrecision(6),
    hips_initial_ra: (lon / DEGREE).toFixed(6),
    hips_initial_dec: (lat / DEGREE).toFixed(6),
    hips_initial_fov: Math.min(180, 2 * acrossDeg).toPrecision(4),
    hips_estsize: Math.ceil((tiles.length * (hasFits ? 1.1e6 : 3e5)) / 1024),
    moc_sky_fraction: skyFraction.toPrecision(6),
  };
}
