import { createMaskedImage, moffatPsf, sumInCircle } from '@almagest/image';
import { expect, test } from 'vitest';
import { combineWarps, compareEpochs, mostRareEpochs, type Warp } from '../index.ts';

const SIDE = 320;
const SKY_SIGMA = 10;
const psf = moffatPsf(4);
type Kind = 'trail' | 'cosmicRay' | 'asteroid';
const KINDS: readonly Kind[] = ['trail', 'cosmicRay', 'asteroid'];

interface Epoch {
  readonly warp: Warp;
  /** The same without what is foreign. */
  readonly clean: Warp;
  /** Light that belongs to no static source. */
  readonly foreign: Readonly<Record<Kind, Float32Array>>;
}

function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function addStar(data: Float32Array, x: number, y: number, flux: number): void {
  const star = psf.computeImage(x, y);
  star.data.forEach((value, k) => {
    const i = star.x0 + (k % star.width);
    const j = star.y0 + Math.floor(k / star.width);
    if (i >= 0 && j >= 0 && i < SIDE && j < SIDE) data[j * SIDE + i] += flux * value;
  });
}

const places = Array.from({ length: 49 }, (_, k) => ({
  x: 25.3 + 44.7 * (k % 7),
  y: 24.6 + 45.1 * Math.floor(k / 7),
  flux: 2e4 * (1 + (k % 4) * 3),
}));

/**
 * Epochs of one field of stars and a variable; every fifth has, at places of its own, a trail with faint wings, cosmic rays of
 * many lengths and asteroids, of which one is ten times fainter than another.
 */
function epochs(count: number): Epoch[] {
  return Array.from({ length: count }, (_, epoch) => {
    const next = gaussian(1000 + epoch);
    const { image, mask, variance } = createMaskedImage(SIDE, SIDE);
    const foreign = {
      trail: new Float32Array(SIDE * SIDE),
      cosmicRay: new Float32Array(SIDE * SIDE),
      asteroid: new Float32Array(SIDE * SIDE),
    };
    for (const { x, y, flux } of places) addStar(image.data, x, y, flux);
    addStar(image.data, 72.2, 97.1, 3000 * (1 + Math.sin(1.9 * epoch)));
    if (epoch % 5 === 2) {
      const turn = 0.7 - 0.35 * Math.floor(epoch / 5);
      for (let t = -60; t < 500; t += 0.25)
        for (let w = -5; w <= 5; w += 0.5) addLight(foreign.trail, t, 40 + 8 * epoch + turn * t + w, 8 * Math.exp(-(w * w) / 4));
      for (let k = 0; k < 16; k++)
        for (let t = 0; t < 3 + (k % 5) * 3; t += 0.5)
          addLight(foreign.cosmicRay, 15 + 19 * k + t, 30 + ((k * 53 + 31 * epoch) % 260) + 0.4 * t, 60 + 40 * (k % 5));
      for (let k = 0; k < 8; k++) addStar(foreign.asteroid, 40 + 31 * k, 47.5 + ((k * 97 + 13 * epoch) % 240), 1200 * (1 + (k % 4) * 3));
    }
    const cleanData = image.data.map((value) => value + SKY_SIGMA * next());
    variance.data.fill(SKY_SIGMA ** 2);
    image.data.set(cleanData.map((value, k) => value + KINDS.reduce((sum, kind) => sum + foreign[kind][k], 0)));
    const make = (data: Float32Array): Warp => {
      const copy = createMaskedImage(SIDE, SIDE);
      copy.image.data.set(data);
      return { id: `epoch ${epoch}`, maskedImage: { image: copy.image, mask, variance }, psf, weight: 1 / SKY_SIGMA ** 2 };
    };
    return { foreign, warp: make(image.data), clean: make(cleanData) };
  });
}

function addLight(data: Float32Array, x: number, y: number, value: number): void {
  const [i, j] = [Math.round(x), Math.round(y)];
  if (i >= 0 && j >= 0 && i < SIDE && j < SIDE) data[j * SIDE + i] += value;
}

test.each([5, 10])(
  'of %i epochs, one in five with trails, cosmic rays and asteroids: most of each go, star fluxes stay within 2 mmag',
  (count) => {
    const all = epochs(count);
    const warps = all.map(({ warp }) => warp);
    const found = compareEpochs(warps);
    for (const kind of KINDS) {
      let [pixels, removed] = [0, 0];
      for (const [n, { foreign }] of all.entries())
        foreign[kind].forEach((value, k) => {
          if (value < 1.5 * SKY_SIGMA) return;
          pixels++;
          removed += found[n].rejected[k];
        });
      expect(pixels).toBeGreaterThan(100);
      expect(removed / pixels, kind).toBeGreaterThan(0.95);
    }
    for (const [n, { rejectedShare }] of found.entries()) if (n % 5 !== 2) expect(rejectedShare).toBeLessThan(0.002);
    const { maskedImage, inputCount } = combineWarps(
      warps,
      found.map(({ rejected }) => rejected),
    );
    // The same noise without anything foreign: what is left is the bias, star by star.
    const reference = combineWarps(all.map(({ clean }) => clean)).maskedImage.image;
    const biases = places.map((at) => {
      const [a, b] = [maskedImage.image, reference].map((image) => sumInCircle(image, at, 8).sum);
      return (a - b) / (at.flux * psf.computeApertureFlux(8, 0, 0));
    });
    const bright = biases.filter((_, k) => places[k].flux > 1e5);
    const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(average(biases))).toBeLessThan(0.002);
    expect(Math.abs(average(bright))).toBeLessThan(0.002);
    expect(inputCount.data[97 * SIDE + 72]).toBe(count);
    const clipped = maskedImage.mask.planes['CLIPPED'];
    expect(maskedImage.mask.data.some((bits) => bits & (1 << clipped))).toBe(true);
  },
);

test('the rule of rare epochs', () => {
  expect([1, 2, 3, 4, 5, 10, 100].map(mostRareEpochs)).toEqual([0, 0, 1, 1, 2, 2.3, 5]);
});

test('with two epochs nothing is rejected, for nobody knows which one is right', () => {
  const [a, b] = epochs(3).slice(1, 3);
  expect(compareEpochs([a.warp, b.warp]).every(({ artifacts }) => artifacts === 0)).toBe(true);
});

test('epochs that cover a corner of a patch keep their blank sky', () => {
  const corner = Array.from({ length: 3 }, (_, epoch): Warp => {
    const next = gaussian(77 + epoch);
    const { image, mask, variance } = createMaskedImage(SIDE, SIDE);
    image.data.fill(Number.NaN);
    for (let y = 0; y < 100; y++)
      for (let x = 0; x < 100; x++) {
        image.data[y * SIDE + x] = SKY_SIGMA * next();
        variance.data[y * SIDE + x] = SKY_SIGMA ** 2;
      }
    return { id: String(epoch), maskedImage: { image, mask, variance }, weight: 1 };
  });
  for (const { rejected } of compareEpochs(corner)) expect(rejected.reduce((sum, value) => sum + value, 0)).toBeLessThan(100);
});
