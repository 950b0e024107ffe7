/** Random access to bytes, wherever they are: the one seam between this room and files, blobs, and range requests. */
export interface ByteSource {
  /** Total length [byte]. */
  readonly size: number;
  /**
   * Reads `length` bytes from `offset`; fewer only where the source ends.
   *
   * @returns A buffer that the caller may read until it lets go; a view of the source's own bytes is allowed, so do not write to it.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills `target` from `offset` and returns the count of bytes read; sources that can avoid a copy offer it. */
  readInto?(offset: number, target: Uint8Array): Promise<number>;
}

/** A source over bytes in memory; `read` returns views, nothing is copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    readInto: (offset, target) => {
      const part = bytes.subarray(offset, offset + target.length);
      target.set(part);
      return Promise.resolve(part.length);
    },
  };
}

/** A source over a Blob or File of a browser (or of Node). */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** Fills `target` from a source by whichever way the source offers; returns the count of bytes read. */
export async function readBytesInto(source: ByteSource, offset: number, target: Uint8Array): Promise<number> {
  if (source.readInto) return source.readInto(offset, target);
  const bytes = await source.read(offset, target.length);
  target.set(bytes);
  return bytes.length;
}
