import { readFileSync } from 'node:fs';
import { bytesSource, type Hdu, headerFromText, openFits, readImage } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { type FindTable, type LookupTable, readWcs } from '../../src/index.ts';

const DEG = Math.PI / 180;

interface Entry {
  readonly hdu: number;
  readonly ctype: readonly string[];
  readonly points?: readonly { readonly x0: number; readonly y0: number; readonly world: readonly (number | 'nan')[] }[];
}

const golden: Record<string, Entry[] | { error: string }> = haveData ? JSON.parse(readFileSync(dataPath('wcs-zoo', 'golden.json'), 'utf8')) : {};
// Headers with a plain RA and DEC have linear axes, which are no sky to us.
const files = Object.entries(golden).flatMap(([name, entries]) =>
  Array.isArray(entries) ? entries.filter((e) => (e.points?.length ?? 0) > 0 && e.ctype[0] !== 'RA').map((entry) => ({ name, entry })) : [],
);

/** CSC is defined by polynomials that wcslib evaluates in single precision. */
const toleranceDeg = (ctype: string): number => (ctype.endsWith('CSC') ? 2e-5 : 1e-9);

test.skipIf(!haveData).each(files)('$name: pixels lie where astropy.wcs says', async ({ name, entry }) => {
  const { header, findTable } = await open(name, entry.hdu);
  const wcs = readWcs(header, { findTable });
  for (const { x0, y0, world } of entry.points ?? []) {
    const { ra, dec } = wcs.pixelToSky(x0, y0);
    const [lon, lat] = [ra / DEG, dec / DEG];
    const [trueLon, trueLat] = world;
    if (trueLon === 'nan' || trueLat === 'nan') {
      expect.soft(ra).toBeNaN();
      continue;
    }
    const across = Math.abs(((lon - trueLon + 540) % 360) - 180) * Math.cos(dec);
    expect.soft(Math.hypot(across, lat - trueLat), `(${x0}, ${y0}) -> ${lon}, ${lat}; astropy ${world.join()}`).toBeLessThan(toleranceDeg(entry.ctype[0]));
    if (entry.ctype[0].endsWith('CSC')) continue;
    const back = wcs.skyToPixel(ra, dec);
    expect.soft(Math.hypot(back.x - x0, back.y - y0), `round trip of (${x0}, ${y0}) gives ${back.x}, ${back.y}`).toBeLessThan(1e-7);
  }
});

async function open(name: string, index: number): Promise<{ header: Parameters<typeof readWcs>[0]; findTable: FindTable }> {
  const bytes = new Uint8Array(readFileSync(dataPath('wcs-zoo', name)));
  const file = await openFits(bytesSource(bytes)).catch(() => undefined);
  if (!file) return { header: headerFromText(new TextDecoder('latin1').decode(bytes)), findTable: () => undefined };
  const hdus: Hdu[] = [];
  for await (const hdu of file) hdus.push(hdu);
  const tables = new Map<string, LookupTable>();
  for (const hdu of hdus) {
    if (hdu.name !== 'WCSDVARR' && hdu.name !== 'D2IMARR') continue;
    const { header } = hdu;
    const image = await readImage(hdu);
    const pair = (keyword: string, fallback: number): [number, number] => [header.getNumber(`${keyword}1`) ?? fallback, header.getNumber(`${keyword}2`) ?? fallback];
    tables.set(`${hdu.name},${hdu.version}`, {
      width: header.getNumber('NAXIS1') ?? 0,
      height: header.getNumber('NAXIS2') ?? 0,
      data: image.data as unknown as ArrayLike<number>,
      crpix: pair('CRPIX', 0),
      crval: pair('CRVAL', 0),
      cdelt: pair('CDELT', 1),
    });
  }
  return { header: hdus[index].header, findTable: (extname, extver) => tables.get(`${extname},${extver}`) };
}
