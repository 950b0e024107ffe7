import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a command of the batch system is missing or refuses. Remedy: see the system's own words in the message. */
export class BatchSystemError extends AlmagestError {
  static override readonly code: string = 'batch.system';
  static override readonly fault: ErrorFault = 'environment';
}

/** Occurs when a folder holds no submission, or one that another release wrote. Remedy: submit the run, or name its run. */
export class SubmissionNotFoundError extends AlmagestError {
  static override readonly code: string = 'batch.submission-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when clusters of quanta would wait for each other. Remedy: put the tasks named in one cluster, or cluster them by more dimensions. */
export class ClusterCycleError extends AlmagestError {
  static override readonly code: string = 'batch.cluster-cycle';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a batch configuration file does not follow its format. Remedy: correct the key that the message names. */
export class BatchConfigError extends AlmagestError {
  static override readonly code: string = 'batch.config';
  static override readonly fault: ErrorFault = 'caller';
}
