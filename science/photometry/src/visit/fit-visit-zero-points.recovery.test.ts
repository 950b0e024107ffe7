import { calibrationAt, magnitudeOfNjy } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { type DetectorStars, fitVisitZeroPoints, photoCalibOfVisit } from './fit-visit-zero-points.ts';

test('a cloud over nine detectors is followed within 4 mmag, 5 in the corners of each, and a detector of two stars follows the visit (seed 61)', () => {
  const random = createRandom(61);
  const truth = (u: number, v: number): number => 30 - 0.1 * u + 0.06 * v * v;
  const detectors = Array.from({ length: 9 }, (_, detector): DetectorStars => {
    const count = detector === 8 ? 2 : 150;
    const [cu, cv] = [(detector % 3) * 0.6 - 0.6, Math.floor(detector / 3) * 0.6 - 0.6];
    const stars = Array.from({ length: count }, () => {
      const [u, v] = [cu + random.uniform(-0.3, 0.3), cv + random.uniform(-0.3, 0.3)];
      const refMag = random.uniform(16, 19);
      const flux = 10 ** (0.4 * (truth(u, v) + (detector === 4 ? 0.01 : 0) - refMag)) * (1 + random.normal(0, 0.005));
      return { u, v, refMag, flux, fluxErr: flux * 0.005, x: 0, y: 0 };
    });
    const column = (key: keyof (typeof stars)[number]): Float64Array => Float64Array.from(stars, (star) => star[key]);
    const names = { x: column('x'), y: column('y'), u: column('u'), v: column('v') };
    return { detector, ...names, refMag: column('refMag'), flux: column('flux'), fluxErr: column('fluxErr') };
  });
  const visit = fitVisitZeroPoints(detectors);
  for (let detector = 0; detector < 9; detector++) {
    const [u, v] = [(detector % 3) * 0.6 - 0.6, Math.floor(detector / 3) * 0.6 - 0.6];
    const box = { x0: 0, y0: 0, width: 100, height: 100 };
    const toFocalPlane = (x: number, y: number): { u: number; v: number } => ({ u: u + 0.006 * (x - 49.5), v: v + 0.006 * (y - 49.5) });
    const calib = photoCalibOfVisit(visit, { detector, box, toFocalPlane });
    for (const [x, y, limit] of [
      [49.5, 49.5, 0.004],
      [0, 0, 0.005],
      [99, 20, 0.005],
    ] as const) {
      const there = toFocalPlane(x, y);
      const found = magnitudeOfNjy(calibrationAt(calib, x, y));
      expect(Math.abs(found - truth(there.u, there.v) - (detector === 4 ? 0.01 : 0))).toBeLessThan(limit);
    }
  }
  expect(() => fitVisitZeroPoints([])).toThrow(expect.objectContaining({ code: 'photometry.too-few-stars' }));
});
