const LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Turns big-endian numbers of 1, 2, 4 or 8 bytes into the machine's order, or back, in place.
 *
 * @param bytes - Must start at a multiple of the number size in its buffer, and hold whole numbers.
 */
export function swapBytesInPlace(bytes: Uint8Array, size: number): void {
  if (!LITTLE_ENDIAN || size === 1 || bytes.length < size) return;
  const native = nativeSwap(bytes);
  if (native && size === 2) native.swap16();
  else if (native && size === 4) native.swap32();
  else if (native) native.swap64();
  else swapInScript(bytes, size);
}

/** Node's buffers, which swap about four times faster than a script; browsers have none. */
interface NativeBuffer {
  swap16(): unknown;
  swap32(): unknown;
  swap64(): unknown;
}

/** Below this a native call costs more than it saves [byte]. */
const NATIVE_FROM = 512;

const platform = globalThis as { Buffer?: { from(buffer: ArrayBufferLike, offset: number, length: number): NativeBuffer } };

function nativeSwap(bytes: Uint8Array): NativeBuffer | undefined {
  return bytes.length < NATIVE_FROM ? undefined : platform.Buffer?.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The same without native help. */
export function swapInScript(bytes: Uint8Array, size: number): void {
  if (bytes.length < size) return;
  if (size === 2) {
    // Two numbers a step; the shorts that do not fill a word are done alone.
    const lead = bytes.byteOffset % 4 === 0 ? 0 : 2;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + lead, Math.max(0, bytes.length - lead) >> 2);
    for (let i = 0; i < words.length; i++) {
      const w = words[i];
      words[i] = ((w & 0x00ff00ff) << 8) | ((w >>> 8) & 0x00ff00ff);
    }
    if (lead > 0 && bytes.length >= 2) swapPair(bytes, 0);
    if (bytes.length >= lead && (bytes.length - lead) % 4 !== 0) swapPair(bytes, bytes.length - 2);
    return;
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  if (size === 4) for (let i = 0; i < words.length; i++) words[i] = swap32(words[i]);
  else
    for (let i = 0; i + 1 < words.length; i += 2) {
      const high = swap32(words[i]);
      words[i] = swap32(words[i + 1]);
      words[i + 1] = high;
    }
}

function swap32(w: number): number {
  return (w << 24) | ((w & 0xff00) << 8) | ((w >>> 8) & 0xff00) | (w >>> 24);
}

function swapPair(bytes: Uint8Array, at: number): void {
  const first = bytes[at];
  bytes[at] = bytes[at + 1];
  bytes[at + 1] = first;
}
