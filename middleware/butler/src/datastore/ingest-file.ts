import { constants, copyFileSync, fsyncSync, linkSync, openSync, closeSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { makeFolder } from '@almagest/resources';
import { ArtifactWriteError } from '../errors.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { FileRecord, IngestItem, TransferMode } from './datastore.ts';
import type { FormatterRegistry } from './formatter.ts';
import { memberPath } from './zip-member.ts';

/** One file on its way into the datastore. */
export interface PlacedFile {
  /** Where it waits until published, relative to the root; undefined where nothing is written. */
  readonly temporary: string | undefined;
  /** Where it is found afterwards: relative to the root, or absolute. */
  readonly path: string;
  /** The file as the caller named it. */
  readonly source?: string;
  readonly prepare?: (temporary: string, final: string) => Promise<void>;
  readonly finish?: () => Promise<void>;
}

/**
 * Decides how a file comes in. The original is never touched before the registry committed, so that nothing is lost on the way:
 * `move` links or copies first and removes the original at the end.
 *
 * @param request.inside - Path relative to the root where the file is below it already.
 */
export function placeFile(request: {
  readonly source: string;
  readonly mode: TransferMode;
  readonly inside: string | undefined;
  readonly path: string;
  readonly temporary: string;
}): PlacedFile {
  const { source, inside, path, temporary } = request;
  const mode = request.mode === 'auto' ? (inside === undefined ? 'link' : 'split') : request.mode;
  switch (mode) {
    case 'direct':
      return { temporary: undefined, path: source, source };
    case 'split':
      return { temporary: undefined, path: inside ?? source, source };
    case 'copy':
      return { temporary, path, source, prepare: async (target) => copy(source, target) };
    case 'move':
      return {
        temporary,
        path,
        source,
        prepare: async (target) => linkOrCopy(source, target),
        finish: async () => rmSync(source, { force: true }),
      };
    case 'hardlink':
      return { temporary, path, source, prepare: async (target) => inFolder(target, () => linkSync(realpathSync(source), target)) };
    case 'symlink':
      return { temporary, path, source, prepare: async (target) => inFolder(target, () => symlinkSync(source, target)) };
    case 'relsymlink':
      return {
        temporary,
        path,
        source,
        prepare: async (target, final) => inFolder(target, () => symlinkSync(relative(dirname(final), source), target)),
      };
    case 'link':
      return { temporary, path, source, prepare: async (target) => inFolder(target, () => linkOrSymlink(source, target)) };
    default:
      throw new ArtifactWriteError(`transfer mode ${request.mode as string} is not known`);
  }
}

/** What the registry keeps of one dataset in a file: the file, or the members of a bundle that hold it. */
export function recordsOfFile(
  ref: DatasetRef,
  file: {
    readonly item: IngestItem;
    /** Of the file in the datastore. */
    readonly path: string;
    readonly measured: { readonly checksum: string; readonly size: number };
    readonly formatters: FormatterRegistry;
  },
): readonly FileRecord[] {
  const { item, path, measured, formatters } = file;
  const { name, storageClass } = ref.datasetType;
  const formatter = (): string => item.formatter ?? formatters.forWriting(name, storageClass).name;
  const members = item.members?.get(ref.id);
  if (!members) return [{ datasetId: ref.id, path, formatter: formatter(), storageClass, component: undefined, ...measured }];
  return members.map(({ member, component, ...record }) => ({
    datasetId: ref.id,
    path: memberPath(path, member),
    formatter: record.formatter,
    storageClass: record.storageClass,
    component,
    checksum: record.checksum,
    size: record.size,
  }));
}

function inFolder(target: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(dirname(target));
    work();
  }
}

function copy(source: string, target: string): void {
  inFolder(target, () => copyFileSync(source, target, constants.COPYFILE_FICLONE));
  const handle = openSync(target, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    inFolder(target, () => linkSync(realpathSync(source), target));
  } catch {
    copy(source, target);
  }
}

function linkOrSymlink(source: string, target: string): void {
  try {
    linkSync(realpathSync(source), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    symlinkSync(source, target);
  }
}
