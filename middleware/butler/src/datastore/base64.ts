/** What Node has beside the platform's own functions; faster by an order of magnitude for large values. */
interface NativeBuffer {
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
  from(text: string, encoding: 'base64'): Uint8Array;
}

const native = (globalThis as { Buffer?: NativeBuffer }).Buffer;
/** Bytes that become one string at a time; arguments of a call are limited. */
const PIECE = 0x8000;

/** Bytes as base64, in Node and in the browser. */
export function encodeBase64(bytes: Uint8Array): string {
  if (native) return native.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}

/** The inverse of {@link encodeBase64}; a fresh array. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return native ? new Uint8Array(native.from(text, 'base64')) : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
