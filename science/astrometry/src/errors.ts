import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when no orientation of the sources agrees with the reference stars beyond chance. Check the pointing, the pixel scale, the parity and the depth of the reference catalogue, or widen the limits of the search. */
export class NotSolvedError extends AlmagestError<{ sources: number; references: number; hypotheses: number; reason: string }> {
  static override readonly code: string = 'astrometry.not-solved';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when there are too few sources or reference stars to tell a solution from chance. Take deeper data, lower the detection threshold or use a deeper catalogue. */
export class TooFewStarsError extends AlmagestError<{ sources: number; references: number; needed: number }> {
  static override readonly code: string = 'astrometry.too-few-stars';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when columns of a catalogue have different lengths or an option is outside its range. Correct the argument named in the message. */
export class BadAstrometryInputError extends AlmagestError<{ argument: string }> {
  static override readonly code: string = 'astrometry.bad-input';
  static override readonly fault: ErrorFault = 'caller';
}
