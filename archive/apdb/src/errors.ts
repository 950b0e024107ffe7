import { AlmagestError, type ErrorFault } from '@almagest/errors';

/**
 * A visit and detector is stored already, with other rows than those given now.
 * Keep what is stored; to replace it, withdraw its sources and store the new ones under another detector-visit.
 */
export class VisitDetectorConflictError extends AlmagestError<{ visit: string; detector: number }> {
  static override readonly code: string = 'apdb.visit-detector-conflict';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * The database was made for a version of the tables that this program cannot use.
 * Use a program of that version, or make a new database and replay the replication chunks into it.
 */
export class IncompatibleApdbError extends AlmagestError<{ found: string; expected: string }> {
  static override readonly code: string = 'apdb.incompatible-schema';
  static override readonly fault: ErrorFault = 'environment';
}

/**
 * There is no alert database at the address.
 * Make one with `createApdb`, or correct the address.
 */
export class ApdbNotFoundError extends AlmagestError<{ address: string }> {
  static override readonly code: string = 'apdb.not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * A table given to the database lacks a column that may not be null, or holds a value that the column cannot hold.
 * Add the column or correct the value that the message names.
 */
export class ApdbRowError extends AlmagestError<{ table: string; column: string; row?: number }> {
  static override readonly code: string = 'apdb.bad-row';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * A column was asked for that the table does not have.
 * Choose among the names in `schemas/apdb.yaml`.
 */
export class ApdbColumnError extends AlmagestError<{ table: string; column: string }> {
  static override readonly code: string = 'apdb.unknown-column';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * A source or object that an update names is not in the database.
 * Check the id; updates of one call are all undone.
 */
export class ApdbRecordNotFoundError extends AlmagestError<{ kind: string; id: string }> {
  static override readonly code: string = 'apdb.record-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * Chunks were applied to a replica out of the order of their ids.
 * Apply the missing chunk first, as the message names it.
 */
export class ReplicaOrderError extends AlmagestError<{ last: number; found: number }> {
  static override readonly code: string = 'apdb.replica-order';
  static override readonly fault: ErrorFault = 'caller';
}
