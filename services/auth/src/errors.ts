import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a token or session is unknown, expired or malformed. Sign in again or make a new token. */
export class UnauthenticatedError extends AlmagestError {
  static override readonly code: string = 'auth.unauthenticated';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when somebody asks for what their scopes do not allow. Ask the owner of the service for the scope that the message names. */
export class ForbiddenError extends AlmagestError<{ readonly scope: string }> {
  static override readonly code: string = 'auth.forbidden';
  static override readonly fault: ErrorFault = 'caller';
}
