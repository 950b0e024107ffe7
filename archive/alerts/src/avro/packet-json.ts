import { PacketFormatError } from '../errors.ts';
import type { AvroNode } from './avro-node.ts';
import type { DecodedPacket, PacketValue } from './avro-type.ts';

/** A packet as one line of JSON: bytes in base64, 64-bit integers as digits, NaN and infinities as text. */
export function packetToJson(packet: DecodedPacket): string {
  return JSON.stringify(packet, (_, value: unknown) => {
    if (typeof value === 'bigint') return RAW.rawJSON(String(value));
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    return value;
  });
}

/**
 * Reads what {@link packetToJson} wrote, as values of a schema; fields that the JSON lacks are left to the schema's defaults.
 *
 * @throws {PacketFormatError} if the text is not JSON.
 */
export function packetFromJson(text: string, schema: AvroNode): DecodedPacket {
  let json: unknown;
  try {
    json = JSON.parse(text, exactIntegers as (this: unknown, key: string, value: unknown) => unknown);
  } catch (error) {
    throw new PacketFormatError(`not JSON: ${(error as Error).message}`, { cause: error });
  }
  return typed(json, schema) as DecodedPacket;
}

// The language has it since 2025, its type descriptions do not yet.
const RAW = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

function exactIntegers(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && context?.source && /^-?\d+$/.test(context.source)
    ? BigInt(context.source)
    : value;
}

function typed(json: unknown, node: AvroNode): PacketValue | undefined {
  switch (node.kind) {
    case 'union': {
      if (json === null || json === undefined) return node.branches.some((branch) => branch.kind === 'null') ? null : undefined;
      const branch = node.branches.find((candidate) => candidate.kind !== 'null');
      return branch ? typed(json, branch) : null;
    }
    case 'bytes':
    case 'fixed':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : (json as PacketValue);
    case 'float':
    case 'double':
      return json === 'NaN' || json === 'Infinity' || json === '-Infinity' ? Number(json) : (json as PacketValue);
    case 'long':
      return typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : (json as PacketValue);
    case 'array':
      return Array.isArray(json) ? json.map((item) => typed(item, node.items) as PacketValue) : (json as PacketValue);
    case 'record': {
      if (typeof json !== 'object' || json === null) return json as PacketValue;
      const out: Record<string, PacketValue> = {};
      for (const field of node.fields) {
        const value = typed((json as Record<string, unknown>)[field.name], field.type);
        if (value !== undefined && ((json as Record<string, unknown>)[field.name] !== undefined || field.fallback === undefined))
          out[field.name] = value;
      }
      return out;
    }
    default:
      return json as PacketValue;
  }
}
