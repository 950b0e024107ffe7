import { currentLeapSeconds, type LeapSecondEntry, type LeapSecondTable } from './leap-seconds.ts';
import { UtcUndefinedError } from './errors.ts';
import { MJD_OF_1970 } from './calendar.ts';
import { DAY_NS, floorDiv } from './tai.ts';

/** A UTC reading as on a clock: the day and the nanoseconds since its midnight, which pass 86,400 s during a leap second. */
export interface UtcReading {
  /** Integer Modified Julian Day of the UTC date. */
  readonly mjdDay: number;
  readonly nsOfDay: bigint;
}

/**
 * Gives TAI - UTC [ns] at a UTC reading.
 *
 * After the table's end the last offset continues; see {@link isLeapSecondTableStale}.
 *
 * @throws {UtcUndefinedError} before 1960-01-01.
 */
export function taiMinusUtcNs(reading: UtcReading, table: LeapSecondTable = currentLeapSeconds()): bigint {
  return offsetAt(entryOfDay(reading.mjdDay, table), reading);
}

/** Turns a UTC reading into TAI nanoseconds since 1970-01-01T00:00:00 TAI. Throws {@link UtcUndefinedError} before 1960. */
export function taiNsFromUtcReading(reading: UtcReading, table: LeapSecondTable = currentLeapSeconds()): bigint {
  return BigInt(reading.mjdDay - MJD_OF_1970) * DAY_NS + reading.nsOfDay + taiMinusUtcNs(reading, table);
}

/**
 * Turns TAI nanoseconds into a UTC reading; the inverse of {@link taiNsFromUtcReading} within 1 ns before 1972 and exact since.
 *
 * Inside a positive leap second (or one of the 0.1 s steps of the sixties) the reading stays on the old day, past 86,400 s.
 *
 * @throws {UtcUndefinedError} before 1960-01-01.
 */
export function utcReadingFromTaiNs(taiNs: bigint, table: LeapSecondTable = currentLeapSeconds()): UtcReading {
  const { entries } = table;
  let index = entries.length - 1;
  while (index >= 0 && startTaiNs(entries[index]!) > taiNs) index--;
  if (index < 0) throw undefinedBefore(MJD_OF_1970 + Number(floorDiv(taiNs, DAY_NS)), table);
  const entry = entries[index]!;
  const referenceNs = BigInt(entry.driftReferenceMjd - MJD_OF_1970) * DAY_NS;
  const shifted = taiNs - entry.offsetNs;
  const utcNs =
    entry.driftNsPerDay === 0n ? shifted : referenceNs + roundDiv((shifted - referenceNs) * DAY_NS, DAY_NS + entry.driftNsPerDay);
  const mjdDay = MJD_OF_1970 + Number(floorDiv(utcNs, DAY_NS));
  const lastDay = (entries[index + 1]?.mjdUtc ?? Infinity) - 1;
  const day = Math.min(mjdDay, lastDay);
  return { mjdDay: day, nsOfDay: utcNs - BigInt(day - MJD_OF_1970) * DAY_NS };
}

/** Gives the length of a UTC day [ns]: 86,400 s, or that and a leap second (or one of the small steps before 1972). */
export function utcDayLengthNs(mjdDay: number, table: LeapSecondTable = currentLeapSeconds()): bigint {
  const today = entryOfDay(mjdDay, table);
  const tomorrow = entryOfDay(mjdDay + 1, table);
  if (today === tomorrow) return DAY_NS;
  const midnight = { mjdDay: mjdDay + 1, nsOfDay: 0n };
  return DAY_NS + offsetAt(tomorrow, midnight) - offsetAt(today, midnight);
}

/** Says whether a time lies after the date to which the issuer of the table vouches that no leap second is missing. */
export function isLeapSecondTableStale(taiNs: bigint, table: LeapSecondTable = currentLeapSeconds()): boolean {
  return taiNs > BigInt(table.expiresMjdUtc + 1 - MJD_OF_1970) * DAY_NS;
}

function entryOfDay(mjdDay: number, table: LeapSecondTable): LeapSecondEntry {
  const { entries } = table;
  for (let i = entries.length - 1; i >= 0; i--) if (entries[i]!.mjdUtc <= mjdDay) return entries[i]!;
  throw undefinedBefore(mjdDay, table);
}

function offsetAt(entry: LeapSecondEntry, reading: UtcReading): bigint {
  if (entry.driftNsPerDay === 0n) return entry.offsetNs;
  const sinceReference = BigInt(reading.mjdDay - entry.driftReferenceMjd) * DAY_NS + reading.nsOfDay;
  return entry.offsetNs + roundDiv(sinceReference * entry.driftNsPerDay, DAY_NS);
}

function startTaiNs(entry: LeapSecondEntry): bigint {
  return BigInt(entry.mjdUtc - MJD_OF_1970) * DAY_NS + offsetAt(entry, { mjdDay: entry.mjdUtc, nsOfDay: 0n });
}

function undefinedBefore(mjdUtc: number, table: LeapSecondTable): UtcUndefinedError {
  return new UtcUndefinedError(
    `UTC is defined from MJD ${table.entries[0]!.mjdUtc} (1960-01-01) on; found MJD ${mjdUtc}. Use TAI or TT for earlier times.`,
    { details: { mjdUtc } },
  );
}

function roundDiv(numerator: bigint, denominator: bigint): bigint {
  return floorDiv(2n * numerator + denominator, 2n * denominator);
}
