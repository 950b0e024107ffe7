import { PacketFormatError } from '../errors.ts';
import { type AvroNode, parseAvroSchema } from './avro-node.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { compileDecoder } from './compile-decoder.ts';
import { encodeValue } from './encode-value.ts';

/** A decoded record: strings, numbers, bigints, bytes, lists and records by field name. */
export type DecodedPacket = { readonly [field: string]: PacketValue };
export type PacketValue = string | number | bigint | boolean | null | Uint8Array | readonly PacketValue[] | DecodedPacket;

/** A prepared Avro schema. 64-bit integers are bigint; byte values are views of the packet's bytes. */
export interface PacketType {
  /** The schema as JSON. */
  readonly schema: unknown;
  readonly node: AvroNode;
  /** @throws {PacketFormatError} if the bytes are not exactly one packet of the schema. */
  decode(bytes: Uint8Array): DecodedPacket;
  /** Encodes a value of the form that `decode` gives. For many packets from tables, `encodePackets` is faster. */
  encode(value: DecodedPacket): Uint8Array;
  /**
   * A decoder of this schema's packets that gives what readers of another schema expect.
   *
   * @throws {AlertSchemaError} if the schemas do not resolve.
   */
  resolveTo(reader: PacketType): (bytes: Uint8Array) => DecodedPacket;
}

/**
 * Prepares an Avro schema.
 *
 * @param schema - JSON of a record; named records may be defined where they are first used.
 * @throws {AlertSchemaError} if it is not a valid schema.
 */
export function packetType(schema: unknown): PacketType {
  const node = parseAvroSchema(schema);
  let own: ((bytes: Uint8Array) => DecodedPacket) | undefined;
  return {
    schema,
    node,
    decode: (bytes) => (own ??= wholePacket(node, node))(bytes),
    encode: (value) => {
      const writer = new ByteWriter(4096);
      encodeValue(node, value, writer);
      return writer.take();
    },
    resolveTo: (reader) => wholePacket(node, reader.node),
  };
}

function wholePacket(writer: AvroNode, reader: AvroNode): (bytes: Uint8Array) => DecodedPacket {
  const decode = compileDecoder(writer, reader);
  return (bytes) => {
    const input = new ByteReader(bytes);
    const value = decode(input);
    if (!input.atEnd)
      throw new PacketFormatError(`the packet has ${bytes.length} bytes, but its values end at ${input.offset}`, {
        details: { offset: input.offset },
      });
    return value as DecodedPacket;
  };
}
