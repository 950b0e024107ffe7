import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumInCirclesInto } from './circle-sums.ts';

const side = 41;
const flat = { data: new Float32Array(side * side).fill(1), width: side, height: side, stride: side };

test('the area of a circle is pi r^2 wherever its centre is (seed 3)', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      fc.double({ min: 0.05, max: 18, noNaN: true }),
      (dx, dy, r) => {
        const sums = new Float64Array(1);
        const areas = new Float64Array(1);
        sumInCirclesInto(flat, { x: 20 + dx, y: 20 + dy }, [r], sums, areas);
        expect(Math.abs(areas[0] - Math.PI * r * r)).toBeLessThan(1e-10);
        expect(Math.abs(sums[0] - areas[0])).toBeLessThan(1e-10);
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('each pixel counts by its own part inside', () => {
  const image = { ...flat, data: new Float32Array(side * side) };
  image.data[20 * side + 22] = 1;
  const sums = new Float64Array(1);
  // The pixel from 1.5 to 2.5 about a circle of radius 2: integral by fine steps.
  sumInCirclesInto(image, { x: 20, y: 20 }, [2], sums, new Float64Array(1));
  let expected = 0;
  const steps = 200_000;
  for (let k = 0; k < steps; k++) {
    const y = -0.5 + (k + 0.5) / steps;
    expected += Math.max(0, Math.min(2.5, Math.sqrt(4 - y * y)) - 1.5) / steps;
  }
  expect(sums[0]).toBeCloseTo(expected, 9);
});

test('a circle over the edge keeps only what is inside the image', () => {
  const areas = new Float64Array(1);
  sumInCirclesInto(flat, { x: -0.5, y: 20 }, [5], new Float64Array(1), areas);
  expect(areas[0]).toBeCloseTo((Math.PI * 25) / 2, 9);
});
