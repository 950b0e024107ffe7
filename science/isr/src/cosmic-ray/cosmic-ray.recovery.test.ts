import { loadCamera } from '@almagest/instrument';
import { DEFAULT_EFFECTS, loadProfile, makeSignature, prepareSurvey, simulateExposure, type SkySource } from '@almagest/simulation';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { findCosmicRaysByLaplacian } from './laplacian.ts';
import { findCosmicRaysBySharpness, gaussianRatios } from './sharpness.ts';

/** A field of stars of all brightness under a sky of 750 electrons, with many cosmic rays and no other signature. */
function makeField(): {
  image: Float32Array;
  hits: Map<number, number>;
  stars: { x: number; y: number; flux: number }[];
  fwhm: number;
  sky: number;
  light: Float32Array;
} {
  const camera = loadCamera('simcam-tiny');
  const [detector] = camera.detectors;
  const survey = prepareSurvey(loadProfile('tiny'));
  const plan = survey.plans.find((p) => p.type === 'science' && p.band === 'r')!;
  const none = {
    ...DEFAULT_EFFECTS,
    biasPattern: 0,
    darkCurrent: 0,
    hotFraction: 0,
    deadFraction: 0,
    deadColumns: 0,
    pixelResponse: 0,
    largeScaleResponse: 0,
    vignetting: 0,
    fringe: 0,
    brighterFatter: 0,
    fullWell: 1e9,
    cosmicRays: 12,
  };
  const random = createRandom('stars');
  const sources: SkySource[] = Array.from({ length: 400 }, (_, id) => {
    // Counts that double with every magnitude, as at high galactic latitude.
    const r = Math.max(16, 25 + Math.log2(1 - random.uniform()));
    return {
      id,
      kind: 'star',
      ra: plan.pointing.ra + random.uniform(-2.4e-4, 2.4e-4),
      dec: plan.pointing.dec + random.uniform(-2.4e-4, 2.4e-4),
      pmRa: 0,
      pmDec: 0,
      mags: { u: r, g: r, r, i: r, z: r, y: r },
    };
  });
  const exposure = simulateExposure({
    camera,
    detector,
    plan: { ...plan, sky: { ...plan.sky!, satelliteTrails: 0 } },
    signature: makeSignature(detector, none, 'cr'),
    sky: { sources, orbits: [], referenceMjd: 61_000 },
    times: { epochs: survey.epochs, seed: '1' },
    seed: '1',
    keepTruthPlanes: true,
  });
  const noise = createRandom('noise');
  const image = exposure.charge!.map((v) => v + noise.normal(0, 6));
  const hits = new Map<number, number>();
  for (const [k, i] of exposure.cosmicRays.indices.entries()) hits.set(i, (hits.get(i) ?? 0) + exposure.cosmicRays.electrons[k]);
  return {
    image,
    hits,
    stars: exposure.drawn.map(({ x, y, flux }) => ({ x, y, flux })),
    fwhm: plan.sky!.psf.fwhmPixels,
    sky: exposure.skyLevel,
    light: exposure.light!,
  };
}

const field = makeField();
const request = { image: field.image, width: 512, height: 512, mask: new Int32Array(512 * 512), badBits: 1, readNoise: 6 };

function score(pixels: Int32Array): { precision: number; recall: number; starsTouched: number; found: number } {
  // Significant against the noise of what lies below, stars included.
  const strong = [...field.hits].filter(([i, e]) => e > 6 * Math.sqrt(field.light[i] + 36));
  const set = new Set(pixels);
  const near = (i: number): boolean => [0, 1, -1, 512, -512, 511, -511, 513, -513].some((d) => field.hits.has(i + d));
  const right = [...set].filter(near).length;
  const touched = field.stars.filter(({ x, y, flux }) => {
    const i = Math.round(y) * 512 + Math.round(x);
    return flux > 1000 && set.has(i) && !near(i);
  });
  return {
    precision: right / set.size,
    recall: strong.filter(([i]) => set.has(i)).length / strong.length,
    starsTouched: touched.length,
    found: set.size,
  };
}

test('by Laplacian: over 97 % of strong pixels, under 3 % false, no star touched', () => {
  const result = score(findCosmicRaysByLaplacian(request).pixels);
  expect(field.hits.size).toBeGreaterThan(300);
  expect(result.recall).toBeGreaterThan(0.97);
  expect(result.precision).toBeGreaterThan(0.97);
  expect(result.starsTouched).toBe(0);
});

test('by sharpness: over 97 % of strong pixels, under 3 % false, no star touched', () => {
  const result = score(findCosmicRaysBySharpness({ ...request, sky: field.sky, psf: gaussianRatios(field.fwhm) }).pixels);
  expect(result.recall).toBeGreaterThan(0.97);
  expect(result.precision).toBeGreaterThan(0.97);
  expect(result.starsTouched).toBe(0);
});
