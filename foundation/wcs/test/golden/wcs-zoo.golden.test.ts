import { readFileSync } from 'node:fs';
import { bytesSource } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { readWcsFile } from '../../src/index.ts';

const DEG = Math.PI / 180;

interface Entry {
  readonly hdu: number;
  readonly ctype: readonly string[];
  readonly points?: readonly { readonly x0: number; readonly y0: number; readonly world: readonly (number | 'nan')[] }[];
}

const golden: Record<string, Entry[] | { error: string }> = haveData ? JSON.parse(readFileSync(dataPath('wcs-zoo', 'golden.json'), 'utf8')) : {};
const files = Object.entries(golden).flatMap(([name, entries]) =>
  Array.isArray(entries) ? entries.filter((e) => (e.points?.length ?? 0) > 0).map((entry) => ({ name, entry })) : [],
);

/** CSC is defined by polynomials that wcslib evaluates in single precision. */
const toleranceDeg = (ctype: string): number => (ctype.endsWith('CSC') ? 2e-5 : 1e-9);

test.skipIf(!haveData).each(files)('$name: pixels lie where astropy.wcs says', async ({ name, entry }) => {
  const bytes = bytesSource(new Uint8Array(readFileSync(dataPath('wcs-zoo', name))));
  const { wcs } = await readWcsFile(bytes, /\.fits/.test(name) ? { hdu: entry.hdu } : {});
  for (const { x0, y0, world } of entry.points ?? []) {
    const { ra, dec } = wcs.pixelToSky(x0, y0);
    const [lon, lat] = [ra / DEG, dec / DEG];
    const [trueLon, trueLat] = world;
    if (trueLon === 'nan' || trueLat === 'nan') {
      expect.soft(ra).toBeNaN();
      continue;
    }
    const turns = Math.round((lon - trueLon) / 360);
    const across = Math.abs(lon - trueLon - 360 * turns) * Math.cos(dec);
    expect.soft(Math.hypot(across, lat - trueLat), `(${x0}, ${y0}) -> ${lon}, ${lat}; astropy ${world.join()}`).toBeLessThan(toleranceDeg(entry.ctype[0]));
    // Linear axes go around more than once, so that a place has many pixels.
    if (entry.ctype[0].endsWith('CSC') || entry.ctype[0] === 'RA') continue;
    const back = wcs.skyToPixel(ra, dec);
    expect.soft(Math.hypot(back.x - x0, back.y - y0), `round trip of (${x0}, ${y0}) gives ${back.x}, ${back.y}`).toBeLessThan(1e-7);
  }
});

if (!haveData) test.skip('the zoo: ../shared/data is absent', () => undefined);
