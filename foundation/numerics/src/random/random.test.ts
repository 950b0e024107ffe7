import { expect, test } from 'vitest';
import { ZIGGURAT_AREA, ZIGGURAT_TAIL } from './normal.ts';
import { logFactorial } from './poisson.ts';
import { createRandom } from './random.ts';

test('the same seed gives the same stream, for ever', () => {
  const random = createRandom('almagest');
  const first = [
    random.uint32(),
    random.uint32(),
    random.uniform(),
    random.normal(),
    random.poisson(3),
    random.poisson(500),
    random.integer(10),
  ];
  expect(first).toMatchInlineSnapshot(`
    [
      1407964664,
      3033804159,
      0.5015536963708839,
      0.7125287099690145,
      4,
      477,
      1,
    ]
  `);
  expect(createRandom(7).uint32()).toBe(createRandom(7n).uint32());
  expect(createRandom(7).uint32()).not.toBe(createRandom(8).uint32());
});

test('a fork depends on the label and not on how far its parent has run', () => {
  const parent = createRandom(1);
  const before = parent.fork('a').uint32();
  parent.uint32();
  expect(parent.fork('a').uint32()).toBe(before);
  expect(parent.fork('b').uint32()).not.toBe(before);
});

test('uniform, exponential and integer deviates have their moments', () => {
  const random = createRandom(2);
  const n = 200_000;
  let sum = 0;
  let squares = 0;
  let exponential = 0;
  const counts = new Float64Array(6);
  for (let i = 0; i < n; i++) {
    const u = random.uniform();
    sum += u;
    squares += u * u;
    exponential += random.exponential();
    counts[random.integer(6)]++;
  }
  expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
  expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / n));
  expect(Math.abs(exponential / n - 1)).toBeLessThan(4 / Math.sqrt(n));
  let chi2 = 0;
  for (const c of counts) chi2 += (c - n / 6) ** 2 / (n / 6);
  expect(chi2).toBeLessThan(20.5); // 99.9 % for 5 degrees of freedom
});

test('normal deviates follow the normal distribution in every cell and in the tail', () => {
  const random = createRandom(3);
  const n = 2_000_000;
  const values = new Float64Array(n);
  random.fillNormal(values);
  const cells = new Float64Array(80);
  let moment1 = 0;
  let moment2 = 0;
  let moment4 = 0;
  let tail = 0;
  for (const x of values) {
    moment1 += x;
    moment2 += x * x;
    moment4 += x ** 4;
    if (Math.abs(x) > ZIGGURAT_TAIL) tail++;
    const cell = Math.floor((x + 4) * 10);
    if (cell >= 0 && cell < 80) cells[cell]++;
  }
  expect(Math.abs(moment1 / n)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(moment2 / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(moment4 / n - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  const tailExpected = 2 * n * 0.00012902; // Q(3.65415), both sides
  expect(Math.abs(tail - tailExpected)).toBeLessThan(4 * Math.sqrt(tailExpected));
  let chi2 = 0;
  for (let c = 0; c < 80; c++) {
    const expected = n * normalProbability((c - 40) / 10, (c - 39) / 10);
    chi2 += (cells[c] - expected) ** 2 / expected;
  }
  expect(chi2).toBeLessThan(80 + 4 * Math.sqrt(160));
});

test('the ziggurat constants satisfy their defining equation', () => {
  const density = (x: number): number => Math.exp(-0.5 * x * x);
  const tailArea = simpson(density, ZIGGURAT_TAIL, ZIGGURAT_TAIL + 12, 4000);
  expect(ZIGGURAT_TAIL * density(ZIGGURAT_TAIL) + tailArea).toBeCloseTo(ZIGGURAT_AREA, 12);
  let x = ZIGGURAT_TAIL;
  for (let i = 2; i < 256; i++) x = Math.sqrt(-2 * Math.log(ZIGGURAT_AREA / x + density(x)));
  expect(ZIGGURAT_AREA / x + density(x)).toBeCloseTo(1, 8); // the last layer ends at the peak
});

test.each([0.3, 5, 11.9, 12.1, 40, 1000, 1e6])('Poisson deviates of mean %d have its mean, variance and skewness', (mean) => {
  const random = createRandom(`poisson ${mean}`);
  const n = 200_000;
  let sum = 0;
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < n; i++) {
    const d = random.poisson(mean) - mean;
    sum += d;
    squares += d * d;
    cubes += d * d * d;
  }
  expect(Math.abs(sum / n)).toBeLessThan(4 * Math.sqrt(mean / n));
  expect(Math.abs(squares / n / mean - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / n));
  expect(Math.abs(cubes / n - mean)).toBeLessThan(5 * Math.sqrt((15 * mean ** 3 + 25 * mean ** 2 + mean) / n));
});

test('Poisson answers zero for no light and NaN for NaN', () => {
  const random = createRandom(0);
  expect(random.poisson(0)).toBe(0);
  expect(random.poisson(-1)).toBe(0);
  expect(random.poisson(Number.NaN)).toBeNaN();
});

test('ln k! joins its table and its series', () => {
  let exact = 0;
  for (let k = 1; k <= 60; k++) {
    exact += Math.log(k);
    expect(Math.abs(logFactorial(k) - exact)).toBeLessThan(1e-12 * Math.max(1, exact));
  }
});

function normalProbability(low: number, high: number): number {
  return simpson((x) => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI), low, high, 20);
}

function simpson(f: (x: number) => number, low: number, high: number, steps: number): number {
  const h = (high - low) / steps;
  let sum = f(low) + f(high);
  for (let i = 1; i < steps; i++) sum += f(low + i * h) * (i % 2 ? 4 : 2);
  return (sum * h) / 3;
}
