import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type PixelPoint, readWcs, type SkyPoint, type SkyWcs, type WcsDefinition } from '../../src/index.ts';

const DEG = Math.PI / 180;
/** Agreement with wcslib: 1e-9 degree on the sky. */
const TOLERANCE_DEG = 1e-9;

interface Case {
  readonly cards: Readonly<Record<string, string | number>>;
  readonly points: readonly (readonly [readonly [number, number], readonly (number | null)[]])[];
  readonly sky: readonly (readonly [readonly [number, number], readonly (number | null)[]])[];
}

function cases(name: string): { name: string; item: Case }[] {
  const { cases } = JSON.parse(readFileSync(new URL(`wcslib/${name}`, import.meta.url), 'utf8')) as { cases: Case[] };
  return cases.map((item, k) => ({ name: `${String(item.cards['CTYPE1'])} #${k}`, item }));
}

/** Great-circle distance [deg], accurate for small angles. */
function separation(a: readonly [number, number], b: readonly [number, number]): number {
  const dDec = Math.sin(((b[1] - a[1]) * DEG) / 2);
  const dRa = Math.sin(((b[0] - a[0]) * DEG) / 2);
  return (2 * Math.asin(Math.min(1, Math.hypot(dDec, dRa * Math.sqrt(Math.cos(a[1] * DEG) * Math.cos(b[1] * DEG)))))) / DEG;
}

/** Whether two pixels far apart show one point of the sky: the two edges of a map, the rim of a zenithal one, a repeated face of a cube. */
function isOtherImage(wcs: SkyWcs, a: PixelPoint, sky: SkyPoint, b: readonly [number, number]): boolean {
  if (Math.hypot(a.x - b[0], a.y - b[1]) < 1) return false;
  const [first, second] = [wcs.pixelToSky(a.x, a.y), wcs.pixelToSky(...b)];
  // On the rim of ZEA the sky runs with the root of the radius: one rounding of the pixel is 1e-6 degree there.
  const tolerance = wcs.definition?.projection === 'ZEA' ? 2e-6 : TOLERANCE_DEG;
  return [first, second].every((p) => separation([p.ra / DEG, p.dec / DEG], [sky.ra / DEG, sky.dec / DEG]) < tolerance);
}

test.each([...cases('projections.json'), ...cases('butterfly.json'), ...cases('distortions.json')])('$name agrees with wcslib', ({ item }) => {
  const wcs = readWcs({ get: (keyword) => item.cards[keyword] });
  const { cd } = wcs.definition as WcsDefinition;
  const csc = String(item.cards['CTYPE1']).endsWith('CSC');
  const x = Float64Array.from(item.points, ([p]) => p[0]);
  const y = Float64Array.from(item.points, ([p]) => p[1]);
  const ra = new Float64Array(x.length);
  const dec = new Float64Array(x.length);
  wcs.pixelToSkyArray(x, y, ra, dec);
  const scale = Math.sqrt(Math.abs(cd[0] * cd[3] - cd[1] * cd[2]));
  for (const [i, [pixel, sky]] of item.points.entries()) {
    const one = wcs.pixelToSky(...pixel);
    const isPole = pixel[0] + 1 === item.cards['CRPIX1'] && pixel[1] + 1 === item.cards['CRPIX2'];
    if (sky[0] === null && isPole && String(item.cards['CTYPE1']).endsWith('XPH')) {
      // The middle of the butterfly is the pole, at which wcslib divides zero by zero.
      expect(separation([one.ra / DEG, one.dec / DEG], [Number(item.cards['CRVAL1']), Number(item.cards['CRVAL2'])])).toBeLessThan(1e-12);
      continue;
    }
    if (sky[0] === null) {
      expect([pixel, one.ra, ra[i]]).toEqual([pixel, Number.NaN, Number.NaN]);
      continue;
    }
    const truth = [sky[0], sky[1] as number] as const;
    // wcslib computes CSC in single precision
    const tolerance = csc ? 2e-5 : TOLERANCE_DEG;
    expect.soft(separation([one.ra / DEG, one.dec / DEG], truth), `${pixel.join()} -> ${one.ra / DEG}, ${one.dec / DEG}; wcslib ${truth.join()}`).toBeLessThan(tolerance);
    expect.soft(separation([ra[i] / DEG, dec[i] / DEG], truth)).toBeLessThan(tolerance);
    if (csc) continue;
    const back = wcs.skyToPixel(one.ra, one.dec);
    if (isOtherImage(wcs, back, one, pixel)) continue;
    expect.soft(Math.hypot(back.x - pixel[0], back.y - pixel[1]), `round trip of ${pixel.join()} gives ${back.x}, ${back.y}`).toBeLessThan(1e-7 + 1e-13 / scale);
  }
  for (const [sky, pixel] of item.sky) {
    const got = wcs.skyToPixel(sky[0] * DEG, sky[1] * DEG);
    if (pixel[0] === null) expect.soft(got.x, sky.join()).toBeNaN();
    else if (!isOtherImage(wcs, got, { ra: sky[0] * DEG, dec: sky[1] * DEG }, [pixel[0], pixel[1] as number])) expect.soft(Math.hypot(got.x - pixel[0], got.y - (pixel[1] as number)) * scale, `${sky.join()} -> ${got.x}, ${got.y}; wcslib ${pixel.join()}`).toBeLessThan(csc ? 2e-5 : 2e-9 * Math.max(1, Math.abs(pixel[0] * scale)));
  }
});
