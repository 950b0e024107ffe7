import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  besselianEpochFromTaiNs,
  computeNutation,
  earthRotationAngle,
  gpsNsFromTaiNs,
  greenwichApparentSiderealTime,
  greenwichMeanSiderealTime,
  isoFromTaiNs,
  julianEpochFromTaiNs,
  meanObliquity,
  mjdFromTaiNs,
  secondsFromNs,
  taiNsFromIso,
  taiNsFromMjd,
  tdbMinusTtSec,
  twoPartMjdFromTaiNs,
  unixFromTaiNs,
  ut1MjdFromTaiNs,
} from './index.ts';

interface Case {
  utc: string;
  taiNs: string;
  mjd: Record<'utc' | 'tai' | 'tt' | 'tdb', [number, number]>;
  iso: Record<'tai' | 'tt', string>;
  jyear: number;
  byear: number;
  gps: number;
  unix: number;
  era: number;
  gmst: number;
  gast: number;
  nut00b: [number, number];
  nut06a: [number, number];
  obliquity: number;
}
const golden = JSON.parse(readFileSync(new URL('../test/golden/astropy-times/expected.json', import.meta.url), 'utf8')) as {
  ut1MinusUtcSec: number;
  cases: Case[];
  tdbMinusTt: [number, number][];
};
const MAS = Math.PI / 648_000_000;
const isOld = (c: Case): boolean => c.utc < '1972';

test('reads UTC texts to the nanosecond that astropy gives', () => {
  // Before 1972 the rate of UTC makes the exact value a fraction of a nanosecond; after it the answer is exact.
  for (const c of golden.cases) {
    const off = taiNsFromIso(c.utc, { scale: 'utc' }) - BigInt(c.taiNs);
    expect(off >= -1n && off <= 1n, `${c.utc} off by ${off} ns`).toBe(true);
  }
});

test('writes the same two-part MJD in every scale, to 1 ns (TDB to 10 microseconds)', () => {
  const NS = 1.0001 / 86_400e9;
  for (const c of golden.cases)
    for (const scale of ['utc', 'tai', 'tt', 'tdb'] as const) {
      const ours = twoPartMjdFromTaiNs(BigInt(c.taiNs), scale);
      const [day, fraction] = c.mjd[scale];
      expect(Math.abs(ours.day - day + (ours.fraction - fraction)), `${c.utc} ${scale}`).toBeLessThanOrEqual(
        scale === 'tdb' ? 1e-5 / 86_400 : NS,
      );
      const back = taiNsFromMjd({ day, fraction }, scale) - BigInt(c.taiNs);
      expect(Math.abs(Number(back)), `${c.utc} ${scale}`).toBeLessThanOrEqual(scale === 'tdb' ? 10_000 : 1);
    }
});

test('writes the same ISO texts', () => {
  for (const c of golden.cases.filter((each) => !isOld(each))) {
    const ns = BigInt(c.taiNs);
    expect(isoFromTaiNs(ns, { scale: 'tai' })).toBe(c.iso.tai);
    expect(isoFromTaiNs(ns, { scale: 'tt' })).toBe(c.iso.tt);
    const decimals = c.utc.split('.')[1] ?? '';
    expect(isoFromTaiNs(ns, { scale: 'utc' })).toBe(`${c.utc.split('.')[0]}.${decimals.padEnd(9, '0')}`);
  }
});

test('writes the same Julian, Besselian, GPS and Unix numbers', () => {
  for (const c of golden.cases) {
    const ns = BigInt(c.taiNs);
    expect(Math.abs(julianEpochFromTaiNs(ns) - c.jyear)).toBeLessThan(1e-12 * 2000);
    expect(Math.abs(besselianEpochFromTaiNs(ns) - c.byear)).toBeLessThan(1e-12 * 2000);
    expect(Math.abs(secondsFromNs(gpsNsFromTaiNs(ns)) - c.gps)).toBeLessThan(1e-6);
    // astropy stretches the Unix day over a leap second, so compare outside such days.
    if (!isOld(c) && !c.utc.includes('12-31T') && !c.utc.includes('06-30T'))
      expect(Math.abs(unixFromTaiNs(ns) - c.unix)).toBeLessThan(1e-6);
  }
});

test('computes TDB - TT within 10 microseconds of the full series from 1700 to 2200', () => {
  let worst = 0;
  for (const [mjd, expected] of golden.tdbMinusTt) worst = Math.max(worst, Math.abs(tdbMinusTtSec(mjd) - expected));
  expect(worst).toBeLessThan(1e-5);
});

test('computes rotation angle and mean sidereal time within 1 microarcsecond, apparent within 1 mas, of ERFA', () => {
  const options = { ut1MinusUtcSec: golden.ut1MinusUtcSec };
  // ERFA's utcut1 takes TAI - UTC at 0h, so before 1972 it misses the drift of the day.
  for (const c of golden.cases.filter((each) => !isOld(each))) {
    const ns = BigInt(c.taiNs);
    expect(angleBetween(earthRotationAngle(ut1MjdFromTaiNs(ns, options)), c.era)).toBeLessThan(0.001 * MAS);
    expect(angleBetween(greenwichMeanSiderealTime(ns, options), c.gmst)).toBeLessThan(0.001 * MAS);
    expect(angleBetween(greenwichApparentSiderealTime(ns, options), c.gast)).toBeLessThan(1.5 * MAS);
  }
});

test('computes IAU 2000B nutation as ERFA does, within 1.5 mas of IAU 2006/2000A', () => {
  for (const c of golden.cases) {
    const t = (mjdFromTaiNs(BigInt(c.taiNs), 'tt') - 51544.5) / 36525;
    const { dpsi, deps } = computeNutation(t);
    expect(Math.abs(dpsi - c.nut00b[0])).toBeLessThan(1e-6 * MAS);
    expect(Math.abs(deps - c.nut00b[1])).toBeLessThan(1e-6 * MAS);
    expect(Math.hypot((dpsi - c.nut06a[0]) * Math.sin(0.409), deps - c.nut06a[1])).toBeLessThan(1.5 * MAS);
    expect(Math.abs(meanObliquity(t) - c.obliquity)).toBeLessThan(1e-15);
  }
});

function angleBetween(a: number, b: number): number {
  return Math.abs(Math.atan2(Math.sin(a - b), Math.cos(a - b)));
}
