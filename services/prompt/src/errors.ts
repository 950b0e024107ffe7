import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when an announcement of a visit is not JSON, lacks a field, or has a value that cannot be. Remedy: correct the field that the message names and announce again. */
export class BadAnnouncementError extends AlmagestError {
  static override readonly code: string = 'prompt.bad-announcement';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a raw arrives for a detector that has no valid calibration of a type that its pipeline needs. Remedy: certify the calibrations named; the frame is taken up by the backlog. */
export class NoCalibrationError extends AlmagestError {
  static override readonly code: string = 'prompt.no-calibration';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a raw of an announced visit does not arrive before its deadline. Remedy: none needed, a raw that comes later is processed with the backlog; look at the camera and the transfer if it recurs. */
export class RawLateError extends AlmagestError {
  static override readonly code: string = 'prompt.raw-late';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Occurs when a file that arrives is no raw frame of the camera: unreadable, of another instrument, or no frame of the sky. Remedy: see the message; the file stays where it is. */
export class RawRejectedError extends AlmagestError {
  static override readonly code: string = 'prompt.raw-rejected';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a step of a pipeline fails for a visit and detector. Remedy: see the message and `almagest report` of the run; the backlog tries again, three times in all. */
export class VisitFailedError extends AlmagestError {
  static override readonly code: string = 'prompt.visit-failed';
  static override readonly fault: ErrorFault = 'data';
  static override readonly retryable: boolean = true;
}

/** Occurs when a warm worker ends while it processes a visit and detector. Remedy: none needed, the work goes on in a new worker. */
export class PromptWorkerLostError extends AlmagestError {
  static override readonly code: string = 'prompt.worker-lost';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}
