import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a token or session is unknown, expired, revoked or malformed. Sign in again or make a new token. */
export class UnauthenticatedError extends AlmagestError {
  static override readonly code: string = 'auth.unauthenticated';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when somebody asks for what their scopes do not allow. Ask the owner of the service for the scope that the message names. */
export class ForbiddenError extends AlmagestError<{ readonly scope: string }> {
  static override readonly code: string = 'auth.forbidden';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a token cannot be made as it was asked for. Mend the name, the scopes or the lifetime that the message names. */
export class TokenRequestError extends AlmagestError {
  static override readonly code: string = 'auth.token-request';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when no token has the identifier, or it is somebody else's. List the tokens to see those that there are. */
export class TokenNotFoundError extends AlmagestError<{ readonly id: string }> {
  static override readonly code: string = 'auth.token-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the file of tokens cannot be opened or is none. Check its path and who may read and write it. */
export class TokenStoreError extends AlmagestError {
  static override readonly code: string = 'auth.token-store';
  static override readonly fault: ErrorFault = 'environment';
}

/** Occurs when somebody has used up what a service allows them in a span of time. Wait as long as the message says. */
export class UsageLimitError extends AlmagestError<{ readonly service: string; readonly retryAfterSec: number }> {
  static override readonly code: string = 'auth.usage-limit';
  static override readonly fault: ErrorFault = 'caller';
  static override readonly retryable: boolean = true;
}

/** Occurs when the sign-in with the identity provider does not come to an end. Begin it again from the page. */
export class SignInError extends AlmagestError {
  static override readonly code: string = 'auth.sign-in';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the identity provider cannot be reached or does not describe itself. Check its address and that it runs. */
export class ProviderError extends AlmagestError {
  static override readonly code: string = 'auth.provider';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}
