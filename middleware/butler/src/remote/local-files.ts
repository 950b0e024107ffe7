import type { ByteSource } from '@almagest/fits';
import { ArtifactMissingError } from '../errors.ts';

/** Files of the machine that a client runs on, as far as it has any. */
export interface LocalFiles {
  /** Opens a file that is to be sent. @throws {ArtifactMissingError} */
  open(path: string): Promise<ByteSource & { close(): Promise<void> }>;
  /** Removes an original that was moved. */
  remove(path: string): Promise<void>;
  /** Makes a file for formats that read nothing else; absent where there are none. */
  withBytes?(name: string, bytes: Uint8Array): Promise<{ readonly path: string; close(): Promise<void> }>;
}

/** Files of a page: whatever has an address, such as `blob:` for a file that somebody chose. Originals stay. */
export const PAGE_FILES: LocalFiles = {
  open: async (path) => {
    const answer = await fetch(path).catch((error: unknown) => error as Error);
    if (answer instanceof Error || !answer.ok)
      throw new ArtifactMissingError(`the file ${path} cannot be read: ${answer instanceof Error ? answer.message : answer.statusText}`);
    const whole = await answer.blob();
    return {
      size: whole.size,
      read: async (offset, length) => new Uint8Array(await whole.slice(offset, offset + length).arrayBuffer()),
      close: async () => undefined,
    };
  },
  remove: async () => undefined,
};
