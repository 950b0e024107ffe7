import { DEGREE, healpixCount, nestToLonLat } from '@almagest/sphere';

/** Side of a tile [pixel]: the standard's, and what every client expects. */
export const TILE_WIDTH = 512;
/** A tile of order K has pixels of order K + 9. */
export const TILE_ORDER = 9;
/** Deepest order whose pixels have exact indices. */
export const MAX_HIPS_ORDER = 15;
/** Order that every HiPS has, and of which the small pictures of the whole sky are made. */
export const ALLSKY_ORDER = 3;

export interface Tile {
  readonly order: number;
  readonly pixel: number;
}

/** Path of a tile below the folder of its HiPS. @see HiPS 1.0, section 4.1 */
export function hipsTilePath({ order, pixel }: Tile, extension: string): string {
  return `Norder${order}/Dir${Math.floor(pixel / 10_000) * 10_000}/Npix${pixel}.${extension}`;
}

/** Angle across a pixel of the tiles of an order [deg]: the root of its area. */
export function hipsPixelScale(order: number): number {
  return Math.sqrt((4 * Math.PI) / healpixCount(order + TILE_ORDER)) / DEGREE;
}

/** The order whose pixels are at most a tenth wider than these [deg], 3 at least. */
export function orderOfScale(pixelScaleDeg: number): number {
  let order = ALLSKY_ORDER;
  while (order < MAX_HIPS_ORDER && hipsPixelScale(order) > 1.1 * pixelScaleDeg) order++;
  return order;
}

/**
 * Centres of the pixels of one row of a FITS tile [rad].
 *
 * The first pixel of a tile is its east corner, rows run to the north corner, columns to the south corner: the column is the index
 * along HEALPix's y, the row counts its x backwards. @see HiPS 1.0, section 4.2.1
 */
export function fillRowSky(tile: Tile, row: number, ra: Float64Array, dec: Float64Array): void {
  const first = tile.pixel * TILE_WIDTH * TILE_WIDTH + spread(TILE_WIDTH - 1 - row);
  for (let column = 0; column < TILE_WIDTH; column++) {
    const { lon, lat } = nestToLonLat(tile.order + TILE_ORDER, first + 2 * spread(column));
    ra[column] = lon;
    dec[column] = lat;
  }
}

/** Where a quarter of a tile, one of its four children, begins [pixel]. */
export function quarterOrigin(child: number): readonly [x: number, y: number] {
  const half = TILE_WIDTH / 2;
  return [child & 2 ? half : 0, child & 1 ? 0 : half];
}

/** The world coordinates of a tile, which are linear on the HPX projection of the sphere. @see WCS Paper VII (Calabretta & Roukema 2007) */
export function tileWcsCards({ order, pixel }: Tile): Readonly<Record<string, number | string>> {
  const perFace = 4 ** order;
  const face = Math.floor(pixel / perFace);
  const [tileX, tileY] = gather(pixel - face * perFace);
  const side = 2 ** order * TILE_WIDTH;
  const step = 45 / side;
  const band = Math.floor(face / 4);
  // Middles of the faces on the plane: 45, 135 ... at the caps, 0, 90 ... around the equator.
  const middle = (((band === 1 ? 0 : 45) + 90 * (face % 4) + 180) % 360) - 180;
  const [x, y] = [(tileX + 1) * TILE_WIDTH - 0.5, tileY * TILE_WIDTH + 0.5];
  const [planeX, planeY] = [middle + (x - y) * step, 45 * (1 - band) + (x + y - side) * step];
  return {
    CTYPE1: 'RA---HPX',
    CTYPE2: 'DEC--HPX',
    CRVAL1: 0,
    CRVAL2: 0,
    CRPIX1: (planeX - planeY) / (2 * step) + 1,
    CRPIX2: (planeX + planeY) / (2 * step) + 1,
    CD1_1: -step,
    CD1_2: -step,
    CD2_1: step,
    CD2_2: -step,
    RADESYS: 'ICRS',
  };
}

/** Bits of a number below 2^15 at the even places. */
function spread(value: number): number {
  let bits = value;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** The even and the odd bits of an index below 4^15. */
function gather(index: number): readonly [number, number] {
  let [even, odd] = [0, 0];
  for (let bit = 0; bit < MAX_HIPS_ORDER; bit++) {
    if (index & (1 << (2 * bit))) even |= 1 << bit;
    if (index & (2 << (2 * bit))) odd |= 1 << bit;
  }
  return [even, odd];
}
