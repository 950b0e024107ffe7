import { expect, test } from 'vitest';
import { pool, recover, type RecoveryCase } from '../../test/recovery.ts';

/** FWHM ratios from 0.8 to 1.5 both ways, seeing 0.6 to 1.2 arcsec, the template up to 50 mas (0.25 pixel) off. */
const CASES: readonly Omit<RecoveryCase, 'seed'>[] = [
  { scienceFwhm: 4.5, templateFwhm: 3, shift: [0, 0] },
  { scienceFwhm: 3.6, templateFwhm: 3.3, shift: [0.25, 0] },
  { scienceFwhm: 5, templateFwhm: 4, shift: [-0.15, 0.2] },
  { scienceFwhm: 3.3, templateFwhm: 3.3, shift: [0.1, -0.2] },
  { scienceFwhm: 3, templateFwhm: 3.75, shift: [0, 0.25] },
  { scienceFwhm: 4, templateFwhm: 5, shift: [0.2, 0] },
  { scienceFwhm: 3, templateFwhm: 4.5, shift: [0, 0] },
  { scienceFwhm: 6, templateFwhm: 5, shift: [0, -0.1] },
];

test('transients, residuals and noise over all ratios of widths keep the bounds (seeds 7000 to 7310)', () => {
  const runs = CASES.flatMap((each, n) => [0, 1].map((k) => recover({ ...each, seed: 7000 + 20 * n + 170 * k })));
  const figures = pool(runs);
  expect(figures.measured).toBeGreaterThan(1500);
  expect(figures.atSix).toBeGreaterThan(0.95);
  expect(Math.abs(figures.half - 5)).toBeLessThan(0.15);
  expect(Math.abs(figures.fluxBiasMmag)).toBeLessThan(5);
  for (const bias of figures.biasMas) expect(Math.abs(bias)).toBeLessThan(5);
  for (const width of Object.values(figures.widths)) {
    expect(width).toBeGreaterThan(0.95);
    expect(width).toBeLessThan(1.1);
  }
  expect(figures.starChi2).toBeGreaterThan(0.95);
  expect(figures.starChi2).toBeLessThan(1.05);
  for (const noise of figures.noise) expect(Math.abs(noise - 1)).toBeLessThan(0.05);
  for (const correlation of figures.correlation) expect(Math.abs(correlation)).toBeLessThan(0.03);
}, 300_000);
