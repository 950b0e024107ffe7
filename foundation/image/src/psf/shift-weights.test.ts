import { expect, test } from 'vitest';
import { computeShiftWeightsInto, SHIFT_REACH, SHIFT_TAPS } from './shift-weights.ts';

test('moments up to the eighth come out exactly', () => {
  const w = new Float64Array(SHIFT_TAPS);
  for (const t of [0, 0.1, -0.3, 0.5]) {
    computeShiftWeightsInto(t, w);
    for (let n = 0; n <= 8; n++) {
      const moment = w.reduce((sum, value, m) => sum + value * (m - SHIFT_REACH - t) ** n, 0);
      expect(moment).toBeCloseTo(n === 0 ? 1 : 0, 9);
    }
  }
});

test('a Moffat profile of seven samples a width is read within 1e-4 of its peak', () => {
  const w = new Float64Array(SHIFT_TAPS);
  const alpha2 = 3.5 ** 2 / (2 ** (1 / 3.5) - 1);
  const profile = (x: number): number => (1 + (x * x) / alpha2) ** -3.5;
  for (const t of [0.1, 0.25, 0.5, -0.4]) {
    computeShiftWeightsInto(t, w);
    for (let k = -12; k <= 12; k++) {
      const read = w.reduce((sum, value, m) => sum + value * profile(k + m - SHIFT_REACH), 0);
      expect(Math.abs(read - profile(k + t))).toBeLessThan(1e-4);
    }
  }
});
