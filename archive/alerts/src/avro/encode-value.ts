import { PacketValueError } from '../errors.ts';
import type { AvroNode } from './avro-node.ts';
import type { PacketValue } from './avro-type.ts';
import type { ByteWriter } from './byte-writer.ts';
import { valueOfDefault } from './default-value.ts';

/** Writes a value as Avro; numbers are taken for 64-bit integers where they are exact. */
export function encodeValue(node: AvroNode, value: PacketValue | undefined, writer: ByteWriter, path = 'packet'): void {
  switch (node.kind) {
    case 'union': {
      const branch = node.branches.findIndex((candidate) => fits(candidate, value));
      if (branch < 0) throw refuse(path, node.branches.map((candidate) => candidate.kind).join(' or '), value);
      writer.int(branch);
      return encodeValue(node.branches[branch]!, value, writer, path);
    }
    case 'record':
      if (!fits(node, value)) throw refuse(path, 'a record', value);
      for (const field of node.fields) {
        const given = (value as Readonly<Record<string, PacketValue>>)[field.name];
        const used = given === undefined && field.fallback !== undefined ? valueOfDefault(field.type, field.fallback) : given;
        encodeValue(field.type, used, writer, `${path}.${field.name}`);
      }
      return;
    case 'array': {
      if (!Array.isArray(value)) throw refuse(path, 'a list', value);
      if (value.length > 0) writer.int(value.length);
      value.forEach((item, i) => encodeValue(node.items, item as PacketValue, writer, `${path}[${i}]`));
      return writer.byte(0);
    }
    case 'map': {
      const entries = Object.entries((value ?? {}) as Readonly<Record<string, PacketValue>>);
      if (entries.length > 0) writer.int(entries.length);
      for (const [key, item] of entries) {
        writer.string(key);
        encodeValue(node.values, item, writer, `${path}.${key}`);
      }
      return writer.byte(0);
    }
    default:
      if (!fits(node, value)) throw refuse(path, `a value of type ${node.kind}`, value);
      encodePrimitive(node, value as PacketValue, writer);
  }
}

function encodePrimitive(node: AvroNode, value: PacketValue, writer: ByteWriter): void {
  switch (node.kind) {
    case 'boolean':
      return writer.byte(value === true ? 1 : 0);
    case 'int':
      return writer.int(value as number);
    case 'long':
      return writer.long(value as bigint);
    case 'float':
      return writer.float(value as number);
    case 'double':
      return writer.double(value as number);
    case 'string':
      return writer.string(value as string);
    case 'bytes':
      return writer.bytes(value as Uint8Array);
    case 'fixed':
      return writer.raw(value as Uint8Array);
    case 'enum':
      return writer.int(node.symbols.indexOf(value as string));
    default:
  }
}

function fits(node: AvroNode, value: PacketValue | undefined): boolean {
  switch (node.kind) {
    case 'null':
      return value === null || value === undefined;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) && value >= -0x8000_0000 && value <= 0x7fff_ffff;
    case 'long':
      return (
        (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) || (typeof value === 'number' && Number.isSafeInteger(value))
      );
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'fixed':
      return value instanceof Uint8Array && value.length === node.size;
    case 'enum':
      return typeof value === 'string' && node.symbols.includes(value);
    case 'array':
      return Array.isArray(value);
    case 'union':
      return node.branches.some((branch) => fits(branch, value));
    default:
      return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
  }
}

function refuse(path: string, wanted: string, value: unknown): PacketValueError {
  const shown = String(value).slice(0, 60);
  return new PacketValueError(`${path} must be ${wanted}; found ${typeof value} ${shown}`, { details: { field: path } });
}
