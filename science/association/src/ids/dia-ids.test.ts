import { expect, test } from 'vitest';
import { diaIds, packDiaId, unpackDiaId } from './dia-ids.ts';

test('packs and unpacks to the ends of the ranges', () => {
  for (const parts of [
    { visit: 0n, detector: 0, number: 0 },
    { visit: 20_261_120_001_23n, detector: 188, number: 777 },
    { visit: (1n << 41n) - 1n, detector: 255, number: 16_383 },
  ])
    expect(unpackDiaId(packDiaId(parts))).toEqual(parts);
  expect(packDiaId({ visit: (1n << 41n) - 1n, detector: 255, number: 16_383 })).toBe((1n << 63n) - 1n);
});

test('gives running numbers', () => {
  expect([...diaIds(5n, 2, 2)]).toEqual([
    packDiaId({ visit: 5n, detector: 2, number: 0 }),
    packDiaId({ visit: 5n, detector: 2, number: 1 }),
  ]);
});

test('refuses what does not fit', () => {
  expect(() => packDiaId({ visit: 1n << 41n, detector: 0, number: 0 })).toThrow(/visit must be/);
  expect(() => packDiaId({ visit: 1n, detector: 256, number: 0 })).toThrow(/detector must be/);
  expect(() => diaIds(1n, 0, 16_385)).toThrow(/running number must be/);
  expect(() => packDiaId({ visit: 1n, detector: -1, number: 0 })).toThrow(/detector must be/);
});
