import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { PacketFormatError } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/** An Avro object container file: packets with their schema. */
export interface AvroContainer {
  readonly schema: unknown;
  readonly codec: string;
  /** Packets one after another, not decoded; each block is a number of values and their bytes. */
  readonly blocks: readonly { readonly count: number; readonly bytes: Uint8Array }[];
}

const MAGIC = [0x4f, 0x62, 0x6a, 0x01];
/** Largest block after decompression [byte]: a guard against bombs. */
const MAX_BLOCK = 1 << 30;

/**
 * Reads a container file.
 *
 * @throws {PacketFormatError} if it is damaged or of an unknown codec.
 */
export function readContainer(bytes: Uint8Array): AvroContainer {
  const reader = new ByteReader(bytes);
  for (const expected of MAGIC)
    if (reader.byte() !== expected)
      throw new PacketFormatError('not an Avro file: it must begin with "Obj" and 1', { details: { offset: 0 } });
  const metadata = readMetadata(reader);
  const codec = metadata.get('avro.codec') ? new TextDecoder().decode(metadata.get('avro.codec')) : 'null';
  const schema = parseSchema(metadata.get('avro.schema'));
  const sync = reader.take(16);
  const blocks: { count: number; bytes: Uint8Array }[] = [];
  while (!reader.atEnd) {
    const count = reader.int();
    const size = reader.int();
    if (count < 0 || size < 0)
      throw new PacketFormatError('a block of the Avro file has a negative size', { details: { offset: reader.offset } });
    blocks.push({ count, bytes: decompress(codec, reader.take(size)) });
    if (reader.take(16).some((value, i) => value !== sync[i]))
      throw new PacketFormatError('a block of the Avro file does not end with its mark', { details: { offset: reader.offset } });
  }
  return { schema, codec, blocks };
}

export interface ContainerOptions {
  readonly codec?: 'null' | 'deflate' | 'zstandard';
  /** 16 bytes that end blocks; fixed by default, so that equal packets give equal files. */
  readonly sync?: Uint8Array;
}

/** Writes packets of one schema as a container file. */
export function writeContainer(schema: unknown, packets: readonly Uint8Array[], options: ContainerOptions = {}): Uint8Array {
  const codec = options.codec ?? 'null';
  const sync = options.sync ?? new TextEncoder().encode('almagest-packets');
  const writer = new ByteWriter();
  for (const value of MAGIC) writer.byte(value);
  writer.int(2);
  writer.string('avro.codec');
  writer.string(codec);
  writer.string('avro.schema');
  writer.string(JSON.stringify(schema));
  writer.byte(0);
  writer.raw(sync);
  const BLOCK = 100;
  for (let i = 0; i < packets.length; i += BLOCK) {
    const part = packets.slice(i, i + BLOCK);
    const body = new ByteWriter();
    for (const packet of part) body.raw(packet);
    writer.int(part.length);
    writer.bytes(compress(codec, body.take()));
    writer.raw(sync);
  }
  return writer.take();
}

function compress(codec: string, bytes: Uint8Array): Uint8Array {
  if (codec === 'deflate') return deflateRawSync(bytes);
  if (codec === 'zstandard') return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return bytes;
}

function decompress(codec: string, bytes: Uint8Array): Uint8Array {
  try {
    if (codec === 'null') return bytes;
    if (codec === 'deflate') return inflateRawSync(bytes, { maxOutputLength: MAX_BLOCK });
    if (codec === 'zstandard') return zstdDecompressSync(bytes, { maxOutputLength: MAX_BLOCK });
  } catch (error) {
    throw new PacketFormatError(`a block of the Avro file cannot be decompressed (${codec})`, { cause: error });
  }
  throw new PacketFormatError(`codec must be one of null, deflate, zstandard; found "${codec}"`);
}

function readMetadata(reader: ByteReader): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (let count = reader.int(); count !== 0; count = reader.int()) {
    if (count < 0) {
      reader.int(); // size of the block in bytes
      count = -count;
    }
    if (count > 10_000) throw new PacketFormatError(`the Avro file claims ${count} header entries`, { details: { offset: reader.offset } });
    for (let i = 0; i < count; i += 1) {
      const key = new TextDecoder().decode(reader.take(reader.int()));
      out.set(key, reader.take(reader.int()));
    }
  }
  return out;
}

function parseSchema(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array(0))) as unknown;
  } catch (error) {
    throw new PacketFormatError('the Avro file has no readable schema', { cause: error });
  }
}
