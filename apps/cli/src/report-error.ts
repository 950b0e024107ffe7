import { AlmagestError } from '@almagest/errors';
import { FileSystemError } from './errors.ts';
import { InterruptedError } from './survey/errors.ts';

/** What systems answer when they refuse a file; any other error of theirs is a fault of this program until it is known better. */
const REFUSALS = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EISDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EMFILE',
  'ENFILE',
]);

/** Exit codes: 0 done, 1 failed inside, 2 wrong usage or unreadable input, 3 the environment refused, 130 interrupted. */
export function exitCodeOf(thrown: unknown): number {
  const error = namedError(thrown);
  if (!(error instanceof AlmagestError)) return 1;
  if (error instanceof InterruptedError) return 130;
  return { caller: 2, data: 2, environment: 3, internal: 1 }[error.fault];
}

export interface PrintErrorOptions {
  /** One JSON line on standard output, in place of the result that was asked for. */
  readonly json: boolean;
}

/** Tells a person on standard error, or a program on standard output, what went wrong. */
export function printError(thrown: unknown, options: PrintErrorOptions): void {
  const error = namedError(thrown);
  const known = error instanceof AlmagestError ? error.toJSON() : { code: 'almagest.internal', message: errorText(error) };
  if (options.json) console.log(JSON.stringify({ error: known }));
  else console.error(`almagest: ${known.message} [${known.code}]`);
  if (!(error instanceof AlmagestError) && error instanceof Error && process.env['ALMAGEST_DEBUG']) console.error(error.stack);
}

function namedError(error: unknown): unknown {
  if (error instanceof AlmagestError || !(error instanceof Error)) return error;
  const system = 'code' in error ? String(error.code) : '';
  return REFUSALS.has(system) ? new FileSystemError(error.message, { details: { system }, cause: error }) : error;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
