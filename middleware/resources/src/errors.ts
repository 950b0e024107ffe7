import { AlmagestError, type ErrorFault } from '@almagest/errors';

/**
 * Occurs when a file or folder is not where it was said to be.
 * Check the path and that the disk is mounted.
 */
export class FileNotFoundError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'resources.file-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * Occurs when a file is to be written under a name that is taken and may not be replaced.
 * Choose another name, or remove the old file first.
 */
export class FileExistsError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'resources.file-exists';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * Occurs when the operating system refuses to read or write a file: permissions, a full disk, a failing device.
 * Read the cause, free space or correct the permissions, and try again.
 */
export class FileAccessError extends AlmagestError<{ path: string; systemCode: string | undefined }> {
  static override readonly code: string = 'resources.file-access';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Turns an error of the operating system into one of this room, naming the path. */
export function fileError(error: unknown, path: string, action: string): AlmagestError {
  if (error instanceof AlmagestError) return error;
  const systemCode = (error as { code?: string }).code;
  if (systemCode === 'ENOENT' || systemCode === 'ENOTDIR' || systemCode === 'EISDIR') {
    const what = systemCode === 'EISDIR' ? 'it is a folder' : 'there is no such file';
    return new FileNotFoundError(`cannot ${action} ${path}: ${what}`, { details: { path }, cause: error });
  }
  if (systemCode === 'EEXIST') return new FileExistsError(`cannot ${action} ${path}: it exists`, { details: { path }, cause: error });
  return new FileAccessError(`cannot ${action} ${path}: ${error instanceof Error ? error.message : String(error)}`, {
    details: { path, systemCode },
    cause: error,
  });
}
