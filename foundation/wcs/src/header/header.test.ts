import { Header, headerFromText } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRandom } from '@almagest/numerics';
import { readWcs, readWcsDefinition } from './read-wcs.ts';
import { writeWcs } from './write-wcs.ts';

type Cards = Record<string, string | number>;
const TAN: Cards = {
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRPIX1: 50,
  CRPIX2: 60,
  CRVAL1: 10,
  CRVAL2: 20,
  CD1_1: -1e-4,
  CD1_2: 0,
  CD2_1: 0,
  CD2_2: 1e-4,
};
const from = (cards: Cards): { get: (keyword: string) => unknown } => ({ get: (keyword) => cards[keyword] });

test.each<[string, Cards, string]>([
  ['no CTYPE', { CRPIX1: 1 }, 'wcs.no-celestial-axes'],
  ['linear axes', { ...TAN, CTYPE1: 'LINEAR', CTYPE2: 'LINEAR' }, 'wcs.no-celestial-axes'],
  ['two projections', { ...TAN, CTYPE2: 'DEC--SIN' }, 'wcs.bad-card'],
  ['a text for a number', { ...TAN, CRVAL1: 'ten' }, 'wcs.bad-card'],
  ['a NaN', { ...TAN, CRPIX1: Number.NaN }, 'wcs.bad-card'],
  ['an unknown projection', { ...TAN, CTYPE1: 'RA---XYZ', CTYPE2: 'DEC--XYZ' }, 'wcs.unsupported-projection'],
  ['a table projection', { ...TAN, CTYPE1: 'RA---TAB', CTYPE2: 'DEC--TAB' }, 'wcs.unsupported-projection'],
  ['a singular matrix', { ...TAN, CD1_1: 0 }, 'wcs.singular-matrix'],
  ['a unit that is no angle', { ...TAN, CUNIT1: 'm/s' }, 'wcs.bad-card'],
  ['half of SIP', { ...TAN, A_ORDER: 2 }, 'wcs.bad-card'],
  ['a SIP order that is too large', { ...TAN, A_ORDER: 1e9, B_ORDER: 2 }, 'wcs.bad-card'],
  ['a missing cone parameter', { ...TAN, CTYPE1: 'RA---COE', CTYPE2: 'DEC--COE' }, 'wcs.bad-card'],
  ['too many TPV terms', { ...TAN, CTYPE1: 'RA---TPV', CTYPE2: 'DEC--TPV', PV1_41: 1 }, 'wcs.bad-card'],
  ['an impossible pole', { ...TAN, CTYPE1: 'RA---CAR', CTYPE2: 'DEC--CAR', CRVAL2: 45, LONPOLE: 90 }, 'wcs.no-native-pole'],
  ['a lookup table that is not there', { ...TAN, CPDIS1: 'LOOKUP' }, 'wcs.missing-distortion-table'],
  ['a distortion that is no lookup', { ...TAN, CPDIS1: 'POLYNOMIAL' }, 'wcs.unsupported-projection'],
  ['a broken TNX surface', { ...TAN, CTYPE1: 'RA---TNX', CTYPE2: 'DEC--TNX', WAT1_001: 'lngcor = "9. 9. "' }, 'wcs.bad-card'],
])('%s ends in a coded error', (_, cards, code) => {
  expect(() => readWcs(from(cards))).toThrow(expect.objectContaining({ code }));
});

test.each(['invalid_header.hdr', 'nonstandard_units.hdr', 'sip-broken.hdr'])(
  'the broken header %s never gives anything but a WCS or a coded error',
  (name) => {
    if (!haveData) return;
    try {
      readWcs(headerFromText(readFileSync(dataPath('wcs-zoo/astropy-wcs', name), 'latin1')));
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^wcs\./) as string });
    }
  },
);

test('random cards end in a WCS or a coded error (5,000 headers)', () => {
  const random = createRandom('broken headers');
  const values: (string | number)[] = [
    0,
    -1,
    1,
    45,
    90,
    -90,
    1e300,
    1e-300,
    180,
    'RA---TAN',
    'DEC--SIN',
    'RA---ZPN',
    'DEC--ZPN',
    'deg',
    'LOOKUP',
    '',
    3,
  ];
  const keys = [
    ...Object.keys(TAN),
    'CDELT1',
    'PC1_1',
    'PC2_2',
    'PV2_0',
    'PV2_1',
    'PV1_1',
    'PV1_2',
    'A_ORDER',
    'B_ORDER',
    'A_2_0',
    'LONPOLE',
    'LATPOLE',
    'CUNIT1',
    'RADESYS',
    'CPDIS1',
    'WCSAXES',
    'NAXIS',
    'EQUINOX',
    'AMDX1',
  ];
  const codes = ['TAN', 'ZPN', 'AZP', 'SZP', 'COE', 'BON', 'HPX', 'AIR', 'CYP', 'TPV', 'TNX'];
  for (let trial = 0; trial < 5000; trial++) {
    const code = codes[random.integer(codes.length)];
    const cards: Cards = { ...TAN, CTYPE1: `RA---${code}`, CTYPE2: `DEC--${code}` };
    for (let k = 0; k < 4; k++) cards[keys[random.integer(keys.length)]] = values[random.integer(values.length)];
    try {
      const wcs = readWcs(from(cards));
      const { ra } = wcs.pixelToSky(10, 10);
      wcs.skyToPixel(ra, 0);
    } catch (error) {
      expect(error, JSON.stringify(cards)).toMatchObject({ code: expect.stringMatching(/^wcs\./) as string });
    }
  }
});

test('the old order of the axes and other letters are read', () => {
  const swapped = { ...TAN, CTYPE1: 'DEC--TAN', CTYPE2: 'RA---TAN', CRVAL1: 20, CRVAL2: 10, CD1_1: 0, CD1_2: 1e-4, CD2_1: -1e-4, CD2_2: 0 };
  const sky = readWcs(from(swapped)).pixelToSky(70, 80);
  expect(sky).toEqual(readWcs(from(TAN)).pixelToSky(70, 80));
  const lettered = Object.fromEntries(Object.entries(TAN).map(([key, value]) => [`${key}B`, value]));
  expect(readWcs(from(lettered), { alternate: 'B' }).pixelToSky(70, 80)).toEqual(sky);
});

test.each<[Cards, string, number | undefined]>([
  [{}, 'ICRS', undefined],
  [{ EQUINOX: 2000 }, 'FK5', 2000],
  [{ EQUINOX: 1950 }, 'FK4', 1950],
  [{ RADESYS: 'FK5' }, 'FK5', 2000],
  [{ RADESYS: 'ICRS', EQUINOX: 2000 }, 'ICRS', undefined],
  [{ RADECSYS: 'FK4' }, 'FK4', 1950],
  [{ EPOCH: 1975 }, 'FK4', 1975],
  [{ CTYPE1: 'GLON-TAN', CTYPE2: 'GLAT-TAN' }, 'GALACTIC', undefined],
  [{ CTYPE1: 'ELON-TAN', CTYPE2: 'ELAT-TAN', EQUINOX: 1950 }, 'ECLIPTIC', 1950],
  [{ CTYPE1: 'HPLN-TAN', CTYPE2: 'HPLT-TAN' }, 'UNKNOWN', undefined],
])('cards %j mean %s of %s', (cards, system, equinox) => {
  expect(readWcsDefinition(from({ ...TAN, ...cards })).frame).toEqual(equinox === undefined ? { system } : { system, equinox });
});

test('what is written reads back the same, and nothing of the old WCS is left', () => {
  const sip: Cards = {
    ...TAN,
    CTYPE1: 'RA---TAN-SIP',
    CTYPE2: 'DEC--TAN-SIP',
    A_ORDER: 2,
    B_ORDER: 3,
    A_2_0: 1.25e-5,
    B_0_3: -3e-10,
    RADESYS: 'FK5',
    EQUINOX: 2000,
  };
  const header = Header.of({
    OBJECT: 'kept',
    CTYPE1: 'RA---TPV',
    CTYPE2: 'DEC--TPV',
    PV1_5: 3,
    CDELT1: 4,
    CROTA2: 5,
    A_ORDER: 4,
    A_4_0: 1,
  });
  for (const cards of [
    sip,
    { ...TAN, CTYPE1: 'RA---COE', CTYPE2: 'DEC--COE', PV2_1: 45, PV2_2: 25 },
    { ...TAN, CTYPE1: 'RA', CTYPE2: 'DEC' },
    { ...TAN, CTYPE1: 'GLON-TPV', CTYPE2: 'GLAT-TPV', PV1_1: 1.01, PV2_4: 1e-3, PV1_0: 0.001 },
  ]) {
    const wcs = readWcs(from(cards));
    writeWcs(wcs, header);
    expect(readWcsDefinition(header)).toEqual(wcs.definition);
  }
  expect(header.get('OBJECT')).toBe('kept');
  for (const keyword of ['A_ORDER', 'CDELT1', 'CROTA2', 'PV1_5', 'A_4_0', 'RADESYS']) expect(header.get(keyword)).toBeUndefined();
});

test('plain RA and DEC are linear in the axes', () => {
  const { ra, dec } = readWcs(from({ ...TAN, CTYPE1: 'RA', CTYPE2: 'DEC', CD1_1: -0.1, CD2_2: 0.1 })).pixelToSky(109, 9);
  expect([(ra * 180) / Math.PI, (dec * 180) / Math.PI].map((value) => Number(value.toFixed(9)))).toEqual([4, 15]);
});

test('lookup tables cannot be written as cards', () => {
  const table = { width: 2, height: 2, data: [0, 0, 0, 0], crpix: [0, 0], crval: [0, 0], cdelt: [1, 1] } as const;
  const wcs = readWcs(from({ ...TAN, CPDIS1: 'LOOKUP' }), { findTable: () => table });
  expect(() => writeWcs(wcs, new Header())).toThrow(expect.objectContaining({ code: 'wcs.not-writable' }));
});
