import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Files up to this size are read without giving way: for small files waiting costs more than reading [byte]. */
const SMALL = 4 << 20;
const PIECE = 1 << 20;

/** One buffer for all files; nothing keeps a view on it. */
const scratch: Buffer = Buffer.allocUnsafeSlow(PIECE);

/** Checksums are BLAKE2b-512 in hexadecimal, which the field's repositories use too. */
export function newChecksum(): Hash {
  return createHash('blake2b512');
}

export function checksumOfBytes(bytes: Uint8Array): string {
  return newChecksum().update(bytes).digest('hex');
}

/** Size [byte] and checksum of a file, read in pieces. */
export async function checksumOfFile(path: string): Promise<{ readonly size: number; readonly checksum: string }> {
  const descriptor = openSync(path, 'r');
  try {
    if (fstatSync(descriptor).size > SMALL) return await checksumOfLargeFile(path);
    const hash = newChecksum();
    let size = 0;
    for (let count = readSync(descriptor, scratch); count > 0; count = readSync(descriptor, scratch)) {
      hash.update(scratch.subarray(0, count));
      size += count;
    }
    return { size, checksum: hash.digest('hex') };
  } finally {
    closeSync(descriptor);
  }
}

async function checksumOfLargeFile(path: string): Promise<{ readonly size: number; readonly checksum: string }> {
  await using handle = await open(path, 'r');
  const buffer = Buffer.allocUnsafeSlow(PIECE);
  const hash = newChecksum();
  let size = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, PIECE);
    if (bytesRead === 0) return { size, checksum: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}
