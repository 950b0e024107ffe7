import { TimeRangeError } from './errors.ts';

/**
 * A moment: TAI nanoseconds since 1970-01-01T00:00:00 TAI (8.000082 s before the Unix epoch).
 * The same count as the registry's timespan columns of the Python Butler.
 */
export type TaiNs = bigint;

export const SECOND_NS: bigint = 1_000_000_000n;
export const DAY_NS: bigint = 86_400_000_000_000n;

/** TT - TAI = 32.184 s by definition (IAU 1991 Recommendation IV). */
export const TT_MINUS_TAI_NS: bigint = 32_184_000_000n;
/** TAI - GPS = 19 s by definition (IS-GPS-200, UTC - TAI at 1980-01-06). */
export const TAI_MINUS_GPS_NS: bigint = 19_000_000_000n;

/** Integer division towards minus infinity; the divisor must be positive. */
export function floorDiv(numerator: bigint, divisor: bigint): bigint {
  const quotient = numerator / divisor;
  return numerator % divisor < 0n ? quotient - 1n : quotient;
}

/** Rounds seconds to nanoseconds, whole and fractional part apart, so that no digit of a large count is lost. */
export function nsFromSeconds(seconds: number): bigint {
  if (!Number.isFinite(seconds))
    throw new TimeRangeError(`seconds must be finite; found ${seconds}`, { details: { value: String(seconds) } });
  const whole = Math.floor(seconds);
  return BigInt(whole) * SECOND_NS + BigInt(Math.round((seconds - whole) * 1e9));
}

/** Nearest double to a nanosecond count in seconds; 2^-22 s coarse at present epochs, so keep differences in nanoseconds. */
export function secondsFromNs(ns: bigint): number {
  const whole = floorDiv(ns, SECOND_NS);
  return Number(whole) + Number(ns - whole * SECOND_NS) / 1e9;
}
