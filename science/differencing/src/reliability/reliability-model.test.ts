import { readFileSync } from 'node:fs';
import { createMaskedImage, type MaskedImage, planeBits } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { cutStamps, STAMP_LENGTH } from './cut-stamps.ts';
import { createReliabilityModel, scoreDetections } from './reliability-model.ts';

interface Case {
  readonly label: number;
  readonly stamps: readonly (number | null)[];
  readonly score: number;
}

interface Scene {
  readonly science: MaskedImage;
  readonly template: MaskedImage;
  readonly difference: MaskedImage;
}

const SIDE = 64;
const MIDDLE = { x: 32, y: 32 };
const SIGMA = 2.2;
const LIKELY = 0.5;

/** Three images of noise 1 (2 ** 0.5 in the difference). */
function makeScene(seed: number): Scene {
  const random = createRandom(seed);
  const make = (noise: number): MaskedImage => {
    const image = createMaskedImage(SIDE, SIDE);
    image.variance.data.fill(noise ** 2);
    return image;
  };
  const scene = { science: make(1), template: make(1), difference: make(Math.SQRT2) };
  for (let k = 0; k < SIDE * SIDE; k++) {
    scene.science.image.data[k] = random.normal();
    scene.template.image.data[k] = random.normal();
    scene.difference.image.data[k] = scene.science.image.data[k] - scene.template.image.data[k];
  }
  return scene;
}

/** Adds a Gaussian star of a given height. */
function addStar({ image }: MaskedImage, height: number, x: number, y: number, sigma = SIGMA): void {
  for (let j = 0; j < SIDE; j++)
    for (let i = 0; i < SIDE; i++) image.data[j * SIDE + i] += height * Math.exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * sigma ** 2));
}

function scoreOf(scene: Scene): number {
  return scoreDetections(scene, [MIDDLE])[0];
}

test('scores are those of the network as it was trained, to 1e-5', () => {
  const cases = JSON.parse(readFileSync(new URL('../../training/golden-stamps.json', import.meta.url), 'utf8')) as readonly Case[];
  const model = createReliabilityModel();
  expect(cases.length).toBeGreaterThan(6);
  for (const { stamps, score } of cases)
    expect(Math.abs(model.score(Float32Array.from(stamps, (value) => value ?? Number.NaN)) - score)).toBeLessThan(1e-5);
});

test.each([1, 2, 3])('a new star is real, one that fades too (seed %i)', (seed) => {
  const scene = makeScene(seed);
  addStar(scene.science, 20, 32, 32);
  addStar(scene.difference, 20, 32, 32);
  expect(scoreOf(scene)).toBeGreaterThan(LIKELY);
  const swapped = makeScene(seed + 10);
  addStar(swapped.template, 20, 32, 32);
  addStar(swapped.difference, -20, 32, 32);
  expect(scoreOf(swapped)).toBeGreaterThan(LIKELY);
});

test.each([1, 2, 3])('a star beside a galaxy that does not change is real (seed %i)', (seed) => {
  const scene = makeScene(seed);
  for (const image of [scene.science, scene.template]) addStar(image, 30, 28, 35, 4);
  addStar(scene.science, 20, 32, 32);
  addStar(scene.difference, 20, 32, 32);
  expect(scoreOf(scene)).toBeGreaterThan(LIKELY);
});

test.each([1, 2, 3])('the two lobes of a star out of place are an artefact (seed %i)', (seed) => {
  const scene = makeScene(seed);
  addStar(scene.science, 600, 32.1, 31);
  addStar(scene.template, 600, 31.9, 31);
  addStar(scene.difference, 600, 32.1, 31);
  addStar(scene.difference, -600, 31.9, 31);
  expect(scoreOf(scene)).toBeLessThan(LIKELY);
});

test.each([1, 2, 3])('a cosmic ray is an artefact (seed %i)', (seed) => {
  const scene = makeScene(seed);
  for (let k = -3; k <= 3; k++)
    for (const { image } of [scene.science, scene.difference]) image.data[(32 + k) * SIDE + 32 + (k >> 1)] += 80;
  expect(scoreOf(scene)).toBeLessThan(LIKELY);
});

test.each([1, 2, 3])('a ring around a bright star is an artefact (seed %i)', (seed) => {
  const scene = makeScene(seed);
  for (const image of [scene.science, scene.template]) addStar(image, 2000, 32, 32);
  addStar(scene.difference, 120, 32, 32, 1.3);
  addStar(scene.difference, -60, 32, 32, 2.2);
  expect(scoreOf(scene)).toBeLessThan(LIKELY);
});

test('a step at the edge of what was observed is an artefact', () => {
  const scene = makeScene(4);
  const noData = planeBits(scene.difference.mask.planes, ['NO_DATA']);
  for (let j = 0; j < SIDE; j++)
    for (let i = 0; i < SIDE; i++) {
      if (i >= 34)
        for (const image of [scene.science, scene.template, scene.difference]) {
          image.image.data[j * SIDE + i] = Number.NaN;
          image.mask.data[j * SIDE + i] |= noData;
        }
      else if (i >= 31) for (const { image } of [scene.science, scene.difference]) image.data[j * SIDE + i] += 5;
    }
  expect(scoreOf(scene)).toBeLessThan(LIKELY);
});

test('scores are numbers from 0 to 1 for anything', () => {
  const model = createReliabilityModel();
  const random = createRandom(5);
  const values = [Number.NaN, Infinity, -Infinity, 0, 1e30, -1e30, 5, -5];
  for (let n = 0; n < 50; n++) {
    const score = model.score(Float32Array.from({ length: STAMP_LENGTH }, () => values[Math.floor(values.length * random.uniform())]));
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
  }
  expect(() => model.score(new Float32Array(9))).toThrow(/expected a stamp of 1764 numbers; found 9/);
});

test('places outside an image have only flags; places that are no place have no score', () => {
  const scene = makeScene(6);
  const stamps = cutStamps(scene, 500, 500);
  expect(stamps.subarray(0, 1323).every((value) => Number.isNaN(value))).toBe(true);
  expect(stamps.subarray(1323).every((value) => value === 1)).toBe(true);
  const [outside, none] = scoreDetections(scene, [
    { x: 500, y: 500 },
    { x: Number.NaN, y: 3 },
  ]);
  expect(outside).toBeGreaterThanOrEqual(0);
  expect(none).toBeNaN();
});

test('places count from the corner of the parent', () => {
  const scene = makeScene(7);
  addStar(scene.difference, 20, 32, 32);
  const move = ({ image, mask, variance }: MaskedImage): MaskedImage => ({
    image: { ...image, x0: 100, y0: 50 },
    mask: { ...mask, x0: 100, y0: 50 },
    variance: { ...variance, x0: 100, y0: 50 },
  });
  const moved = { science: move(scene.science), template: move(scene.template), difference: move(scene.difference) };
  expect(cutStamps(moved, 132.3, 81.8)).toEqual(cutStamps(scene, 32, 32));
});
