import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a table lacks a column that a metric needs, or columns differ in length. Give the table the column, under one of the names in the message. */
export class MetricInputError extends AlmagestError<{ column: string; found: string }> {
  static override readonly code: string = 'verification.metric-input';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when an option of a metric or a comparison is outside its range. Correct the argument named in the message. */
export class MetricOptionError extends AlmagestError<{ argument: string; found: string }> {
  static override readonly code: string = 'verification.bad-option';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a file of thresholds, requirements or a report is not of the documented form. Correct the entry named in the message. */
export class VerificationFormatError extends AlmagestError<{ where: string; found: string }> {
  static override readonly code: string = 'verification.bad-document';
  static override readonly fault: ErrorFault = 'data';
}
