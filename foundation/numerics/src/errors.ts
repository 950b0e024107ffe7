import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when arrays that belong together have lengths that do not agree, or a size is no positive integer. Pass arrays of the documented lengths. */
export class NumericsShapeError extends AlmagestError<{ expected: string; found: string }> {
  static override readonly code: string = 'numerics.bad-shape';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a system of equations has no unique solution to working precision. Remove degenerate parameters, add data, or add a damping term. */
export class SingularMatrixError extends AlmagestError<{ column: number; size: number }> {
  static override readonly code: string = 'numerics.singular-matrix';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when an argument lies outside the domain of the method (a negative tolerance, knots that do not increase). Correct the argument named in the message. */
export class NumericsDomainError extends AlmagestError<{ argument: string }> {
  static override readonly code: string = 'numerics.bad-argument';
  static override readonly fault: ErrorFault = 'caller';
}
