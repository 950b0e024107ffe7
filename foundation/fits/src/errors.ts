import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Where in a file a problem lies. */
export interface FitsPlace {
  /** HDU number, 0 for the primary. */
  readonly hdu?: number | undefined;
  /** Keyword of the header card at fault. */
  readonly card?: string | undefined;
}

/**
 * Occurs when a FITS file cannot be read or written; every error of this room is one of its subclasses.
 * Read the message and `details` (HDU number and card), and repair or replace the file.
 */
export class FitsError extends AlmagestError<FitsPlace> {
  static override readonly code: string = 'fits.error';
  static override readonly fault: ErrorFault = 'data';

  constructor(message: string, place: FitsPlace = {}, cause?: unknown) {
    super(message + describe(place), { details: { hdu: place.hdu, card: place.card }, ...(cause === undefined ? {} : { cause }) });
  }
}

/**
 * Occurs when the bytes do not begin as a FITS file does.
 * Check that the path names a FITS file and that no proxy or login page answered in its place.
 */
export class NotFitsError extends FitsError {
  static override readonly code: string = 'fits.not-fits';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when a file ends before the header or data that it announces.
 * Transfer or write the file again.
 */
export class TruncatedError extends FitsError {
  static override readonly code: string = 'fits.truncated';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when a header card that is needed is missing, malformed, or has a value outside the standard.
 * Correct the card named in the message.
 */
export class BadCardError extends FitsError {
  static override readonly code: string = 'fits.bad-card';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when data bytes contradict their header, such as a compressed tile that overruns or a heap pointer outside the heap.
 * Write the file again from its origin.
 */
export class BadDataError extends FitsError {
  static override readonly code: string = 'fits.bad-data';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when a header claims more pixels or bytes than the limit allows or than its file could hold.
 * Raise `maxBytes` if the claim is true, or ask for a section.
 */
export class TooLargeError extends FitsError {
  static override readonly code: string = 'fits.too-large';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when a file uses a construct that this reader does not know, such as an unregistered compression.
 * Convert the file with another tool first.
 */
export class UnsupportedError extends FitsError {
  static override readonly code: string = 'fits.unsupported';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * Occurs when an HDU, column, or section is asked for that the file does not have.
 * List the file with `almagest fits info` and ask for what it has.
 */
export class NotInFileError extends FitsError {
  static override readonly code: string = 'fits.not-in-file';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * Occurs when a value, shape, or option given for writing cannot be expressed in FITS.
 * Correct the argument named in the message.
 */
export class BadArgumentError extends FitsError {
  static override readonly code: string = 'fits.bad-argument';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * Occurs when a server that holds a file cannot be reached, fails, or breaks off.
 * Try again, and look at the server where that does not help.
 */
export class RequestFailedError extends FitsError {
  static override readonly code: string = 'fits.request-failed';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/**
 * Occurs when a server answers that a file is not there or may not be read.
 * Check the address and the credentials sent with it.
 */
export class RequestRefusedError extends FitsError {
  static override readonly code: string = 'fits.request-refused';
  static override readonly fault: ErrorFault = 'caller';
}

function describe(place: FitsPlace): string {
  const parts = [...(place.hdu === undefined ? [] : [`HDU ${place.hdu}`]), ...(place.card === undefined ? [] : [`card ${place.card}`])];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
