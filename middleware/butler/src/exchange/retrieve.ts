import { basename, isAbsolute, resolve } from 'node:path';
import type { CoreButler } from '../butler/core-butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { ArtifactWriteError } from '../errors.ts';
import { type CopyMode, exportPath, writeArtifact } from './artifact-file.ts';

export interface RetrieveOptions extends LongWork {
  /** Keep the folders of the datastore; otherwise all files come into one folder. */
  readonly preservePath?: boolean;
  readonly mode?: CopyMode;
  readonly overwrite?: boolean;
}

/**
 * Copies the artifacts of datasets out of a repository, of any datastore; members of bundles become files of their own.
 *
 * @returns paths of the files, each once though several datasets may share it.
 * @throws {ArtifactWriteError} if two files would get one name, or a file is there and must not be overwritten.
 */
export async function retrieveArtifacts(
  butler: CoreButler,
  refs: readonly DatasetRef[],
  folder: string,
  options: RetrieveOptions = {},
): Promise<readonly string[]> {
  const stored = await butler.registry.fetchFileRecords(refs.map((ref) => ref.id));
  const records = new Map([...stored.values()].flat().map((record) => [record.path, record]));
  const targets = new Map<string, string>();
  for (const record of records.values()) {
    const path = exportPath(record);
    const inside = options.preservePath !== false && !isAbsolute(path) && !path.includes('://');
    const target = resolve(folder, inside ? path : basename(path));
    const taken = targets.get(target);
    if (taken !== undefined)
      throw new ArtifactWriteError(`${taken} and ${record.path} would both become ${target}; keep the folders with preservePath`);
    targets.set(target, record.path);
  }
  let done = 0;
  for (const [target, path] of targets) {
    await writeArtifact(butler, records.get(path)!, target, options);
    atStep(options, (done += 1), targets.size);
  }
  return [...targets.keys()];
}
