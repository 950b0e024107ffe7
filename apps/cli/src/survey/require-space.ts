import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NoSpaceError } from './errors.ts';

/**
 * Checks before hours of work that there is room for what it makes; a folder that is there already, with its work half done, is taken as it
 * is.
 *
 * @throws {NoSpaceError} if less is free than needed.
 */
export function requireSpace(folder: string, neededBytes: number): void {
  const path = resolve(folder);
  if (existsSync(path)) return;
  let place = path;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const text = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new NoSpaceError(`${path} needs ${text(neededBytes)}; ${text(freeBytes)} are free on its disk`, {
    details: { folder: path, freeBytes, neededBytes },
  });
}
