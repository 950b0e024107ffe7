import { AlertSchemaError } from '../errors.ts';
import type { AvroNode } from './avro-node.ts';
import type { PacketValue } from './avro-type.ts';

/** A field's default, as a value of its type; a union's default is one of its first branch. */
export function valueOfDefault(node: AvroNode, json: unknown): PacketValue {
  switch (node.kind) {
    case 'union':
      return json === null ? null : valueOfDefault(node.branches.find((branch) => branch.kind !== 'null') ?? node, json);
    case 'long':
      return BigInt(json as number);
    case 'bytes':
    case 'fixed':
      return Uint8Array.from(String(json), (character) => character.charCodeAt(0));
    case 'array':
      return (json as readonly unknown[]).map((item) => valueOfDefault(node.items, item));
    case 'map':
      return Object.fromEntries(Object.entries(json as object).map(([key, value]) => [key, valueOfDefault(node.values, value)]));
    case 'record':
      return Object.fromEntries(
        node.fields.map((field) => {
          const given = (json as Record<string, unknown>)[field.name] ?? field.fallback;
          if (given === undefined) throw new AlertSchemaError(`the default of record "${node.name}" lacks "${field.name}"`);
          return [field.name, valueOfDefault(field.type, given)];
        }),
      );
    default:
      return json as PacketValue;
  }
}
