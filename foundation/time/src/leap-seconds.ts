import { LeapSecondTableError } from './errors.ts';
import { isCivilDate, mjdFromCivil } from './calendar.ts';

/**
 * One stretch of constant (since 1972) or linear (1960 to 1972) difference between TAI and UTC:
 * TAI - UTC = offsetNs + driftNsPerDay * (MJD(UTC) - driftReferenceMjd).
 */
export interface LeapSecondEntry {
  /** First UTC day [MJD] of the stretch. */
  readonly mjdUtc: number;
  readonly offsetNs: bigint;
  readonly driftReferenceMjd: number;
  readonly driftNsPerDay: bigint;
}

export interface LeapSecondTable {
  /** Ascending in `mjdUtc`; the last stretch has no end. */
  readonly entries: readonly LeapSecondEntry[];
  /** UTC day [MJD] after which the issuer no longer vouches that no leap second is missing. */
  readonly expiresMjdUtc: number;
}

/**
 * Stretches before 1972, when UTC followed UT2 with a rate and small steps: first day, offset [s], reference day, rate [s/day].
 * Source: USNO tai-utc.dat, as in IERS Conventions software (SOFA `dat`).
 */
const DRIFTING: readonly (readonly [number, number, number, number])[] = [
  [36934, 1.417818, 37300, 0.001296],
  [37300, 1.422818, 37300, 0.001296],
  [37512, 1.372818, 37300, 0.001296],
  [37665, 1.845858, 37665, 0.0011232],
  [38334, 1.945858, 37665, 0.0011232],
  [38395, 3.24013, 38761, 0.001296],
  [38486, 3.34013, 38761, 0.001296],
  [38639, 3.44013, 38761, 0.001296],
  [38761, 3.54013, 38761, 0.001296],
  [38820, 3.64013, 38761, 0.001296],
  [38942, 3.74013, 38761, 0.001296],
  [39004, 3.84013, 38761, 0.001296],
  [39126, 4.31317, 39126, 0.002592],
  [39887, 4.21317, 39126, 0.002592],
];

/** First day [MJD] of each whole-second stretch, from TAI - UTC = 10 s on. Source: IERS Bulletin C, Leap_Second.dat. */
const WHOLE_SECONDS: readonly number[] = [
  41317, 41499, 41683, 42048, 42413, 42778, 43144, 43509, 43874, 44239, 44786, 45151, 45516, 46247, 47161, 47892, 48257, 48804, 49169,
  49534, 50083, 50630, 51179, 53736, 54832, 56109, 57204, 57754,
];

/** The table this release was made with: IERS Bulletin C 72 of July 2026, valid to 28 June 2027. */
export const BUILT_IN_LEAP_SECONDS: LeapSecondTable = {
  entries: [
    ...DRIFTING.map(([mjdUtc, offsetSec, driftReferenceMjd, driftSecPerDay]) => ({
      mjdUtc,
      offsetNs: BigInt(Math.round(offsetSec * 1e9)),
      driftReferenceMjd,
      driftNsPerDay: BigInt(Math.round(driftSecPerDay * 1e9)),
    })),
    ...WHOLE_SECONDS.map((mjdUtc, index) => wholeSecondEntry(mjdUtc, 10 + index)),
  ],
  expiresMjdUtc: mjdFromCivil({ year: 2027, month: 6, day: 28 }),
};

let current: LeapSecondTable = BUILT_IN_LEAP_SECONDS;

/** Gives the table in force in this process. */
export function currentLeapSeconds(): LeapSecondTable {
  return current;
}

/**
 * Puts another table in force for this process, so that a long-lived installation learns a new leap second without a new release.
 * Call it once at start, before times are converted; pass {@link BUILT_IN_LEAP_SECONDS} to go back.
 *
 * @throws {LeapSecondTableError} if the table is empty or does not ascend.
 */
export function updateLeapSeconds(table: LeapSecondTable): void {
  checkTable(table);
  current = table;
}

/**
 * Parses a leap-second file as the IERS publishes it: `leap-seconds.list` (NTP seconds) or `Leap_Second.dat` (MJD, day, month, year, offset).
 *
 * The stretches before 1972, which neither file holds, are kept from the built-in table.
 *
 * @throws {LeapSecondTableError} if a line cannot be read, the file holds no entry, dates do not ascend, or an offset jumps by other than one second.
 * @see leap-seconds.list: `#@` gives the expiry in NTP seconds; Leap_Second.dat: "File expires on D Month YYYY".
 */
export function parseLeapSeconds(text: string): LeapSecondTable {
  const whole: LeapSecondEntry[] = [];
  let expiresMjdUtc = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const details = { line: index + 1 };
    const ntpExpiry = /^#@\s*(\d+)/.exec(line);
    const namedExpiry = /^#.*expires on\s+(\d+)\s+([A-Za-z]+)\s+(\d+)/i.exec(line);
    if (ntpExpiry) expiresMjdUtc = mjdFromNtp(Number(ntpExpiry[1]));
    else if (namedExpiry) expiresMjdUtc = mjdFromNamedDate(namedExpiry, details);
    if (line === '' || line.startsWith('#')) continue;
    whole.push(parseLine(line, details));
  }
  if (whole.length === 0)
    throw new LeapSecondTableError('leap-second file: expected lines with dates and offsets; found none', { details: { line: 0 } });
  const table = {
    entries: [...BUILT_IN_LEAP_SECONDS.entries.filter((entry) => entry.driftNsPerDay !== 0n), ...whole],
    expiresMjdUtc,
  };
  checkTable(table);
  return table;
}

function parseLine(line: string, details: { line: number }): LeapSecondEntry {
  const fields = line.replace(/#.*/, '').trim().split(/\s+/).map(Number);
  if (fields.some((field) => !Number.isFinite(field)) || (fields.length !== 2 && fields.length !== 5))
    throw new LeapSecondTableError(
      `leap-second file: expected "NTP-seconds offset" or "MJD day month year offset"; found "${line}" (line ${details.line})`,
      {
        details,
      },
    );
  if (fields.length === 2) return wholeSecondEntry(mjdFromNtp(fields[0]!), fields[1]!);
  const [mjd, day, month, year, offset] = fields as [number, number, number, number, number];
  if (!isCivilDate({ year, month, day }) || mjdFromCivil({ year, month, day }) !== mjd)
    throw new LeapSecondTableError(`leap-second file: MJD ${mjd} is not ${year}-${month}-${day} (line ${details.line})`, { details });
  return wholeSecondEntry(mjd, offset);
}

function wholeSecondEntry(mjdUtc: number, offsetSec: number): LeapSecondEntry {
  return { mjdUtc, offsetNs: BigInt(Math.round(offsetSec)) * 1_000_000_000n, driftReferenceMjd: 0, driftNsPerDay: 0n };
}

/** NTP counts seconds from 1900-01-01 (MJD 15020), leap seconds left out. */
function mjdFromNtp(seconds: number): number {
  return Math.floor(seconds / 86400) + 15020;
}

function mjdFromNamedDate(match: RegExpExecArray, details: { line: number }): number {
  const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
  const date = { day: Number(match[1]), month: months.indexOf(match[2]!.slice(0, 3).toLowerCase()) + 1, year: Number(match[3]) };
  if (!isCivilDate(date))
    throw new LeapSecondTableError(`leap-second file: "${match[0]}" names no date (line ${details.line})`, { details });
  return mjdFromCivil(date);
}

function checkTable(table: LeapSecondTable): void {
  if (table.entries.length === 0)
    throw new LeapSecondTableError('leap-second table: expected entries; found none', { details: { line: 0 } });
  for (let i = 1; i < table.entries.length; i++) {
    const before = table.entries[i - 1]!;
    const entry = table.entries[i]!;
    const step = entry.offsetNs - before.offsetNs;
    const whole = entry.driftNsPerDay === 0n && before.driftNsPerDay === 0n;
    if (entry.mjdUtc <= before.mjdUtc || (whole && step !== 1_000_000_000n && step !== -1_000_000_000n))
      throw new LeapSecondTableError(
        `leap-second table: expected ascending days and steps of one second; found MJD ${before.mjdUtc} then ${entry.mjdUtc}, step ${step} ns`,
        {
          details: { line: i },
        },
      );
  }
}
