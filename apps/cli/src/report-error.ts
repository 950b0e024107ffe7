import { AlmagestError } from '@almagest/errors';
import { InterruptedError } from './survey/errors.ts';

/** Exit codes: 0 done, 1 failed inside, 2 wrong usage or unreadable input, 3 the environment refused, 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AlmagestError)) return 1;
  if (error instanceof InterruptedError) return 130;
  return { caller: 2, data: 2, environment: 3, internal: 1 }[error.fault];
}

export interface PrintErrorOptions {
  /** One JSON line on standard output, in place of the result that was asked for. */
  readonly json: boolean;
}

/** Tells a person on standard error, or a program on standard output, what went wrong. */
export function printError(error: unknown, options: PrintErrorOptions): void {
  const known = error instanceof AlmagestError ? error.toJSON() : { code: 'almagest.internal', message: errorText(error) };
  if (options.json) console.log(JSON.stringify({ error: known }));
  else console.error(`almagest: ${known.message} [${known.code}]`);
  if (!(error instanceof AlmagestError) && error instanceof Error && process.env['ALMAGEST_DEBUG']) console.error(error.stack);
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
