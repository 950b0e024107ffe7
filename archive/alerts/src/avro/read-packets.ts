import { PacketFormatError } from '../errors.ts';
import { type DecodedPacket, type PacketType, packetType } from './avro-type.ts';
import { ByteReader } from './byte-reader.ts';
import { compileDecoder } from './compile-decoder.ts';
import { readContainer } from './container.ts';

/** Packets of a file, with the schema that they were written with. */
export interface PacketFile {
  readonly type: PacketType;
  readonly codec: string;
  readonly packets: readonly DecodedPacket[];
}

/**
 * Decodes all packets of an Avro container file.
 *
 * @param reader - Schema that the packets are wanted in; their own by default.
 */
export function readPackets(bytes: Uint8Array, reader?: PacketType): PacketFile {
  const container = readContainer(bytes);
  const writer = packetType(container.schema);
  const decode = compileDecoder(writer.node, reader?.node ?? writer.node);
  const packets: DecodedPacket[] = [];
  for (const block of container.blocks) {
    const input = new ByteReader(block.bytes);
    for (let i = 0; i < block.count; i += 1) packets.push(decode(input) as DecodedPacket);
    if (!input.atEnd) throw new PacketFormatError(`a block of ${block.count} packets has ${input.remaining} bytes too many`);
  }
  return { type: writer, codec: container.codec, packets };
}
