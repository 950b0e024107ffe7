import { BadDataError, TooLargeError } from '../errors.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';

export interface DecompressOptions {
  /** Most bytes that a whole-file compressed source may unpack to; unless told 1 GiB, or 64 times its length up to 4 GiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 2 ** 32;
/** A small file may unpack to this, and a large one to so many times its length: few bytes cannot claim all memory. */
const SMALL_BYTES = 2 ** 30;
const MAX_RATIO = 64;

/** The source itself, or its unpacked bytes in memory where the whole file is gzip. */
export async function decompressedSource(source: ByteSource, options: DecompressOptions): Promise<ByteSource> {
  const magic = await source.read(0, 2);
  if (magic[0] !== 0x1f) return source;
  if (magic[1] === 0x8b)
    return bytesSource(
      await gunzip(
        await source.read(0, source.size),
        options.maxBytes ?? Math.min(MAX_BYTES, Math.max(SMALL_BYTES, MAX_RATIO * source.size)),
      ),
    );
  return source;
}

/** Unpacks gzip bytes by the platform's own decoder. */
export async function gunzip(packed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    // A reader, since not every browser iterates over streams.
    const reader = stream.getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      size += step.value.length;
      if (size > maxBytes) {
        await reader.cancel();
        throw new TooLargeError(`the file unpacks to more than ${maxBytes} bytes`);
      }
      parts.push(step.value);
    }
  } catch (error) {
    if (error instanceof TooLargeError) throw error;
    throw new BadDataError('the gzip data are damaged', {}, error);
  }
  return concat(parts, size);
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
