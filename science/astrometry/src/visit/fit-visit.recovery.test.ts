import { createRandom } from '@almagest/numerics';
import { createTransform, skyWcsFromTransform, type TransformSpec } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { createReferenceCatalogue } from '../reference/catalogue.ts';
import { TangentPlane } from '../matching/tangent-plane.ts';
import { fitVisit, type VisitDetector } from './fit-visit.ts';

const DEG = Math.PI / 180;
const ARCSEC = DEG / 3600;
const SIZE = 1000;
const PIXEL = 0.5 * ARCSEC;
const NOISE = 0.02;

/** Three by three detectors with gaps; the true ones are shifted by pixels and turned by arcminutes from the model. */
function simulateVisit(seed: string, stars: number, poor = -1) {
  const random = createRandom(seed);
  const sky = { ra: random.uniform(0, 2 * Math.PI), dec: Math.asin(random.uniform(-1, 1)), rotation: random.uniform(-3, 3) };
  const optics: TransformSpec = { kind: 'radial', coefficients: [1.001, 0, 30] };
  const place = (k: number, shift: readonly number[], turn: number): TransformSpec => ({
    kind: 'affine',
    matrix: [Math.cos(turn) * PIXEL, -Math.sin(turn) * PIXEL, Math.sin(turn) * PIXEL, Math.cos(turn) * PIXEL],
    offset: [((k % 3) - 1.5) * 1050 * PIXEL + shift[0] * PIXEL, (Math.floor(k / 3) - 1.5) * 1050 * PIXEL + shift[1] * PIXEL],
  });
  const plane = new TangentPlane(sky.ra, sky.dec);
  const count = stars * 25;
  const [ra, dec, mag] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const point = plane.unproject(random.uniform(-2500, 2500) * PIXEL, random.uniform(-2500, 2500) * PIXEL);
    [ra[i], dec[i], mag[i]] = [point.ra, point.dec, 20 + 3 * Math.log10(random.uniform())];
  }
  const truths = Array.from({ length: 9 }, (_, k) =>
    skyWcsFromTransform(
      createTransform({
        kind: 'sequence',
        steps: [place(k, [random.normal(0, 2), random.normal(0, 2)], random.normal(0, 3e-4)), optics, { kind: 'boresight', ...sky }],
      }),
    ),
  );
  const detectors: VisitDetector[] = truths.map((truth, k) => {
    const rows: { x: number[]; y: number[]; flux: number[] } = { x: [], y: [], flux: [] };
    for (let i = 0; i < count; i++) {
      const { x, y } = truth.skyToPixel(ra[i], dec[i]);
      if (!(x > 0 && y > 0 && x < SIZE && y < SIZE) || (k === poor && rows.x.length >= 3)) continue;
      rows.x.push(x + random.normal(0, NOISE));
      rows.y.push(y + random.normal(0, NOISE));
      rows.flux.push(10 ** (-0.4 * (mag[i] + random.normal(0, 0.2))));
    }
    for (let f = 0; f < 5; f++) {
      rows.x.push(random.uniform(0, SIZE));
      rows.y.push(random.uniform(0, SIZE));
      rows.flux.push(1e-8);
    }
    return {
      name: `det${k}`,
      width: SIZE,
      height: SIZE,
      toField: place(k, [0, 0], 0),
      sources: { ...rows, sigma: rows.x.map(() => NOISE) },
    };
  });
  const off = plane.unproject(1.4 * 60 * ARCSEC, -1.4 * 60 * ARCSEC);
  return {
    truths,
    detectors,
    reference: createReferenceCatalogue({ ra, dec, mag }),
    boresight: { ...off, rotation: sky.rotation + 2 * DEG },
    sky,
  };
}

test.each(['a', 'b', 'c'])('a visit with its pointing off by 2 arcmin and 2 degrees is placed to a twentieth of a pixel (%s)', (seed) => {
  const { truths, detectors, reference, boresight, sky } = simulateVisit(seed, 120);
  const solution = fitVisit(detectors, reference, { boresight });
  expect(solution.scatterArcsec).toBeLessThan(1.3 * NOISE * 0.5);
  for (const [k, truth] of truths.entries())
    for (const [x, y] of [
      [0, 0],
      [999, 0],
      [500, 500],
      [0, 999],
      [999, 999],
    ] as const) {
      const at = truth.pixelToSky(x, y);
      const back = solution.detectors[k].wcs.skyToPixel(at.ra, at.dec);
      expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(0.05);
    }
  expect(Math.abs(Math.sin(solution.boresight.rotation - sky.rotation))).toBeLessThan(1e-3);
});

test('a detector with three stars is placed by the others, to the error of the camera model', () => {
  const { truths, detectors, reference, boresight } = simulateVisit('poor', 120, 4);
  const solution = fitVisit(detectors, reference, { boresight });
  const at = truths[4].pixelToSky(500, 500);
  const back = solution.detectors[4].wcs.skyToPixel(at.ra, at.dec);
  expect(solution.detectors[4].pairs).toBeLessThan(6);
  expect(Math.hypot(back.x - 500, back.y - 500)).toBeLessThan(8); // four sigma of the detectors' shifts
});

test('a visit of another place is refused', () => {
  const { detectors, boresight } = simulateVisit('here', 100);
  const other = simulateVisit('there', 100);
  expect(() => fitVisit(detectors, other.reference, { boresight: other.boresight })).toThrow(
    expect.objectContaining({ code: 'astrometry.not-solved' }),
  );
  expect(() => fitVisit(detectors, other.reference, { boresight })).toThrow(expect.objectContaining({ fault: 'data' }));
});
