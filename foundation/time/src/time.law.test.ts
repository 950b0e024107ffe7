import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  civilFromMjd,
  gpsFromTaiNs,
  intersectTimespans,
  isEmptyTimespan,
  isoFromTaiNs,
  jdFromTaiNs,
  mjdFromCivil,
  mjdFromTaiNs,
  observingDay,
  observingDaySpan,
  subtractTimespan,
  taiNsFromGps,
  taiNsFromIso,
  taiNsFromJd,
  taiNsFromMjd,
  taiNsFromUnixNs,
  type Timespan,
  timespanHas,
  twoPartJdFromTaiNs,
  twoPartMjdFromTaiNs,
  unixNsFromTaiNs,
} from './index.ts';

const SEED = 1972;
const from1972to2100 = fc.bigInt({ min: 63_072_010_000_000_000n, max: 4_102_444_837_000_000_000n });
const from1960 = fc.bigInt({ min: -315_619_198_000_000_000n, max: 4_102_444_837_000_000_000n });
const anyTime = fc.bigInt({ min: -(10n ** 19n), max: 10n ** 20n });

test(`two-part MJD and JD give back the same nanosecond from 1972 to 2100 (seed ${SEED})`, () => {
  fc.assert(
    fc.property(from1972to2100, fc.constantFrom('tai', 'utc', 'tt', 'gps' as const), (ns, scale) => {
      expect(taiNsFromMjd(twoPartMjdFromTaiNs(ns, scale), scale)).toBe(ns);
      const jd = taiNsFromJd(twoPartJdFromTaiNs(ns, scale), scale) - ns;
      expect(jd >= -1n && jd <= 1n).toBe(true);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test(`TDB gives back the same nanosecond within 1 (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyTime, (ns) => {
      const back = taiNsFromMjd(twoPartMjdFromTaiNs(ns, 'tdb'), 'tdb') - ns;
      expect(back >= -1n && back <= 1n).toBe(true);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test(`one-double MJD and JD stay within their rounding (seed ${SEED})`, () => {
  fc.assert(
    fc.property(from1972to2100, (ns) => {
      expect(Math.abs(Number(taiNsFromMjd(mjdFromTaiNs(ns, 'tai'), 'tai') - ns))).toBeLessThan(700);
      expect(Math.abs(Number(taiNsFromJd(jdFromTaiNs(ns, 'tai'), 'tai') - ns))).toBeLessThan(45_000);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test(`UTC texts give back the same nanosecond, leap seconds included (within 1 ns before 1972) (seed ${SEED})`, () => {
  fc.assert(
    fc.property(from1960, (ns) => {
      const back = taiNsFromIso(isoFromTaiNs(ns, { scale: 'utc', zulu: true }), { scale: 'utc' }) - ns;
      const slack = ns < 63_072_010_000_000_000n ? 1n : 0n;
      expect(back >= -slack && back <= slack).toBe(true);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test(`GPS and Unix counts invert (seed ${SEED})`, () => {
  fc.assert(
    fc.property(from1972to2100, (ns) => {
      expect(taiNsFromGps(gpsFromTaiNs(ns))).toBe(ns);
      const unix = unixNsFromTaiNs(ns);
      expect(unixNsFromTaiNs(taiNsFromUnixNs(unix))).toBe(unix);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test(`calendar days invert and ascend (seed ${SEED})`, () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_400_000, max: 2_970_000 }), (mjd) => {
      expect(mjdFromCivil(civilFromMjd(mjd))).toBe(mjd);
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test(`a moment lies in the span of its observing day (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyTime, fc.integer({ min: -86_400, max: 86_400 }), (ns, offset) => {
      expect(timespanHas(observingDaySpan(observingDay(ns, offset), offset), ns)).toBe(true);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test(`intersection and difference split a span without loss (seed ${SEED})`, () => {
  const bound = fc.option(fc.bigInt({ min: 0n, max: 20n }), { nil: undefined });
  const span = fc
    .tuple(bound, bound)
    .map(([a, b]): Timespan => (a !== undefined && b !== undefined && a > b ? { begin: b, end: a } : { begin: a, end: b }));
  fc.assert(
    fc.property(span, span, fc.bigInt({ min: -3n, max: 23n }), (a, b, moment) => {
      const parts = [intersectTimespans(a, b), ...subtractTimespan(a, b)];
      expect(parts.filter((part) => timespanHas(part, moment)).length).toBe(timespanHas(a, moment) && !isEmptyTimespan(a) ? 1 : 0);
      expect(timespanHas(parts[0]!, moment)).toBe(timespanHas(a, moment) && timespanHas(b, moment));
    }),
    { seed: SEED, numRuns: 2000 },
  );
});
