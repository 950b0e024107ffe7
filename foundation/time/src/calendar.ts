/** Days between the Modified Julian epoch (1858-11-17) and the Unix epoch (1970-01-01). */
export const MJD_OF_1970 = 40587;
/** Julian Date of the Modified Julian epoch [day]. */
export const JD_OF_MJD_0 = 2400000.5;

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/**
 * Counts the days from the Modified Julian epoch to a date of the proleptic Gregorian calendar.
 *
 * @returns Integer Modified Julian Day; exact for every year that a double holds. The date is not checked.
 * @see Fliegel and van Flandern 1968 for the idea; here the year begins on 1 March, so that the leap day comes last.
 */
export function mjdFromCivil(date: CivilDate): number {
  const shiftedYear = date.month <= 2 ? date.year - 1 : date.year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const monthFromMarch = (date.month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + date.day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 678881;
}

/** Gives the proleptic Gregorian date of an integer Modified Julian Day; the inverse of {@link mjdFromCivil}. */
export function civilFromMjd(mjd: number): CivilDate {
  const shifted = mjd + 678881;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Says whether year, month and day name a day of the proleptic Gregorian calendar. */
export function isCivilDate(date: CivilDate): boolean {
  if (!Number.isInteger(date.year) || !Number.isInteger(date.month) || !Number.isInteger(date.day)) return false;
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return false;
  const back = civilFromMjd(mjdFromCivil(date));
  return back.month === date.month && back.day === date.day;
}
