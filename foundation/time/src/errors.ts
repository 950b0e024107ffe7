import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a text is no date and time of the accepted ISO 8601 forms. Write it as YYYY-MM-DDThh:mm:ss.fffffffff, with Z only for UTC. */
export class TimeTextError extends AlmagestError<{ text: string }> {
  static override readonly code: string = 'time.bad-text';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a number given as a time is NaN, infinite or outside the supported years -4799 to 9999. Check the column for missing values and the unit (days, seconds). */
export class TimeRangeError extends AlmagestError<{ value: number | string }> {
  static override readonly code: string = 'time.out-of-range';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a UTC time before 1960 is asked for, where UTC does not exist. Give or take such times in TAI or TT. */
export class UtcUndefinedError extends AlmagestError<{ mjdUtc: number }> {
  static override readonly code: string = 'time.utc-undefined';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a leap-second file cannot be read or contradicts itself. Fetch leap-seconds.list or Leap_Second.dat again from the IERS. */
export class LeapSecondTableError extends AlmagestError<{ line: number }> {
  static override readonly code: string = 'time.bad-leap-seconds';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the begin of a timespan lies after its end. Swap the two, or use the empty timespan on purpose. */
export class TimespanError extends AlmagestError<{ begin: string; end: string }> {
  static override readonly code: string = 'time.bad-timespan';
  static override readonly fault: ErrorFault = 'caller';
}
