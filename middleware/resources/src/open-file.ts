import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '@almagest/fits';
import { fileError } from './errors.ts';

/** A file open for positional reads; close it, or let `await using` do so. */
export interface FileSource extends ByteSource, AsyncDisposable {
  readonly path: string;
  readInto(offset: number, target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens a file as a byte source; nothing but its size is read until asked for.
 *
 * The size is taken once: a file that grows later is read to its old end.
 *
 * @throws {FileNotFoundError} if the path names no file.
 * @throws {FileAccessError} if the system refuses.
 */
export async function openFile(path: string): Promise<FileSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const state = await handle.stat();
    if (state.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    return fileSource(path, handle, state.size);
  } catch (error) {
    await handle?.close();
    throw fileError(error, path, 'open');
  }
}

function fileSource(path: string, handle: FileHandle, size: number): FileSource {
  async function readInto(offset: number, target: Uint8Array): Promise<number> {
    let done = 0;
    try {
      while (done < target.length) {
        const { bytesRead } = await handle.read(target, done, target.length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw fileError(error, path, 'read');
    }
    return done;
  }
  return {
    path,
    size,
    readInto,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, await readInto(offset, bytes));
    },
    close: () => handle.close(),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}
