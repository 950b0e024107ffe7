import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { detectBoth, measureEmptySky } from './detect-both.ts';
import { detectPeaks } from './detect-peaks.ts';
import { footprintArea, footprintsOf, growFootprints, markFootprintsInPlace } from './footprint.ts';

const side = 60;
function mapOf(squares: readonly (readonly [number, number, number])[]): {
  data: Float32Array;
  width: number;
  height: number;
  stride: number;
} {
  const data = new Float32Array(side * side);
  for (const [x, y, value] of squares)
    for (let j = -1; j <= 1; j++) for (let i = -1; i <= 1; i++) data[(y + j) * side + x + i] = value * (i || j ? 0.8 : 1);
  return { data, width: side, height: side, stride: side };
}

test('footprints are the pixels as spans; grown ones that touch become one with the peaks of both', () => {
  const peaks = detectPeaks(
    mapOf([
      [20, 20, 10],
      [30, 20, 9],
      [50, 50, 8],
    ]),
    { threshold: 5 },
  );
  const found = footprintsOf(peaks);
  expect(found.map(footprintArea)).toEqual([9, 9, 9]);
  expect(Array.from(found[0].spans)).toEqual([19, 19, 22, 20, 19, 22, 21, 19, 22]);
  const grown = growFootprints(found, 5, { width: side, height: side });
  expect(grown).toHaveLength(2);
  expect(grown.map((footprint) => footprint.peaks.length).toSorted((a, b) => a - b)).toEqual([1, 2]);
  expect(growFootprints(found, 0, { width: side, height: side }).map(footprintArea)).toEqual([9, 9, 9]);
  const mask = { data: new Int32Array(side * side), stride: side };
  markFootprintsInPlace(mask, found, 4);
  expect(mask.data.filter((bits) => bits === 4)).toHaveLength(27);
});

test('a footprint over the corner is cut at the bounds', () => {
  const grown = growFootprints([{ spans: Int32Array.of(0, 0, 2), peaks: [0] }], 3, { width: 4, height: 4 });
  for (let k = 0; k < grown[0].spans.length; k += 3) {
    expect(grown[0].spans[k]).toBeLessThan(4);
    expect(grown[0].spans[k + 2]).toBeLessThanOrEqual(4);
  }
});

test('holes are found with the sign turned', () => {
  const { positive, negative } = detectBoth(
    mapOf([
      [20, 20, 10],
      [40, 40, -9],
    ]),
    { threshold: 5 },
  );
  expect([positive.count, positive.x[0]]).toEqual([1, 20]);
  expect([negative.count, negative.x[0], negative.significance[0] > 0]).toEqual([1, 40, true]);
});

test('the scatter of empty sky is found beside sources (seed 5)', () => {
  const large = 300;
  const data = new Float32Array(large * large);
  createRandom(5).fillNormal(data, 0.1, 1.3);
  const map = { data, width: large, height: large, stride: large };
  const segmentation = { ...map, data: new Int32Array(large * large) };
  for (let y = 0; y < 100; y++)
    for (let x = 0; x < large; x++) {
      data[y * large + x] = 50;
      segmentation.data[y * large + x] = 1;
    }
  const sky = measureEmptySky(map, segmentation, { seed: 1 });
  expect(sky.scatter).toBeGreaterThan(1.25);
  expect(sky.scatter).toBeLessThan(1.35);
  expect(Math.abs(sky.level - 0.1)).toBeLessThan(0.08);
  segmentation.data.fill(1);
  expect(measureEmptySky(map, segmentation, { seed: 1 }).count).toBe(0);
});
