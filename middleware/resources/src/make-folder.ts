import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Times that making is begun again because somebody removed an empty folder meanwhile. */
const ATTEMPTS = 5;

/**
 * Makes a folder and those above it that are missing; nothing where it is there.
 *
 * Unlike the recursive `mkdir` of Node 24 it ends on file systems that refuse new folders as if nothing were there, such as `/proc`.
 *
 * @throws The system's error, with its `code`: EACCES, EPERM, EROFS, ENOSPC, ENOTDIR where the path leads through a file.
 */
export function makeFolder(path: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      for (const folder of missingFolders(resolve(path))) makeOne(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** From the outermost on. */
function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isDirectory()) return missing.toReversed();
    if (found) throw systemError('ENOTDIR', `${at} is a file, not a folder`);
    missing.push(at);
  }
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    if (code === 'ENOENT' && existsSync(dirname(folder)))
      throw systemError('EPERM', `the file system of ${dirname(folder)} takes no new folders`);
    throw error;
  }
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
