import { fitsBytes, Header, tableHdu } from '@almagest/fits';

/** Counts of rows by nested pixel (12 * 4^order of them) as a HEALPix map in FITS, nested, all pixels of the order: `skymap.fits`. */
export async function skyMapFile(values: BigInt64Array, order: number): Promise<Uint8Array> {
  const nside = 2 ** order;
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
