import { makeFolder } from '@almagest/resources';
import { ArtifactWriteError } from '../errors.ts';

/** Makes a folder with those above it. @throws {ArtifactWriteError} where the disk is full, not writable, or the path leads through a file. */
export function provideFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw new ArtifactWriteError(`the folder ${path} cannot be made: ${(error as Error).message}`, { cause: error, details: { path } });
  }
}
