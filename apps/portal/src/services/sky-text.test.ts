import { expect, test } from 'vitest';
import { formatDec, formatRa, parsePosition } from './sky-text.ts';

test.each([
  ['150.1 2.2', 150.1, 2.2],
  ['150.1, -2.2', 150.1, -2.2],
  ['10:00:24 +02:12:00', 150.1, 2.2],
  ['10:00:24.0 -02:12:00.0', 150.1, -2.2],
  ['10h00m24s +2d12m', 150.1, 2.2],
  ['00:00:00 -00:30:00', 0, -0.5],
])('reads %s', (text, ra, dec) => {
  const found = parsePosition(text);
  expect(found?.ra).toBeCloseTo(ra, 10);
  expect(found?.dec).toBeCloseTo(dec, 10);
});

test.each(['', '150.1', 'M31', '400 2', '10 95', '1 2 3', 'NaN NaN'])('takes %s for no position', (text) => {
  expect(parsePosition(text)).toBeUndefined();
});

test('writes with carries', () => {
  expect(formatRa(150.1)).toBe('10:00:24.00');
  expect(formatDec(-0.5)).toBe('−00:30:00.0');
  expect(formatDec(9.99999999)).toBe('+10:00:00.0');
});
