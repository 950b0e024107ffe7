import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when an uploaded table cannot be used. Mend the table, or make it smaller. */
export class UploadError extends AlmagestError<{ readonly table: string }> {
  static override readonly code: string = 'tap.upload';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a result cannot be written in the format asked for, or fails after a part of it was sent. Ask for fewer rows, or for VOTable, which is streamed. */
export class ResultFormatError extends AlmagestError<{ readonly format: string }> {
  static override readonly code: string = 'tap.result-format';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a synchronous query takes longer than the service lets one take. Ask the asynchronous service, or for less. */
export class SyncTimeError extends AlmagestError<{ readonly seconds: number }> {
  static override readonly code: string = 'tap.sync-time';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a job does not exist or belongs to somebody else. List the jobs that you have. */
export class JobNotFoundError extends AlmagestError<{ readonly job: string }> {
  static override readonly code: string = 'tap.job-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a job cannot go from its phase to the one asked for. Look at its phase first. */
export class JobPhaseError extends AlmagestError<{ readonly phase: string }> {
  static override readonly code: string = 'tap.job-phase';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when nobody's kept table has the name that was given. `GET /tap/user-tables` lists yours. */
export class UserTableNotFoundError extends AlmagestError<{ readonly table: string }> {
  static override readonly code: string = 'tap.user-table-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a user has as many jobs or running queries as allowed. Wait for one to end, or delete one. */
export class QuotaError extends AlmagestError<{ readonly limit: number }> {
  static override readonly code: string = 'tap.quota';
  static override readonly fault: ErrorFault = 'caller';
  static override readonly retryable: boolean = true;
}
