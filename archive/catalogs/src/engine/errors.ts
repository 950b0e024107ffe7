import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when an engine refuses a statement or fails while running it. Read the engine's own words in the message. */
export class QueryFailedError extends AlmagestError<{ readonly engine: string }> {
  static override readonly code: string = 'catalogs.query-failed';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a query was stopped by its caller or a time limit. Run it again, or let it run longer. */
export class QueryAbortedError extends AlmagestError {
  static override readonly code: string = 'catalogs.query-aborted';
  static override readonly fault: ErrorFault = 'caller';
}
