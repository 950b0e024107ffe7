import { expect, test } from 'vitest';
import { describeSwitches, type IsrSwitch, withSwitches } from './isr-switches.ts';

const SWITCHES: readonly IsrSwitch[] = [
  { step: 'linearity', product: 'linearizer', on: true },
  { step: 'brighterFatter', product: 'bfk', on: true },
  { step: 'crosstalk', product: 'crosstalk', on: false, reason: 'no crosstalk is certified' },
  { step: 'transfer', product: 'cti', on: false, reason: 'no cti is certified for S01' },
];

test('certified products switch their steps on, the caller has the last word, and what is off says why', () => {
  expect(withSwitches(SWITCHES, { isr: { brighterFatter: false, flat: true }, other: { a: 1 } })).toEqual({
    isr: { linearity: true, brighterFatter: false, flat: true },
    flatIsr: { linearity: true },
    skyIsr: { linearity: true },
    fringeIsr: { linearity: true },
    other: { a: 1 },
  });
  expect(withSwitches(SWITCHES.slice(2))).toEqual({});
  expect(describeSwitches(SWITCHES)).toBe(
    'on: linearity, brighterFatter; off: crosstalk (no crosstalk is certified), transfer (no cti is certified for S01)',
  );
});
