import { fitsBytes, Header, tableHdu } from '@almagest/fits';

/** Counts of rows on the sky as a HEALPix map in FITS, nested, all pixels of the order: `skymap.fits`. */
export async function skyMapFile(counts: ReadonlyMap<number, number>, order: number): Promise<Uint8Array> {
  const nside = 2 ** order;
  const values = new BigInt64Array(12 * nside * nside);
  for (const [pixel, rows] of counts) values[pixel] = BigInt(rows);
  const header = Header.of({
    PIXTYPE: ['HEALPIX', 'HEALPix pixelization'],
    ORDERING: ['NESTED', 'pixel order'],
    COORDSYS: ['C', 'equatorial (ICRS)'],
    NSIDE: [nside, 'resolution'],
    FIRSTPIX: [0, 'first pixel'],
    LASTPIX: [values.length - 1, 'last pixel'],
    INDXSCHM: ['IMPLICIT', 'every pixel in order'],
    OBJECT: ['FULLSKY', 'sky coverage'],
  });
  return fitsBytes([tableHdu({ columns: [{ name: 'T', values }], header, name: 'xtension' })]);
}

/** Counts at a coarser order. */
export function coarsenCounts(counts: ReadonlyMap<number, number>, from: number, to: number): Map<number, number> {
  const scale = 4 ** (from - to);
  const out = new Map<number, number>();
  for (const [pixel, rows] of counts) {
    const parent = Math.floor(pixel / scale);
    out.set(parent, (out.get(parent) ?? 0) + rows);
  }
  return out;
}
