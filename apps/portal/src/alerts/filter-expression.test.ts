import { expect, test } from 'vitest';
import { parseFilter } from './filter-expression.ts';

const FIELDS = { snr: 12.5, band: 'r', reliability: null, psfFlux: -300, ra: 150 };
const NAMES = new Set(Object.keys(FIELDS));

test.each([
  ['', true],
  ['snr > 10', true],
  ["snr > 10 AND band = 'g'", false],
  ["band = 'g' OR snr > 12", true],
  ["(band = 'g' OR snr > 12) AND ra BETWEEN 149 AND 151", true],
  ['NOT snr > 10', false],
  ['reliability > 0.5', false],
  ['reliability <= 0.5', false],
  ['reliability IS NULL', true],
  ['-psfFlux / 100 >= 3', true],
  ['(snr + 1) * 2 = 27', true],
  ["band <> 'it''s'", true],
])('%s', (text, passes) => {
  const parsed = parseFilter(text, NAMES);
  expect('test' in parsed && parsed.test(FIELDS)).toBe(passes);
});

test.each([
  ['snr >', 5],
  ['magnitude > 3', 0],
  ['snr > 3 band', 8],
  ['snr # 3', 3],
  ['('.repeat(500), 0],
])('says where %s goes wrong', (text, at) => {
  const parsed = parseFilter(text, NAMES);
  expect('problem' in parsed && parsed.problem.at).toBeGreaterThanOrEqual(at);
});
