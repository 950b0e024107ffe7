import { createMaskedImage, moffatPsf, sumInCircle } from '@almagest/image';
import { expect, test } from 'vitest';
import { combineWarps, compareEpochs, mostRareEpochs, type Warp } from '../index.ts';

const SIDE = 240;
const SKY_SIGMA = 10;
const EPOCHS = 8;
const psf = moffatPsf(4);

interface Epoch {
  readonly warp: Warp;
  /** Light that belongs to no static source. */
  readonly foreign: Float32Array;
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

const places = Array.from({ length: 25 }, (_, k) => ({
  x: 30.3 + 44.7 * (k % 5),
  y: 29.6 + 45.1 * Math.floor(k / 5),
  flux: 2e4 * (1 + (k % 4) * 3),
}));

/** Trail in one epoch, cosmic rays in another, an asteroid moving through three; a variable star in all. */
function epochs(): Epoch[] {
  return Array.from({ length: EPOCHS }, (_, epoch) => {
    const next = gaussian(1000 + epoch);
    const { image, mask, variance } = createMaskedImage(SIDE, SIDE);
    const foreign = new Float32Array(SIDE * SIDE);
    for (const { x, y, flux } of places) addStar(image.data, x, y, flux);
    addStar(image.data, 52.2, 97.1, 3000 * (1 + Math.sin(1.9 * epoch)));
    if (epoch === 1)
      for (let t = -60; t < 320; t += 0.25)
        for (let w = -3; w <= 3; w += 0.5) addLight(foreign, t, 20 + 0.7 * t + w, 8 * Math.exp(-(w * w) / 4));
    if (epoch === 3)
      for (let k = 0; k < 12; k++)
        for (let t = 0; t < 9; t += 0.5) addLight(foreign, 15 + 19 * k + t, 70 + ((k * 53) % 160) + 0.4 * t, 220);
    if (epoch >= 5) addStar(foreign, 150 + 15 * (epoch - 5), 60.5 + 8 * (epoch - 5), 6000);
    for (let k = 0; k < foreign.length; k++) {
      image.data[k] += foreign[k] + SKY_SIGMA * next();
      variance.data[k] = SKY_SIGMA ** 2;
    }
    return { foreign, warp: { id: `epoch ${epoch}`, maskedImage: { image, mask, variance }, psf, weight: 1 / SKY_SIGMA ** 2 } };
  });
}

function addLight(data: Float32Array, x: number, y: number, value: number): void {
  const [i, j] = [Math.round(x), Math.round(y)];
  if (i >= 0 && j >= 0 && i < SIDE && j < SIDE) data[j * SIDE + i] += value;
}

test('trails, cosmic rays and asteroids go, stars and the variable stay', () => {
  const all = epochs();
  const warps = all.map(({ warp }) => warp);
  const found = compareEpochs(warps);
  let [foreignPixels, removed] = [0, 0];
  for (const epoch of [1, 3, 5, 6, 7]) {
    all[epoch].foreign.forEach((value, k) => {
      if (value < 2 * SKY_SIGMA) return;
      foreignPixels++;
      removed += found[epoch].rejected[k];
    });
  }
  // One of the twelve cosmic rays lies on a star that outshines it, and stays by design.
  expect(removed / foreignPixels).toBeGreaterThan(0.95);
  expect(found[1].trails).toBeGreaterThan(0);
  for (const epoch of [0, 2, 4]) expect(found[epoch].rejectedShare).toBeLessThan(0.002);
  const { maskedImage, inputCount } = combineWarps(
    warps,
    found.map(({ rejected }) => rejected),
  );
  for (const { x, y, flux } of places) {
    const { sum } = sumInCircle(maskedImage.image, { x, y }, 8);
    const share = psf.computeApertureFlux(8, 0, 0);
    const error = Math.sqrt(Math.PI * 64) * (SKY_SIGMA / Math.sqrt(EPOCHS - 1));
    expect(Math.abs(sum - flux * share)).toBeLessThan(4 * error + 0.002 * flux);
  }
  expect(inputCount.data[97 * SIDE + 52]).toBe(EPOCHS);
  const clipped = maskedImage.mask.planes['CLIPPED'];
  expect(maskedImage.mask.data.some((bits) => bits & (1 << clipped))).toBe(true);
});

test('the rule of rare epochs', () => {
  expect([1, 2, 3, 4, 5, 10, 100].map(mostRareEpochs)).toEqual([0, 0, 1, 1, 2, 2.3, 5]);
});

test('with two epochs nothing is rejected, for nobody knows which one is right', () => {
  const [a, b] = epochs().slice(1, 3);
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
