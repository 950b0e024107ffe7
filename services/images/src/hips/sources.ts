import { openFits } from '@almagest/fits';
import { findImageHdu, readPlace } from '@almagest/image';
import { openFile } from '@almagest/resources';
import { convexHull, DEGREE, FULL_CIRCLE, healpixEnvelope, iterateRanges, type Region, unitFromLonLat } from '@almagest/sphere';
import { computeFootprint, computePixelScale, createWcs } from '@almagest/wcs';
import { HipsInputError } from './errors.ts';

/** An image that goes into a HiPS. */
export interface HipsSource {
  readonly path: string;
  readonly region: Region;
  readonly pixelScaleDeg: number;
  readonly bytes: number;
  readonly unit: string | undefined;
}

/** Outlines are taken this much wider than images, so that edges bent by distortion lie inside. */
const PADDING = 0.01;
/** Tiles that one HiPS may have at its deepest order: all of the sky at order 9. */
const MAX_TILES = 12 * 4 ** 9;

/** Where images lie, from their headers. @throws {HipsInputError} if one has no world coordinates. */
export async function readSources(paths: readonly string[]): Promise<readonly HipsSource[]> {
  const sources: HipsSource[] = [];
  for (const path of paths) sources.push(await readSource(path));
  if (sources.length === 0) throw new HipsInputError('a HiPS needs an image at least; found none', { details: { images: 0 } });
  return sources;
}

async function readSource(path: string): Promise<HipsSource> {
  await using file = await openFile(path);
  const hdu = await findImageHdu(await openFits(file));
  const { box, wcs } = readPlace(hdu);
  if (!wcs?.definition)
    throw new HipsInputError(`an image of a HiPS needs world coordinates; ${path} has none`, { details: { images: 1 } });
  const { definition } = wcs;
  const pad = Math.ceil(PADDING * Math.max(box.width, box.height)) + 1;
  const moved = createWcs({ ...definition, crpix: [definition.crpix[0] - box.x0 + pad, definition.crpix[1] - box.y0 + pad] });
  const outline = computeFootprint(moved, { width: box.width + 2 * pad, height: box.height + 2 * pad });
  return {
    path,
    region: regionOf(outline.map(({ ra, dec }) => [ra, dec] as const)),
    pixelScaleDeg: computePixelScale(moved, (box.width - 1) / 2 + pad, (box.height - 1) / 2 + pad) / DEGREE,
    bytes: file.size,
    unit: hdu.header.getString('BUNIT')?.trim(),
  };
}

/** The hull of an outline; all of the sky where it has none. */
function regionOf(outline: readonly (readonly [number, number])[]): Region {
  try {
    return convexHull(outline.map(([lon, lat]) => unitFromLonLat({ lon, lat })));
  } catch {
    return FULL_CIRCLE;
  }
}

/** The images that each tile of an order may hold, in order of tiles. */
export function tilesOfSources(sources: readonly HipsSource[], order: number): ReadonlyMap<number, readonly string[]> {
  const tiles = new Map<number, string[]>();
  for (const { path, region } of sources)
    for (const [begin, end] of iterateRanges(healpixEnvelope(order, region))) {
      if (tiles.size + Number(end - begin) > MAX_TILES)
        throw new HipsInputError(`order ${order} would have more than ${MAX_TILES} tiles: give a lower order`, {
          details: { images: sources.length },
        });
      for (let pixel = Number(begin); pixel < Number(end); pixel++) {
        const paths = tiles.get(pixel);
        if (paths) paths.push(path);
        else tiles.set(pixel, [path]);
      }
    }
  return new Map([...tiles].toSorted(([a], [b]) => a - b));
}
