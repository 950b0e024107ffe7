import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** The shared memory of the kernels cannot grow to hold the arrays asked for. Work on smaller pieces, or free arrays that are no longer needed. */
export class KernelMemoryError extends AlmagestError<{ bytes: number }> {
  static override readonly code: string = 'kernels.out-of-memory';
  static override readonly fault: ErrorFault = 'environment';
}

/** A kernel is called with arrays or parameters that do not fit together. Correct the argument that the message names. */
export class KernelArgumentError extends AlmagestError {
  static override readonly code: string = 'kernels.bad-argument';
  static override readonly fault: ErrorFault = 'caller';
}

/** Threads are asked for where none can be started. Run without threads, or give a function that creates workers here. */
export class KernelThreadsError extends AlmagestError {
  static override readonly code: string = 'kernels.no-threads';
  static override readonly fault: ErrorFault = 'environment';
}
