import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when the port is taken by another program. Give another port, or 0 for any that is free. */
export class PortInUseError extends AlmagestError<{ readonly port: number }> {
  static override readonly code: string = 'server.port-in-use';
  static override readonly fault: ErrorFault = 'environment';
}
