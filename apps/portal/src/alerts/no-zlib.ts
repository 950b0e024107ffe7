/**
 * Stands where Node's zlib would be: the stream sends its packets uncompressed (the connection may compress), so a page never
 * unpacks an Avro file itself.
 */
function absent(): never {
  throw new Error('A packed Avro file cannot be read in a page; ask the stream for packets instead.');
}

export const constants: Readonly<Record<string, number>> = {};
export const deflateRawSync: () => never = absent;
export const inflateRawSync: () => never = absent;
export const zstdCompressSync: () => never = absent;
export const zstdDecompressSync: () => never = absent;
export const crc32: () => never = absent;
