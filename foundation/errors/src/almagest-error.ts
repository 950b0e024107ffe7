/** Who has to act: the caller, the owner of the data, the owner of the machine, or we. */
export type ErrorFault = 'caller' | 'data' | 'environment' | 'internal';

export interface ErrorOptionsWithDetails<D> {
  readonly cause?: unknown;
  /** The offending values, as plain data that survives JSON. */
  readonly details?: D;
}

/** An error as it crosses a process or network boundary. */
export interface ErrorWire {
  readonly code: string;
  readonly fault: ErrorFault;
  readonly retryable: boolean;
  readonly message: string;
  readonly details: unknown;
}

/**
 * Base of every error that a caller may want to tell apart.
 *
 * A room declares one subclass per distinguishable reason with its own static `code` ("butler.dataset-not-found").
 * Messages say what was expected, what was found, where, and what to do.
 *
 * @example
 * class CardError extends AlmagestError<{ hdu: number }> {
 *   static override readonly code: string = 'fits.bad-card';
 *   static override readonly fault: ErrorFault = 'data';
 * }
 */
export class AlmagestError<D = unknown> extends Error {
  static readonly code: string = 'almagest.error';
  static readonly fault: ErrorFault = 'internal';
  static readonly retryable: boolean = false;
  readonly details: D | undefined;

  constructor(message: string, options: ErrorOptionsWithDetails<D> = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.details = options.details;
  }

  get code(): string {
    return (this.constructor as typeof AlmagestError).code;
  }

  get fault(): ErrorFault {
    return (this.constructor as typeof AlmagestError).fault;
  }

  get retryable(): boolean {
    return (this.constructor as typeof AlmagestError).retryable;
  }

  toJSON(): ErrorWire {
    return { code: this.code, fault: this.fault, retryable: this.retryable, message: this.message, details: this.details ?? null };
  }
}

/** Rebuilds an error that came as JSON from another process; code, fault, message and details are kept. */
export function errorFromWire(wire: ErrorWire): AlmagestError {
  class RemoteError extends AlmagestError {
    static override readonly code: string = wire.code;
    static override readonly fault: ErrorFault = wire.fault;
    static override readonly retryable: boolean = wire.retryable;
  }
  return new RemoteError(wire.message, { details: wire.details });
}
