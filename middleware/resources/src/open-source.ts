import { type ByteSource, httpSource, type HttpSourceOptions } from '@almagest/fits';
import { openFile } from './open-file.ts';

/** A source that may hold a file open; `await using` lets go of it. */
export type OpenSource = ByteSource & AsyncDisposable;

/**
 * Opens a path, or an address that begins with http:// or https:// and is then read by range requests.
 *
 * @throws {FileNotFoundError | FileAccessError} as {@link openFile}.
 * @throws {RequestRefusedError | RequestFailedError} as `httpSource`.
 */
export async function openSource(place: string, options: HttpSourceOptions = {}): Promise<OpenSource> {
  if (!/^https?:\/\//i.test(place)) return openFile(place);
  return { ...(await httpSource(place, options)), [Symbol.asyncDispose]: () => Promise.resolve() };
}
