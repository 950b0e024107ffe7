import { expect, test } from 'vitest';
import { measurePetrosianFlux } from './petrosian.ts';

const SIDE = 301;
const MIDDLE = 150.3;

function disc(profile: (r: number) => number): { data: Float32Array; width: number; height: number; stride: number } {
  const data = new Float32Array(SIDE * SIDE).map((_, k) => profile(Math.hypot((k % SIDE) - MIDDLE, Math.floor(k / SIDE) - MIDDLE)));
  return { data, width: SIDE, height: SIDE, stride: SIDE };
}

test('an exponential disc has the Petrosian radius, flux and half-light radius of its formulas', () => {
  const scale = 12;
  const image = disc((r) => Math.exp(-r / scale));
  const { radius, flux, halfLightRadius } = measurePetrosianFlux(image, { x: MIDDLE, y: MIDDLE }, { minRadius: 3, maxRadius: 140 });
  const inside = (r: number): number => 2 * Math.PI * scale * scale * (1 - (1 + r / scale) * Math.exp(-r / scale));
  const ratio = (r: number): number => (inside(1.25 * r) - inside(0.8 * r)) / (1.25 ** 2 - 0.8 ** 2) / inside(r);
  let [low, high] = [3, 140];
  while (high - low > 1e-6) [low, high] = ratio((low + high) / 2) > 0.2 ? [(low + high) / 2, high] : [low, (low + high) / 2];
  expect(Math.abs(radius / low - 1)).toBeLessThan(0.002);
  expect(Math.abs(flux / inside(2 * low) - 1)).toBeLessThan(0.002);
  expect(Math.abs(inside(halfLightRadius) / flux - 0.5)).toBeLessThan(0.002);
});

test('light that never falls off has no Petrosian radius, and neither has an empty stamp', () => {
  for (const image of [disc(() => 1), disc(() => 0)]) {
    const found = measurePetrosianFlux(image, { x: MIDDLE, y: MIDDLE }, { minRadius: 3, maxRadius: 140 });
    expect([found.radius, found.flux]).toEqual([Number.NaN, Number.NaN]);
  }
});
