import { constants, copyFileSync, linkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '@almagest/resources';
import { AlmagestError } from '@almagest/errors';
import type { CoreButler } from '../butler/core-butler.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import { splitMember } from '../datastore/zip-member.ts';
import { ArtifactWriteError } from '../errors.ts';

/** How an artifact gets a second place. */
export type CopyMode = 'copy' | 'hardlink' | 'symlink';

/** Path of an artifact outside of its datastore: members of a bundle are files of their own, beside where the bundle was. */
export function exportPath(record: FileRecord): string {
  const { file, member } = splitMember(record.path);
  return member === undefined ? file : join(dirname(file), member);
}

/** The artifact as a file of this machine; undefined for members of bundles and for what is elsewhere. */
export function localFile(butler: CoreButler, record: FileRecord): string | undefined {
  const address = butler.datastore.address(record);
  return address.startsWith('file:') && !record.path.includes('#') ? fileURLToPath(address) : undefined;
}

/** Writes an artifact to a path, folders included. @throws {ArtifactWriteError} if it is there and `overwrite` is not set. */
export async function writeArtifact(
  butler: CoreButler,
  record: FileRecord,
  target: string,
  options: { readonly mode?: CopyMode; readonly overwrite?: boolean } = {},
): Promise<void> {
  const source = localFile(butler, record);
  try {
    makeFolder(dirname(target));
    if (source === undefined) writeBytes(target, await butler.datastore.readBytes(record), options);
    else if (options.mode === 'hardlink') linkSync(source, target);
    else if (options.mode === 'symlink') symlinkSync(source, target);
    else copyFileSync(source, target, options.overwrite ? 0 : constants.COPYFILE_EXCL);
  } catch (error) {
    if (error instanceof AlmagestError) throw error;
    throw notWritten(target, error);
  }
}

/** Writes bytes to a path, folders included. @throws {ArtifactWriteError} if it is there and `overwrite` is not set. */
export function writeBytes(target: string, bytes: Uint8Array, options: { readonly overwrite?: boolean } = {}): void {
  try {
    makeFolder(dirname(target));
    writeFileSync(target, bytes, { flag: options.overwrite ? 'w' : 'wx' });
  } catch (error) {
    throw notWritten(target, error);
  }
}

function notWritten(target: string, error: unknown): ArtifactWriteError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'EEXIST' ? 'it is there already; choose another folder, or ask to have it replaced (--overwrite)' : message;
  return new ArtifactWriteError(`${basename(target)} cannot be written to ${dirname(target)}: ${why}`, { cause: error });
}
