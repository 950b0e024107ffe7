import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Checksums are BLAKE2b-512 in hexadecimal, which the field's repositories use too. */
export function newChecksum(): Hash {
  return createHash('blake2b512');
}

export function checksumOfBytes(bytes: Uint8Array): string {
  return newChecksum().update(bytes).digest('hex');
}

/** Size [byte] and checksum of a file, read in pieces. */
export async function checksumOfFile(path: string): Promise<{ readonly size: number; readonly checksum: string }> {
  const hash = newChecksum();
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, checksum: hash.digest('hex') };
}
