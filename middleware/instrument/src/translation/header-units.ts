import type { HeaderUnit } from './rules.ts';

/** What one header unit is in the unit of the properties (s, deg, m, K, hPa, %): factor and offset. */
const SCALE: Readonly<Record<HeaderUnit, readonly [factor: number, offset: number]>> = {
  s: [1, 0],
  ms: [1e-3, 0],
  us: [1e-6, 0],
  min: [60, 0],
  deg: [1, 0],
  rad: [180 / Math.PI, 0],
  hour: [15, 0],
  m: [1, 0],
  cm: [1e-2, 0],
  mm: [1e-3, 0],
  um: [1e-6, 0],
  K: [1, 0],
  degC: [1, 273.15],
  Pa: [1e-2, 0],
  hPa: [1, 0],
  mbar: [1, 0],
  // One torr is 101325/760 Pa by definition.
  torr: [1013.25 / 760, 0],
  mmHg: [1013.25 / 760, 0],
  '%': [1, 0],
  fraction: [100, 0],
};

/** Converts a header's number to the unit of the properties. */
export function fromHeaderUnit(value: number, unit: HeaderUnit): number {
  const [factor, offset] = SCALE[unit];
  return value * factor + offset;
}
