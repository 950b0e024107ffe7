import { afterEach, expect, test } from 'vitest';
import {
  BUILT_IN_LEAP_SECONDS,
  currentLeapSeconds,
  isLeapSecondTableStale,
  isoFromTaiNs,
  LeapSecondTableError,
  makeTimespan,
  observingDay,
  observingDaySpan,
  parseLeapSeconds,
  taiNsFromIso,
  taiNsFromMjd,
  TimeRangeError,
  TimespanError,
  TimeTextError,
  unixNsFromTaiNs,
  updateLeapSeconds,
  UtcUndefinedError,
} from './index.ts';

afterEach(() => updateLeapSeconds(BUILT_IN_LEAP_SECONDS));
const utc = (text: string): bigint => taiNsFromIso(text, { scale: 'utc' });

test('counts TAI nanoseconds from 1970-01-01 TAI', () => {
  expect(taiNsFromIso('1970-01-01T00:00:00', { scale: 'tai' })).toBe(0n);
  expect(taiNsFromMjd(40587, 'tai')).toBe(0n);
  expect(utc('2017-01-01')).toBe(1_483_228_837_000_000_000n);
});

test('counts through a leap second and repeats the Unix count', () => {
  const before = utc('2016-12-31T23:59:59');
  expect(utc('2016-12-31T23:59:60') - before).toBe(1_000_000_000n);
  expect(utc('2017-01-01T00:00:00') - before).toBe(2_000_000_000n);
  expect(isoFromTaiNs(before + 1_999_999_999n, { scale: 'utc', digits: 3 })).toBe('2017-01-01T00:00:00.000');
  expect(isoFromTaiNs(before + 1_500_000_000n, { scale: 'utc', digits: 1 })).toBe('2016-12-31T23:59:60.5');
  expect(unixNsFromTaiNs(utc('2016-12-31T23:59:60.25'))).toBe(unixNsFromTaiNs(utc('2017-01-01T00:00:00.25')));
});

test('reads offsets, compact forms and dates alone', () => {
  expect(utc('2024-02-29T23:30:00-01:00')).toBe(utc('2024-03-01T00:30:00Z'));
  expect(utc('2017-01-01T01:59:60+02:00')).toBe(utc('2016-12-31T23:59:60'));
  expect(utc('20240229T063000')).toBe(utc('2024-02-29 06:30:00'));
  expect(utc('2024-02-29T06:30')).toBe(utc('2024-02-29T06:30:00.0'));
});

test.each([
  '2023-02-29',
  '2024-13-01',
  '2024-01-01T24:00:00',
  '2024-06-30T23:59:60',
  '2024-06-30T12:00:60',
  'yesterday',
  '',
  '2024-01-01T00:00:00.5.5',
])('refuses %j', (text) => {
  expect(() => utc(text)).toThrow(TimeTextError);
});

test('refuses Z on another scale, and numbers that are no time', () => {
  expect(() => taiNsFromIso('2024-01-01T00:00:00Z', { scale: 'tai' })).toThrow(TimeTextError);
  for (const bad of [NaN, Infinity, 1e9, -1e9]) expect(() => taiNsFromMjd(bad, 'tai')).toThrow(TimeRangeError);
  expect(() => taiNsFromMjd(36_000, 'utc')).toThrow(UtcUndefinedError);
  expect(() => isoFromTaiNs(-(10n ** 18n), { scale: 'utc' })).toThrow(UtcUndefinedError);
});

test('names the observing day after the evening in Chile', () => {
  expect(observingDay(taiNsFromIso('2025-05-02T11:59:59', { scale: 'tai' }))).toBe(20250501);
  expect(observingDay(taiNsFromIso('2025-05-02T12:00:00', { scale: 'tai' }))).toBe(20250502);
  expect(observingDaySpan(20250501).begin).toBe(taiNsFromIso('2025-05-01T12:00:00', { scale: 'tai' }));
  expect(() => observingDaySpan(20251301)).toThrow(TimeRangeError);
});

test('learns a new leap second from either IERS file', () => {
  const list = BUILT_IN_LEAP_SECONDS.entries
    .filter((entry) => entry.driftNsPerDay === 0n)
    .map((entry) => `${(entry.mjdUtc - 15020) * 86400} ${entry.offsetNs / 1_000_000_000n} # x`);
  const same = parseLeapSeconds(['#@ 4023129600', ...list].join('\n'));
  expect(same.entries).toEqual(BUILT_IN_LEAP_SECONDS.entries);
  expect(same.expiresMjdUtc).toBe(BUILT_IN_LEAP_SECONDS.expiresMjdUtc);
  const longer = parseLeapSeconds(['#  File expires on 28 December 2035', '41317.0 1 1 1972 10', '64693.0 1 1 2036 11'].join('\n'));
  expect(longer.expiresMjdUtc).toBe(64689);
  const mid2040 = taiNsFromIso('2040-07-01', { scale: 'tai' });
  expect(isLeapSecondTableStale(mid2040)).toBe(true);
  updateLeapSeconds(parseLeapSeconds([...list, `${(64693 - 15020) * 86400} 38`].join('\n')));
  expect(isoFromTaiNs(mid2040, { scale: 'utc', digits: 0 })).toBe('2040-06-30T23:59:22');
  expect(currentLeapSeconds().entries.at(-1)!.mjdUtc).toBe(64693);
});

test.each(['', '# only a comment', 'abc def', '41317.0 2 1 1972 10', '2272060800 10\n2287785600 13', '2287785600 11\n2272060800 10'])(
  'refuses the leap-second file %j',
  (text) => {
    expect(() => parseLeapSeconds(text)).toThrow(LeapSecondTableError);
  },
);

test('refuses a timespan that ends before it begins', () => {
  expect(() => makeTimespan(2n, 1n)).toThrow(TimespanError);
  expect(makeTimespan(2n, 2n)).toEqual(makeTimespan(7n, 7n));
});
