import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when two measurement plugins declare the same column. Leave one of them out, or give its column another name. */
export class DuplicateColumnError extends AlmagestError<{ readonly column: string; readonly plugin: string }> {
  static override readonly code: string = 'measurement.duplicate-column';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a measurement plugin reads a column that no plugin before it writes. Put the plugin that writes it first. */
export class MissingColumnError extends AlmagestError<{ readonly column: string; readonly plugin: string }> {
  static override readonly code: string = 'measurement.missing-column';
  static override readonly fault: ErrorFault = 'caller';
}
