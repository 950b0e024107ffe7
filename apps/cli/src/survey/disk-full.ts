import { AlmagestError } from '@almagest/errors';
import { NoSpaceError } from './errors.ts';

/** What the system, SQLite and DuckDB say when a disk, or what a user may have of it, is full. */
const FULL = /\bENOSPC\b|\bEDQUOT\b|No space left on device|database or disk is full|Disk quota exceeded/i;

/** Whether a text tells of a full disk. */
export function tellsOfFullDisk(text: string): boolean {
  return FULL.test(text);
}

/** An error that came of a full disk, told as such; undefined for any other. */
export function noSpaceErrorOf(error: unknown): NoSpaceError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof NoSpaceError) return each;
    const { code } = each as NodeJS.ErrnoException;
    if (tellsOfFullDisk(`${each instanceof AlmagestError ? '' : (code ?? '')} ${each.message}`)) return noSpaceError(each.message, error);
  }
  return undefined;
}

/** @param found - What was being done, and what the system said. */
export function noSpaceError(found: string, cause?: unknown): NoSpaceError {
  return new NoSpaceError(`the disk is full (${found}); free some space and start the same command again: what is done is kept`, {
    details: {},
    ...(cause === undefined ? {} : { cause }),
  });
}
