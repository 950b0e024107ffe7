import { planeBits } from '@almagest/image';
import { fringePattern, loadProfile, prepareSurvey, simulateOne } from '@almagest/simulation';
import { expect, test } from 'vitest';
import { findCosmicRaysByLaplacian } from '../cosmic-ray/laplacian.ts';
import { findCosmicRaysBySharpness, gaussianRatios } from '../cosmic-ray/sharpness.ts';
import { FULL_ISR } from './isr-config.ts';
import { reduceRaw } from './reduce-raw.ts';

const SIDE = 4096;

/** A whole field with every effect planted, reduced with the planted calibrations. */
test('a field of 4k x 4k comes back: sky, noise, cosmic rays, stars', () => {
  const survey = prepareSurvey(loadProfile('field'));
  const [detector] = survey.camera.detectors;
  const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
  const signature = survey.signatureOf(detector);
  const exposure = simulateOne(survey, plan, detector);
  const n = signature.amplifiers.length;
  const { maskedImage, statistics } = reduceRaw(
    { detector, amplifiers: exposure.raw, darkSec: plan.exposureSec, seed: 'field' },
    {
      gains: signature.amplifiers.map((a) => a.gain),
      readNoises: signature.amplifiers.map((a) => a.readNoise),
      linearity: signature.amplifiers.map(({ beta }) => ({ type: 'polynomial', coefficients: [beta, 2 * beta ** 2, 5 * beta ** 3] })),
      crosstalk: { victims: n, sources: n, linear: signature.crosstalk },
      transfer: signature.amplifiers.map(() => ({ inefficiency: signature.effects.cti, decayPixels: signature.effects.ctiDecay })),
      bias: signature.biasPattern,
      dark: new Float32Array(SIDE * SIDE).fill(signature.effects.darkCurrent),
      flat: signature.response,
      fringes: [Float32Array.from({ length: SIDE * SIDE }, (_, i) => fringePattern(detector, i % SIDE, Math.floor(i / SIDE)))],
      brighterFatter: signature.brighterFatter,
      defects: signature.defects,
    },
    FULL_ISR,
  );
  const { image, mask, variance } = maskedImage;
  // Faint sources lift the median a little above the sky.
  expect(statistics.median - exposure.skyLevel).toBeGreaterThan(-0.5);
  expect(statistics.median - exposure.skyLevel).toBeLessThan(3);
  const usable = planeBits(mask.planes, ['SAT', 'BAD', 'NO_DATA', 'INTRP']);
  let [sum, count] = [0, 0];
  for (let i = 0; i < image.data.length; i += 7)
    if ((mask.data[i] & usable) === 0 && Math.abs(image.data[i] - statistics.median) < 100)
      [sum, count] = [sum + variance.data[i], count + 1];
  expect(Math.abs(statistics.scatter / Math.sqrt(sum / count) - 1)).toBeLessThan(0.05);

  const hits = new Map<number, number>();
  for (const [k, i] of exposure.cosmicRays.indices.entries()) hits.set(i, (hits.get(i) ?? 0) + exposure.cosmicRays.electrons[k]);
  const strong = [...hits].filter(([i, e]) => e > 6 * Math.sqrt(variance.data[i]) && (mask.data[i] & usable) === 0);
  const stars = exposure.drawn.filter(
    (d) => d.source.kind === 'star' && d.flux > 3000 && d.x > 5 && d.y > 5 && d.x < SIDE - 6 && d.y < SIDE - 6,
  );
  const request = { image: image.data, width: SIDE, height: SIDE, mask: mask.data, badBits: usable, readNoise: 6 };
  const psf = gaussianRatios(plan.sky!.psf.fwhmPixels * 0.95);
  for (const { pixels } of [findCosmicRaysBySharpness({ ...request, sky: statistics.median, psf }), findCosmicRaysByLaplacian(request)]) {
    const found = new Set(pixels);
    expect(strong.filter(([i]) => found.has(i)).length / strong.length).toBeGreaterThan(0.99);
    const touched = stars.filter(({ x, y }) => {
      const i = Math.round(y) * SIDE + Math.round(x);
      return found.has(i) && ![0, 1, -1, SIDE, -SIDE].some((d) => hits.has(i + d));
    });
    expect(touched.length / stars.length).toBeLessThan(0.001);
  }
  expect(stars.length).toBeGreaterThan(300);
});
