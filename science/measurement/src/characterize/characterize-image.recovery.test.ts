import { createMask, type Exposure, exposureOf, imageOf, maskedImageOf } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { getColumn } from '@almagest/table';
import { expect, test } from 'vitest';
import { characterizeImage } from './characterize-image.ts';

const SIDE = 1400;

function exposure(seed: number, light: (x: number, y: number) => number): Exposure {
  const data = new Float32Array(SIDE * SIDE);
  createRandom(seed).fillNormal(data, 0, 1);
  for (let k = 0; k < data.length; k++) {
    const expected = 900 + light(k % SIDE, Math.floor(k / SIDE));
    data[k] = expected + data[k] * Math.sqrt(expected);
  }
  return exposureOf(maskedImageOf(imageOf(data, SIDE, SIDE), createMask(SIDE, SIDE), imageOf(data.slice(), SIDE, SIDE)));
}

test('a galaxy of 10 arcsec half-light radius (50 pixels) keeps more than 99 % of its light under the sky (seed 95)', () => {
  const flux = 1e7;
  const scale = 50 / 1.6783;
  const profile = (x: number, y: number): number =>
    (flux / (2 * Math.PI * scale * scale)) * Math.exp(-Math.hypot(x - 700, y - 700) / scale);
  const { exposure: out, sources } = characterizeImage(exposure(95, profile));
  const { image } = out.maskedImage;
  // What the sky took: truth minus what is left, within five half-light radii, where the noise of pixels and sky adds 0.2 % of the flux.
  let [kept, area] = [0, 0];
  let truth = 0;
  for (let y = 450; y <= 950; y++)
    for (let x = 450; x <= 950; x++)
      if (Math.hypot(x - 700, y - 700) < 250) {
        kept += image.data[y * SIDE + x];
        truth += profile(x, y);
        area++;
      }
  expect(area).toBeGreaterThan(190_000);
  expect(kept / truth).toBeGreaterThan(0.99);
  expect(kept / truth).toBeLessThan(1.01);
  // It is one source with its Kron flux, which holds 94 % of an exponential disc (Kron 1980), and no swarm of peaks of noise.
  const [x, y, kron] = ['x', 'y', 'kronFlux'].map((name) => getColumn(sources, name).data as Float64Array);
  const within = Array.from(x.keys()).filter((i) => Math.hypot(x[i] - 700, y[i] - 700) < 100);
  expect(within.length).toBeLessThan(4);
  expect(Math.max(...within.map((i) => kron[i])) / flux).toBeGreaterThan(0.92);
  expect(Math.max(...within.map((i) => kron[i])) / flux).toBeLessThan(1.01);
});

test('a crowded frame is cut to the most significant sources, and two stars give a catalogue with a stand-in PSF (seed 96)', () => {
  const random = createRandom(96);
  const stars = Array.from({ length: 1500 }, () => [random.uniform(0, SIDE), random.uniform(0, SIDE), 10 ** random.uniform(3, 5)] as const);
  const planes = new Float64Array(SIDE * SIDE);
  const add = ([cx, cy, flux]: readonly [number, number, number]): void => {
    for (let y = Math.max(0, Math.round(cy) - 8); y <= Math.min(SIDE - 1, Math.round(cy) + 8); y++)
      for (let x = Math.max(0, Math.round(cx) - 8); x <= Math.min(SIDE - 1, Math.round(cx) + 8); x++)
        planes[y * SIDE + x] += (flux / (2 * Math.PI * 2.25)) * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 4.5);
  };
  stars.forEach(add);
  const crowded = characterizeImage(
    exposure(96, (x, y) => planes[y * SIDE + x]),
    { maxSources: 500 },
  );
  const children = getColumn(crowded.sources, 'deblend_nChild').data as Int32Array;
  expect(children.filter((count) => count === 0)).toHaveLength(500);
  expect(new Set(crowded.detections.segmentation.data.subarray(0, SIDE * 200)).size).toBeLessThan(502);
  planes.fill(0);
  add([400.3, 500.2, 50_000]);
  add([900.1, 700.6, 30_000]);
  const two = characterizeImage(
    exposure(97, (x, y) => planes[y * SIDE + x]),
    { threshold: 8 },
  );
  expect(two.sources.nrows).toBe(2);
  expect(two.psfFit).toBeUndefined();
  expect(Array.from(getColumn(two.sources, 'invalidPsfFlag').data as Uint8Array)).toEqual([1, 1]);
  expect(Math.abs((getColumn(two.sources, 'ap12Flux').data[0] as number) / 50_000 - 1)).toBeLessThan(0.03);
});
