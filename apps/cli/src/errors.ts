import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when coordinates on the command line or on standard input are no pairs of numbers. Give pairs: X Y, or RA DEC in degrees. */
export class BadPointsError extends AlmagestError<{ found: string }> {
  static override readonly code: string = 'cli.bad-points';
  static override readonly fault: ErrorFault = 'caller';
}
