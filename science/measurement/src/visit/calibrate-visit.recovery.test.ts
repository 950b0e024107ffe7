import { createReferenceCatalogue } from '@almagest/astrometry';
import { calibrationAt, magnitudeOfNjy } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { makeColumn, makeTable, type Table } from '@almagest/table';
import { createTransform, skyWcsFromTransform, type TransformSpec } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { calibrateVisit, type MeasuredDetector } from './calibrate-visit.ts';

const RAD = Math.PI / 180;
const MAS = RAD / 3.6e6;
const SIZE = 1000;
const PIXEL = (0.2 / 3600) * RAD;
const NOISE = 0.02;
/** Refraction of a star a magnitude redder than others, to the north [mas]. */
const SHIFT = -12;

/** Two by two detectors whose true places are off by pixels; clouds over them; one has hardly any stars. */
function simulate(seed: number) {
  const random = createRandom(seed);
  const sky = { kind: 'boresight', ra: 150 * RAD, dec: -30 * RAD, rotation: 0.4 } as const;
  const place = (k: number, dx: number, dy: number): TransformSpec => ({
    kind: 'affine',
    matrix: [PIXEL, 0, 0, PIXEL],
    offset: [((k % 2) - 1) * 1050 * PIXEL + dx * PIXEL, (Math.floor(k / 2) - 1) * 1050 * PIXEL + dy * PIXEL],
  });
  const truths = Array.from({ length: 4 }, (_, k) =>
    skyWcsFromTransform(createTransform({ kind: 'sequence', steps: [place(k, random.normal(0, 2), random.normal(0, 2)), sky] })),
  );
  const zeroPointAt = (u: number, v: number): number => 30 - 0.04 * u + 0.02 * u * v;
  const reference = { ra: [] as number[], dec: [] as number[], mag: [] as number[], color: [] as number[] };
  const detectors = truths.map((truth, k): MeasuredDetector => {
    const rows = Array.from({ length: k === 3 ? 4 : 150 }, () => {
      const [x, y, mag] = [random.uniform(10, 990), random.uniform(10, 990), random.uniform(17, 20)];
      const color = random.uniform(0.3, 2.5);
      const { ra, dec } = truth.pixelToSky(x, y);
      reference.ra.push(ra);
      reference.dec.push(dec - SHIFT * (color - 1.4) * MAS);
      reference.mag.push(mag);
      reference.color.push(color);
      const [u, v] = [(x / 1050 + (k % 2) - 1) / 1.35, (y / 1050 + Math.floor(k / 2) - 1) / 1.35];
      const flux = 10 ** (0.4 * (zeroPointAt(u, v) - mag));
      return { x: x + random.normal(0, NOISE), y: y + random.normal(0, NOISE), flux: flux * (1 + random.normal(0, 0.003)) };
    });
    return { detector: k, width: SIZE, height: SIZE, toField: place(k, 0, 0), sources: tableOf(rows) };
  });
  const catalogue = createReferenceCatalogue({
    ra: Float64Array.from(reference.ra),
    dec: Float64Array.from(reference.dec),
    mag: Float64Array.from(reference.mag),
  });
  const boresight = { ra: sky.ra + 0.0003, dec: sky.dec - 0.0002, rotation: sky.rotation + 0.01 };
  return { truths, detectors, catalogue, colors: Float64Array.from(reference.color), boresight, zeroPointAt };
}

/** Sound point sources in the columns of characterizeImage. */
function tableOf(rows: readonly { readonly x: number; readonly y: number; readonly flux: number }[]): Table {
  const floats = (name: string, of: (row: (typeof rows)[number]) => number): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(rows, of) });
  const flags = ['centroid_flag', 'psfFlux_flag', 'pixelFlags_saturatedCenter', 'pixelFlags_edge', 'psfFlux_flag_apCorr'].map((name) =>
    makeColumn({ name, datatype: 'boolean', data: new Uint8Array(rows.length) }),
  );
  return makeTable([
    floats('x', ({ x }) => x),
    floats('y', ({ y }) => y),
    ...['xErr', 'yErr'].map((name) => floats(name, () => NOISE)),
    ...['psfFlux', 'calibFlux'].map((name) => floats(name, ({ flux }) => flux)),
    ...['psfFluxErr', 'calibFluxErr'].map((name) => floats(name, ({ flux }) => 0.003 * flux)),
    ...['extendedness', 'blendedness_abs'].map((name) => floats(name, () => 0)),
    ...flags,
  ]);
}

test('a visit is placed within 3 mas and its zero points within 4 mmag, on the detector with four stars too (seed 71)', () => {
  const { truths, detectors, catalogue, colors, boresight, zeroPointAt } = simulate(71);
  const visit = calibrateVisit(detectors, catalogue, { boresight, colors });
  expect(visit.scatterArcsec).toBeLessThan(0.2 * NOISE * 1.2);
  expect(Math.abs(visit.chromatic!.north / MAS - SHIFT)).toBeLessThan(4 * (visit.chromatic!.northErr / MAS));
  for (const [k, { transform, photoCalib, matches }] of visit.detectors.entries()) {
    expect(matches.length).toBeGreaterThanOrEqual(k === 3 ? 4 : 145);
    const wcs = skyWcsFromTransform(createTransform(transform));
    for (const [x, y] of [
      [50, 50],
      [500, 500],
      [950, 900],
    ] as const) {
      const [a, b] = [wcs.pixelToSky(x, y), truths[k].pixelToSky(x, y)];
      // Pixels of the truth are those of stars of colour 1.4; the WCS holds at the median colour.
      const dec = b.dec - SHIFT * (visit.chromatic!.referenceColor - 1.4) * MAS;
      // Four stars do not tell a turn and a scale of a detector that is off by pixels.
      expect([k, Math.hypot((a.ra - b.ra) * Math.cos(dec), a.dec - dec) / MAS < (k === 3 ? 12 : 3)]).toEqual([k, true]);
      const [u, v] = [(x / 1050 + (k % 2) - 1) / 1.35, (y / 1050 + Math.floor(k / 2) - 1) / 1.35];
      expect(Math.abs(magnitudeOfNjy(calibrationAt(photoCalib!, x, y)) - zeroPointAt(u, v))).toBeLessThan(k === 3 ? 0.008 : 0.004);
    }
  }
});

test('without magnitudes places are calibrated alone', () => {
  const { detectors, catalogue, boresight } = simulate(72);
  const visit = calibrateVisit(detectors, { ...catalogue, mag: catalogue.mag.map(() => Number.NaN) }, { boresight });
  expect(visit.zeroPoints).toBeUndefined();
  expect(visit.detectors[0].photoCalib).toBeUndefined();
  expect(visit.pairs).toBeGreaterThan(300);
});
