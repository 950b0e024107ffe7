import { AlmagestError, type ErrorFault } from '@almagest/errors';

/**
 * A visit, detector or running number does not fit into the bits of an id.
 * Raise the detection threshold, or mask what floods the detector with detections, as the message says which part overflowed.
 */
export class IdOverflowError extends AlmagestError<{ part: string; value: string; limit: string }> {
  static override readonly code: string = 'association.id-overflow';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Columns of one light curve or catalogue differ in length.
 * Pass columns of one table.
 */
export class ColumnLengthError extends AlmagestError<{ expected: number; found: number }> {
  static override readonly code: string = 'association.column-length';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * More objects would be made for one detector than a real sky has.
 * Look at the difference image: a failed subtraction is the usual reason; raise `maxNewObjects` where the sky is that rich.
 */
export class TooManyNewObjectsError extends AlmagestError<{ found: number; limit: number }> {
  static override readonly code: string = 'association.too-many-new-objects';
  static override readonly fault: ErrorFault = 'data';
}
