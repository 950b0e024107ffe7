import { expect, test } from 'vitest';
import { didYouMean } from './nearest-name.ts';

test('the nearest known name is offered, and none where nothing is near', () => {
  const known = ['snr', 'reliability', 'psfFlux'];
  expect(didYouMean('reliabilty', known)).toBe('; did you mean "reliability"?');
  expect(didYouMean('snrr', known)).toBe('; did you mean "snr"?');
  expect(didYouMean('rsn', known)).toBe('');
  expect(didYouMean('PSFFLUX', known)).toBe('; did you mean "psfFlux"?');
  expect(didYouMean('temperature', known)).toBe('');
  expect(didYouMean('x', [])).toBe('');
});
