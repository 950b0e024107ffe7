import { expect, test } from 'vitest';
import { formatLine, judgeLine } from './bench-verdict.ts';

test.each([
  [{ ours_s: 1, peer: 'x', peer_s: 2, ratio: 0.5, target: 0.6 }, true],
  [{ ours_s: 1, ratio: 0.7, target: 0.6 }, false],
  [{ ours_s: 1, ratio: null, target: 5 }, true],
  [{ ours_s: 0.02, target: '0.015 s' }, false],
  [{ ours_s: 0.0009, target: '< 0.001 s' }, true],
  [{ ours_s: 1, ratio: 5, target: 'ratio >= 5' }, true],
  [{ ratio: 1.3, ours_s: 1, target: 'ratio 1.2, 2 s' }, false],
  [{ ratio: 1.1, ours_s: 1, target: 'ratio 1.2, 2 s' }, true],
  [{ p50_ms: 31, target: 'p50 30 ms' }, false],
  [{ first_ms: 200, ratio: 1.5, target: 'first byte 300 ms, ratio 2' }, true],
  [{ speedup: 1.8, target: 'speedup >= 1.9' }, false],
  [{ worst_pixel: 5e-8, target: 'worst_pixel 1e-7' }, true],
  [{ peak_mb: 1400, ours_s: 3, target: '10 s and peak_mb 1500' }, true],
  [{ ours_s: 1, target: 'as good as it gets' }, undefined],
  [{ ours_s: 1, target: null }, undefined],
  [{ ours_s: 1, target: 0.1, pass: true }, true],
  [{ ours_s: 1, target: 0.1, skipped: 'gcc is not installed' }, undefined],
])('%j passes: %s', (line, pass) => {
  expect(judgeLine(line).pass).toBe(pass);
});

test('a line names what was measured, and what it was measured against', () => {
  const line = { bench: 'read', ours_s: 0.123456, peer: 'fitsio', peer_s: 0.25, ratio: 0.49382, target: 1, cpu_ratio: 0.9 };
  expect(formatLine(line, judgeLine(line))).toBe('pass  read: 0.1235 s, fitsio 0.25 s, ratio 0.4938, target 1, cpu_ratio 0.9');
  const absent = { bench: 'read', ours_s: 0.1, peer: 'fitsio', target: 1, skipped: 'fitsio is not installed' };
  expect(formatLine(absent, judgeLine(absent))).toBe('skip  read: 0.1 s, fitsio, target 1, fitsio is not installed');
});
