import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { fitChebyshevBackground, subtractField } from './chebyshev.ts';
import { evaluateBackground, measureBackground } from './mesh.ts';
import { meshValueAt } from './mesh-value.ts';

const side = 1024;
const skyAt = (x: number, y: number): number => 900 + 60 * (x / side) - 40 * (y / side) ** 2;

function field(seed: number, sources: number): { data: Float32Array; width: number; height: number; stride: number } {
  const random = createRandom(seed);
  const data = new Float32Array(side * side);
  random.fillNormal(data, 0, 30);
  for (let k = 0; k < data.length; k++) data[k] += skyAt(k % side, Math.floor(k / side));
  for (let n = 0; n < sources; n++) {
    const [cx, cy, flux] = [random.uniform(10, side - 10), random.uniform(10, side - 10), 10 ** random.uniform(2.5, 5)];
    for (let j = -9; j <= 9; j++)
      for (let i = -9; i <= 9; i++) {
        const [x, y] = [Math.round(cx) + i, Math.round(cy) + j];
        data[y * side + x] += (flux / 25) * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 8);
      }
  }
  return { data, width: side, height: side, stride: side };
}

test('the sky is within 1 % of the truth under a gradient and a thousand sources, its noise within 4 % (seed 31)', () => {
  const image = field(31, 1000);
  const background = measureBackground(image, { cellPixels: 128 });
  const sky = { ...image, data: new Float32Array(image.data.length) };
  evaluateBackground(background, sky);
  let worst = 0;
  for (let y = 0; y < side; y += 7)
    for (let x = 0; x < side; x += 7) worst = Math.max(worst, Math.abs(sky.data[y * side + x] / skyAt(x, y) - 1));
  expect(worst).toBeLessThan(0.01);
  expect(Math.abs(background.medianNoise / 30 - 1)).toBeLessThan(0.04);
  expect(Math.abs(meshValueAt(background.level, 512, 512) / skyAt(512, 512) - 1)).toBeLessThan(0.005);
});

test('a Chebyshev sky follows the gradient within 0.3 %, with a nebula that fills a tenth of the field left in (seed 32)', () => {
  const image = field(32, 300);
  for (let y = 300; y < 600; y++) for (let x = 300; x < 600; x++) image.data[y * side + x] += 300;
  const { level } = measureBackground(image, { cellPixels: 64 });
  const smooth = fitChebyshevBackground(level, image, 2);
  const out = { ...image, data: new Float32Array(image.data.length) };
  subtractField({ ...image, data: new Float32Array(image.data.length) }, smooth, out);
  for (let y = 20; y < side; y += 100)
    for (let x = 20; x < side; x += 100) expect(Math.abs(-out.data[y * side + x] / skyAt(x, y) - 1)).toBeLessThan(0.003);
});

test('cells of 32 pixels do not follow sources that fill them when outliers are dropped (seed 33)', () => {
  const image = field(33, 0);
  for (let y = 480; y < 544; y++) for (let x = 480; x < 544; x++) image.data[y * side + x] += 500;
  const at = (outlierSigma?: number): number =>
    meshValueAt(measureBackground(image, { cellPixels: 32, filterCells: 1, ...(outlierSigma ? { outlierSigma } : {}) }).level, 512, 512);
  expect(at() - skyAt(512, 512)).toBeGreaterThan(300);
  expect(Math.abs(at(5) - skyAt(512, 512))).toBeLessThan(10);
});
