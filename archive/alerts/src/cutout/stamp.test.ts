import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, openFits, readImage } from '@almagest/fits';
import { createMaskedImage, type Exposure, exposureOf, gaussianPsf } from '@almagest/image';
import { DEGREE } from '@almagest/sphere';
import { readWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { cutStamp } from './stamp.ts';

const CARDS: Readonly<Record<string, string | number>> = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 512,
  CRPIX2: 512,
  CRVAL1: 83.633,
  CRVAL2: 82.0145,
  CD1_1: -5.5e-5,
  CD1_2: 1e-5,
  CD2_1: 1e-5,
  CD2_2: 5.5e-5,
};

function sampleExposure(): Exposure {
  const maskedImage = createMaskedImage(200, 100, { x0: 10, y0: 20 });
  for (let i = 0; i < maskedImage.image.data.length; i += 1) maskedImage.image.data[i] = i;
  maskedImage.variance.data.fill(4);
  maskedImage.mask.data.fill(3);
  return exposureOf(maskedImage, { wcs: readWcs({ get: (keyword: string) => CARDS[keyword] }), psf: gaussianPsf(2) });
}

const exposure = sampleExposure();

function positionOf(x: number, y: number): { ra: number; dec: number } {
  const { ra, dec } = exposure.wcs!.pixelToSky(x, y);
  return { ra: ra / DEGREE, dec: dec / DEGREE };
}

test('a stamp holds the pixels about the position, and its WCS agrees with the exposure', async () => {
  const bytes = cutStamp(exposure, positionOf(100.2, 60.4), { sidePixels: 31, planes: true, cards: [['BUNIT', 'nJy']] })!;
  const hdus = await (await openFits(bytesSource(bytes))).hdus();
  expect(hdus.map((hdu) => hdu.header.get('EXTNAME'))).toEqual([undefined, 'VARIANCE', 'MASK', 'PSF']);
  const { data, shape } = await readImage(hdus[0]!);
  expect(shape).toEqual([31, 31]);
  expect(data[15 * 31 + 15]).toBe((60 - 20) * 200 + (100 - 10));
  const own = readWcs(hdus[0]!.header);
  for (const [i, j] of [
    [0, 0],
    [30, 0],
    [15, 15],
    [30, 30],
  ] as const) {
    const there = exposure.wcs!.pixelToSky(85 + i, 45 + j);
    const here = own.pixelToSky(i, j);
    expect((Math.abs(here.dec - there.dec) / DEGREE) * 3.6e6).toBeLessThan(0.1); // [mas]
    expect((Math.abs(here.ra - there.ra) / DEGREE) * 3.6e6 * Math.cos(there.dec)).toBeLessThan(0.1);
  }
  expect((await readImage(hdus[2]!)).data[0]).toBe(3);
  expect(hdus[2]!.header.get('MP_DETECTED_NEGATIVE')).toBe(6);
});

test('pixels beyond the exposure are NaN; a position outside gives none', async () => {
  const bytes = cutStamp(exposure, positionOf(11, 21), { sidePixels: 30 })!;
  const { data } = await readImage((await (await openFits(bytesSource(bytes))).hdus())[0]!);
  expect(data[0]).toBeNaN();
  expect(data.filter((value) => !Number.isNaN(value))).toHaveLength(16 * 16);
  expect(cutStamp(exposure, positionOf(5, 60), { sidePixels: 30 })).toBeUndefined();
  expect(cutStamp({ ...exposure, wcs: undefined } as unknown as Exposure, positionOf(100, 60), { sidePixels: 30 })).toBeUndefined();
});

test.skipIf(!existsSync('/usr/bin/fitsverify'))('fitsverify finds nothing in a stamp', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stamp-'));
  try {
    writeFileSync(join(folder, 'stamp.fits'), cutStamp(exposure, positionOf(100, 60), { sidePixels: 30, planes: true })!);
    expect(execFileSync('fitsverify', ['-q', join(folder, 'stamp.fits')], { encoding: 'utf8' })).toMatch(/OK/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
