import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Butler } from '../butler/butler.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { ArtifactWriteError } from '../errors.ts';

export interface RetrieveOptions {
  /** Keep the folders of the datastore; otherwise all files come into one folder. */
  readonly preservePath?: boolean;
  readonly mode?: 'copy' | 'hardlink' | 'symlink';
  readonly overwrite?: boolean;
}

/**
 * Copies the artifacts of datasets out of a repository.
 *
 * @returns paths of the files, each once though several datasets may share it.
 * @throws {ArtifactWriteError} if two files would get one name, or a file is there and must not be overwritten.
 */
export async function retrieveArtifacts(
  butler: Butler,
  refs: readonly DatasetRef[],
  folder: string,
  options: RetrieveOptions = {},
): Promise<readonly string[]> {
  const records = [...(await butler.registry.fetchFileRecords(refs.map((ref) => ref.id))).values()].flat();
  const targets = new Map<string, string>();
  const written: string[] = [];
  for (const record of records) {
    const source = record.path.replace(/#.*$/, '');
    const name = options.preservePath === false || source.startsWith('/') ? basename(source) : source;
    const target = resolve(folder, name);
    const taken = targets.get(target);
    if (taken === source) continue;
    if (taken !== undefined)
      throw new ArtifactWriteError(`${taken} and ${source} would both become ${target}; keep the folders with preservePath`);
    targets.set(target, source);
    await place(butler, record, target, options);
    written.push(target);
  }
  return written;
}

async function place(
  butler: Butler,
  record: Parameters<Butler['datastore']['address']>[0],
  target: string,
  options: RetrieveOptions,
): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const address = butler.datastore.address(record);
  const flag = options.overwrite ? 'w' : 'wx';
  try {
    if (!address.startsWith('file:') || (options.mode ?? 'copy') === 'copy')
      writeFileSync(target, await butler.datastore.readBytes(record), { flag });
    else if (options.mode === 'hardlink') linkSync(new URL(address), target);
    else symlinkSync(new URL(address), target);
  } catch (error) {
    throw new ArtifactWriteError(`${target} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
