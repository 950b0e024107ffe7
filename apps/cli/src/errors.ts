import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when coordinates on the command line or on standard input are no pairs of numbers. Give pairs: X Y, or RA DEC in degrees. */
export class BadPointsError extends AlmagestError<{ found: string }> {
  static override readonly code: string = 'cli.bad-points';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when there is nothing to plot, a column is missing, or a file cannot be of the kind that its name says. Name the columns and the file as the message shows. */
export class PlotError extends AlmagestError {
  static override readonly code: string = 'cli.plot';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the system refuses a file or a folder: no right to it, a read-only or full file system, a path that leads through a file. Give another path, or mend what the message names. */
export class FileSystemError extends AlmagestError<{ system: string }> {
  static override readonly code: string = 'cli.file-system';
  static override readonly fault: ErrorFault = 'environment';
}
