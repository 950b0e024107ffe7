import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** An argument of `almagest image` cannot be used. Correct the option or file that the message names. */
export class ImageArgumentError extends AlmagestError {
  static override readonly code: string = 'cli.image-argument';
  static override readonly fault: ErrorFault = 'caller';
}
