import { PacketFormatError, UnknownSchemaError } from '../errors.ts';

/** Bytes before the packet: a zero and the schema's id, big-endian, as Confluent's serializers put them. */
export const WIRE_HEAD = 5;

/** A packet as it travels: with the id of its schema in front. */
export function toWire(schemaId: number, packet: Uint8Array): Uint8Array {
  const out = new Uint8Array(WIRE_HEAD + packet.length);
  new DataView(out.buffer).setUint32(1, schemaId);
  out.set(packet, WIRE_HEAD);
  return out;
}

/**
 * Takes the head off; the packet is a view.
 *
 * @throws {PacketFormatError} if the bytes do not begin with a zero and an id.
 */
export function fromWire(bytes: Uint8Array): { readonly schemaId: number; readonly packet: Uint8Array } {
  if (bytes.length < WIRE_HEAD || bytes[0] !== 0)
    throw new PacketFormatError(
      `a packet on the wire begins with a zero byte and four of the schema id; found ${bytes.length} bytes beginning with ${bytes[0]}`,
      {
        details: { offset: 0 },
      },
    );
  return { schemaId: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1), packet: bytes.subarray(WIRE_HEAD) };
}

/** Schemas by id. */
export interface SchemaStore {
  /** @throws {UnknownSchemaError} if there is none of that id. */
  get(schemaId: number): Promise<unknown>;
}

/** A store of schemas that are given. */
export function schemaStoreOf(schemas: ReadonlyMap<number, unknown>): SchemaStore {
  return {
    get: async (schemaId) => {
      const schema = schemas.get(schemaId);
      if (schema !== undefined) return schema;
      throw new UnknownSchemaError(`no schema of id ${schemaId} is known here; known are ${[...schemas.keys()].join(', ') || 'none'}`, {
        details: { schemaId },
      });
    },
  };
}
