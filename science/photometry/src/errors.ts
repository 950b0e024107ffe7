import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when too few stars have both a measured flux and a reference magnitude. Use a deeper reference catalogue, or look at the astrometric solution. */
export class TooFewPhotometricStarsError extends AlmagestError<{ readonly found: number; readonly needed: number }> {
  static override readonly code: string = 'photometry.too-few-stars';
  static override readonly fault: ErrorFault = 'data';
}
