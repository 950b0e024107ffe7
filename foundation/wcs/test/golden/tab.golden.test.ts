import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bytesSource } from '@almagest/fits';
import { readWcsFile } from '../../src/index.ts';

const DEG = Math.PI / 180;
const folder = new URL('tab/', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  cases: readonly { file: string; points: readonly (readonly [readonly [number, number], readonly (number | null)[]])[] }[];
};

test.each(cases)('the looked-up sky of $file agrees with wcslib', async ({ file, points }) => {
  const { wcs } = await readWcsFile(bytesSource(new Uint8Array(readFileSync(new URL(file, folder)))));
  expect(wcs.frame.system).toBe('ICRS');
  let inside = 0;
  for (const [[x, y], [lon, lat]] of points) {
    const { ra, dec } = wcs.pixelToSky(x, y);
    if (lon === null || lat === null) {
      expect([x, y, ra, dec]).toEqual([x, y, Number.NaN, Number.NaN]);
      continue;
    }
    inside++;
    expect(Math.abs(ra / DEG - lon), `${x}, ${y}`).toBeLessThan(1e-9);
    expect(Math.abs(dec / DEG - lat)).toBeLessThan(1e-9);
    const back = wcs.skyToPixel(ra, dec);
    expect(Math.hypot(back.x - x, back.y - y), `${x}, ${y} -> ${back.x}, ${back.y}`).toBeLessThan(1e-7);
  }
  expect(inside).toBeGreaterThan(20);
  expect(wcs.skyToPixel(3, -1).x).toBeNaN();
});
