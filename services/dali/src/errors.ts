import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a parameter of a request is missing, repeated or has a value that the service does not take. Mend the parameter that the message names. */
export class DaliParameterError extends AlmagestError<{ readonly parameter: string }> {
  static override readonly code: string = 'dali.parameter';
  static override readonly fault: ErrorFault = 'caller';
}
