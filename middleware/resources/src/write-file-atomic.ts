import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/** What a file is made of: bytes, text, or pieces as they come. */
export type FileContent = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface WriteFileOptions {
  /** Fail where the file is there already, rather than replace it. */
  readonly exclusive?: boolean;
  /** Wait until the bytes are on the disk; default true. Without it a power cut may lose a product that can be made again. */
  readonly durable?: boolean;
  /** Bytes that replace those at their offsets once the content has ended; the content may add to them until then. */
  readonly late?: readonly LateBytes[];
}

/** Bytes that are known only after what follows them. */
export interface LateBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Writes a file so that readers see nothing or all of it, whatever dies in between.
 *
 * The pieces go to a temporary name in the same folder, reach the disk (fsync), and only then take the final name;
 * missing folders are made. The temporary file is removed when anything fails.
 *
 * @returns Length of the file [byte].
 * @throws {FileExistsError} if `exclusive` is set and the name is taken.
 * @throws {FileAccessError} if the system refuses; errors of the content pass through unchanged.
 */
export async function writeFileAtomic(path: string, content: FileContent, options: WriteFileOptions = {}): Promise<number> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${uniqueMark()}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await system(path, async () => {
      makeFolder(folder);
      return open(temporary, 'wx');
    });
    const size = await writePieces(handle, content, path);
    for (const { offset, bytes } of options.late ?? []) await writeAll(handle, bytes, path, offset);
    if (options.durable ?? true) await system(path, () => (handle as FileHandle).sync());
    await handle.close();
    handle = undefined;
    await system(path, () => finish(temporary, path, options.exclusive ?? false));
    if (options.durable ?? true) await syncFolder(folder);
    return size;
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Told apart by process, time and chance (opening fails where a name is taken all the same); quicker at hand than the system's randomness. */
function uniqueMark(): string {
  return [process.pid, process.hrtime.bigint(), Math.floor(Math.random() * 2 ** 48)].map((part) => part.toString(36)).join('-');
}

async function system<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, path, 'write');
  }
}

/** Writes pieces in order; while one is on its way to the system the next is being made. */
async function writePieces(handle: FileHandle, content: FileContent, path: string): Promise<number> {
  let size = 0;
  let pending: Promise<void> = Promise.resolve();
  try {
    for await (const piece of pieces(content)) {
      await pending;
      pending = writeAll(handle, piece, path);
      pending.catch(() => undefined); // awaited with the next piece or at the end
      size += piece.length;
    }
  } finally {
    await pending;
  }
  return size;
}

/** Writes where the last write ended, or at an offset. */
async function writeAll(handle: FileHandle, piece: Uint8Array, path: string, offset?: number): Promise<void> {
  for (let done = 0; done < piece.length;) {
    const place = offset === undefined ? null : offset + done;
    const { bytesWritten } = await system(path, () => handle.write(piece, done, piece.length - done, place));
    done += bytesWritten;
  }
}

/** Gives the file its name; a hard link, unlike a rename, fails where the name is taken, so that of two writers one wins. */
async function finish(temporary: string, path: string, exclusive: boolean): Promise<void> {
  if (!exclusive) return rename(temporary, path);
  await link(temporary, path);
  await rm(temporary);
}

/** Makes the new name itself durable; systems that cannot open a folder keep names durable by themselves. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function pieces(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}
