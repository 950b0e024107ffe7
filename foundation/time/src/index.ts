export { civilFromMjd, type CivilDate, isCivilDate, JD_OF_MJD_0, mjdFromCivil, MJD_OF_1970 } from './calendar.ts';
export { computeNutation, meanObliquity, type Nutation } from './earth/nutation.ts';
export {
  earthRotationAngle,
  greenwichApparentSiderealTime,
  greenwichMeanSiderealTime,
  localApparentSiderealTime,
  localMeanSiderealTime,
  type SiderealOptions,
  ut1MjdFromTaiNs,
} from './earth/sidereal.ts';
export {
  besselianEpochFromTaiNs,
  gpsFromTaiNs,
  gpsNsFromTaiNs,
  type GpsTime,
  julianEpochFromTaiNs,
  taiNsFromBesselianEpoch,
  taiNsFromGps,
  taiNsFromJulianEpoch,
  taiNsFromUnix,
  taiNsFromUnixNs,
  unixFromTaiNs,
  unixNsFromTaiNs,
} from './epochs.ts';
export { LeapSecondTableError, TimeRangeError, TimespanError, TimeTextError, UtcUndefinedError } from './errors.ts';
export { type IsoReadOptions, type IsoWriteOptions, isoFromTaiNs, taiNsFromIso } from './iso.ts';
export {
  BUILT_IN_LEAP_SECONDS,
  currentLeapSeconds,
  type LeapSecondEntry,
  type LeapSecondTable,
  parseLeapSeconds,
  updateLeapSeconds,
} from './leap-seconds.ts';
export {
  convertMjd,
  jdFromTaiNs,
  mjdFromTaiNs,
  taiNsFromJd,
  taiNsFromMjd,
  TIME_SCALES,
  type TimeScale,
  twoPartJdFromTaiNs,
  type TwoPartMjd,
  twoPartMjdFromTaiNs,
} from './mjd.ts';
export { observingDay, observingDaySpan, RUBIN_DAY_OFFSET_SEC } from './observing-day.ts';
export { DAY_NS, floorDiv, nsFromSeconds, SECOND_NS, secondsFromNs, TAI_MINUS_GPS_NS, type TaiNs, TT_MINUS_TAI_NS } from './tai.ts';
export { tdbMinusTtSec } from './tdb.ts';
export {
  ALL_TIME,
  EMPTY_TIMESPAN,
  intersectTimespans,
  isEmptyTimespan,
  makeTimespan,
  subtractTimespan,
  type Timespan,
  timespanContains,
  timespanHas,
  timespansOverlap,
} from './timespan.ts';
export { isLeapSecondTableStale, taiMinusUtcNs, taiNsFromUtcReading, utcDayLengthNs, utcReadingFromTaiNs, type UtcReading } from './utc.ts';
