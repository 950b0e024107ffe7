import { AlertSchemaError, PacketFormatError } from '../errors.ts';
import { type AvroFieldNode, type AvroNode, type AvroRecordNode, shortName } from './avro-node.ts';
import type { PacketValue } from './avro-type.ts';
import type { ByteReader } from './byte-reader.ts';
import { valueOfDefault } from './default-value.ts';

/** Reads one value. */
export type Decode = (reader: ByteReader) => PacketValue;

/** Most values in an array or map whose values take no bytes. */
const MAX_EMPTY_ITEMS = 100_000;

/**
 * Prepares the reading of values that were written with one schema as values of another.
 *
 * Follows Avro's rules of resolution, but compares names without their namespaces, so that packets of different versions and
 * surveys resolve. A union of the writer is resolved by the branch at hand, when it is read; its null becomes the default of a
 * field that takes no null.
 *
 * @throws {AlertSchemaError} if no value of the writer can be read as the reader's.
 */
export function compileDecoder(writer: AvroNode, reader: AvroNode): Decode {
  return new Compiler().decoder(writer, reader);
}

class Compiler {
  readonly #decoders = new Map<AvroNode, Map<AvroNode, { decode?: Decode }>>();
  readonly #skippers = new Map<AvroNode, { skip?: (reader: ByteReader) => void }>();

  decoder(writer: AvroNode, reader: AvroNode): Decode {
    const byReader = this.#decoders.get(writer) ?? new Map<AvroNode, { decode?: Decode }>();
    this.#decoders.set(writer, byReader);
    const known = byReader.get(reader);
    // A record that holds itself is being prepared still: its decoder is looked up when it is called.
    if (known) return known.decode ?? ((input) => known.decode!(input));
    const entry: { decode?: Decode } = {};
    byReader.set(reader, entry);
    entry.decode = this.#make(writer, reader);
    return entry.decode;
  }

  #make(writer: AvroNode, reader: AvroNode): Decode {
    if (writer.kind === 'union') return this.#fromUnion(writer.branches, reader);
    if (reader.kind === 'union') {
      const same = reader.branches.find((branch) => branch.kind === writer.kind && namesAgree(writer, branch));
      const branch = same ?? reader.branches.find((candidate) => canRead(writer, candidate));
      if (!branch) throw mismatch(writer, reader);
      return this.decoder(writer, branch);
    }
    if (!canRead(writer, reader)) throw mismatch(writer, reader);
    switch (writer.kind) {
      case 'record':
        return this.#record(writer, reader as AvroRecordNode);
      case 'array':
        return this.#array(this.decoder(writer.items, (reader as typeof writer).items));
      case 'map':
        return this.#map(this.decoder(writer.values, (reader as typeof writer).values));
      case 'enum':
        return enumDecoder(writer, reader as typeof writer);
      case 'fixed':
        return (input) => input.take(writer.size);
      default:
        return primitiveDecoder(writer.kind, reader.kind);
    }
  }

  /** @param fallback - What null becomes where the reader has no null: a field's default. */
  #fromUnion(branches: readonly AvroNode[], reader: AvroNode, fallback?: PacketValue): Decode {
    const decoders = branches.map((branch): Decode => {
      try {
        return this.decoder(branch, reader);
      } catch (error) {
        if (!(error instanceof AlertSchemaError)) throw error;
        if (branch.kind === 'null' && fallback !== undefined) return () => fallback;
        return () => {
          throw error;
        };
      }
    });
    return (input) => {
      const branch = input.int();
      const decode = decoders[branch];
      if (!decode)
        throw new PacketFormatError(`a union of ${branches.length} branches has no branch ${branch}`, {
          details: { offset: input.offset },
        });
      return decode(input);
    };
  }

  #record(writer: AvroRecordNode, reader: AvroRecordNode): Decode {
    const steps: { name: string | undefined; decode: Decode }[] = [];
    const found = new Set<string>();
    for (const field of writer.fields) {
      const target = reader.fields.find((other) => other.name === field.name || other.aliases.includes(field.name));
      if (target) {
        found.add(target.name);
        steps.push({ name: target.name, decode: this.#field(field.type, target) });
      } else {
        const skip = this.skipper(field.type);
        steps.push({ name: undefined, decode: (input) => (skip(input), null) });
      }
    }
    const missing = reader.fields
      .filter((field) => !found.has(field.name))
      .map((field) => {
        if (field.fallback === undefined && !nullable(field.type))
          throw new AlertSchemaError(
            `field "${field.name}" of record "${shortName(reader.name)}" is not in the packets and has no default`,
          );
        return { name: field.name, make: () => (field.fallback === undefined ? null : valueOfDefault(field.type, field.fallback)) };
      });
    // All fields are set once in the reader's order, so that the objects of a schema share one shape.
    const names = reader.fields.map((field) => field.name);
    return (input) => {
      const out: Record<string, PacketValue> = {};
      for (let i = 0; i < names.length; i += 1) out[names[i]!] = null;
      for (let i = 0; i < steps.length; i += 1) {
        const { name, decode } = steps[i]!;
        if (name === undefined) decode(input);
        else out[name] = decode(input);
      }
      for (const { name, make } of missing) out[name] = make();
      return out;
    };
  }

  #field(writer: AvroNode, target: AvroFieldNode): Decode {
    if (writer.kind !== 'union' || nullable(target.type) || target.fallback === undefined) return this.decoder(writer, target.type);
    return this.#fromUnion(writer.branches, target.type, valueOfDefault(target.type, target.fallback));
  }

  #array(item: Decode): Decode {
    return (input) => {
      const out: PacketValue[] = [];
      for (let count = blockCount(input, out.length); count > 0; count = blockCount(input, out.length))
        for (let i = 0; i < count; i += 1) out.push(item(input));
      return out;
    };
  }

  #map(value: Decode): Decode {
    return (input) => {
      const out: Record<string, PacketValue> = Object.create(null) as Record<string, PacketValue>;
      for (let count = blockCount(input, 0); count > 0; count = blockCount(input, 0))
        for (let i = 0; i < count; i += 1) out[input.string()] = value(input);
      return out;
    };
  }

  skipper(node: AvroNode): (reader: ByteReader) => void {
    const known = this.#skippers.get(node);
    if (known) return known.skip ?? ((input) => known.skip!(input));
    const entry: { skip?: (reader: ByteReader) => void } = {};
    this.#skippers.set(node, entry);
    entry.skip = this.#makeSkipper(node);
    return entry.skip;
  }

  #makeSkipper(node: AvroNode): (reader: ByteReader) => void {
    switch (node.kind) {
      case 'null':
        return () => undefined;
      case 'boolean':
        return (input) => input.skip(1);
      case 'int':
      case 'long':
      case 'enum':
        return (input) => {
          for (let i = 0; input.byte() >= 0x80; i += 1)
            if (i > 9) throw new PacketFormatError('an integer is too long', { details: { offset: input.offset } });
        };
      case 'float':
        return (input) => input.skip(4);
      case 'double':
        return (input) => input.skip(8);
      case 'bytes':
      case 'string':
        return (input) => input.skip(input.int());
      case 'fixed':
        return (input) => input.skip(node.size);
      case 'record': {
        const fields = node.fields.map((field) => this.skipper(field.type));
        return (input) => {
          for (const field of fields) field(input);
        };
      }
      case 'union': {
        const branches = node.branches.map((branch) => this.skipper(branch));
        return (input) => {
          const branch = branches[input.int()];
          if (!branch) throw new PacketFormatError('a union has no such branch', { details: { offset: input.offset } });
          branch(input);
        };
      }
      case 'array':
      case 'map': {
        const item = this.skipper(node.kind === 'array' ? node.items : node.values);
        const isMap = node.kind === 'map';
        return (input) => {
          for (let count = blockCount(input, 0); count > 0; count = blockCount(input, 0))
            for (let i = 0; i < count; i += 1) {
              if (isMap) input.skip(input.int());
              item(input);
            }
        };
      }
    }
  }
}

/** Number of values in the next block; a claim of more than there are bytes is refused before anything is allocated. */
function blockCount(input: ByteReader, already: number): number {
  let count = input.int();
  if (count < 0) {
    count = -count;
    input.int(); // size of the block in bytes
  }
  if (count > input.remaining && count + already > MAX_EMPTY_ITEMS)
    throw new PacketFormatError(`a list claims ${count} values, with ${input.remaining} bytes left`, { details: { offset: input.offset } });
  return count;
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

function canRead(writer: AvroNode, reader: AvroNode): boolean {
  if (reader.kind === 'union') return reader.branches.some((branch) => canRead(writer, branch));
  if (writer.kind === reader.kind) return namesAgree(writer, reader) || writer.kind === 'record';
  return PROMOTIONS[writer.kind]?.includes(reader.kind) ?? false;
}

/** Records of other names are readable too, field by field; enums and fixed values are not. */
function namesAgree(writer: AvroNode, reader: AvroNode): boolean {
  if (!('name' in writer) || !('name' in reader)) return true;
  if (writer.kind === 'fixed' && reader.kind === 'fixed' && writer.size !== reader.size) return false;
  const own = shortName(writer.name);
  return own === shortName(reader.name) || reader.aliases.some((alias) => shortName(alias) === own);
}

function nullable(node: AvroNode): boolean {
  return node.kind === 'null' || (node.kind === 'union' && node.branches.some((branch) => branch.kind === 'null'));
}

function primitiveDecoder(writer: string, reader: string): Decode {
  switch (writer) {
    case 'null':
      return () => null;
    case 'boolean':
      return (input) => input.byte() !== 0;
    case 'int':
      return reader === 'long' ? (input) => BigInt(input.int()) : (input) => input.int();
    case 'long':
      return reader === 'long' ? (input) => input.long() : (input) => Number(input.long());
    case 'float':
      return (input) => input.float();
    case 'double':
      return (input) => input.double();
    case 'string':
      return reader === 'string' ? (input) => input.string() : (input) => input.take(input.int());
    default:
      return reader === 'bytes' ? (input) => input.take(input.int()) : (input) => input.string();
  }
}

function enumDecoder(writer: Extract<AvroNode, { kind: 'enum' }>, reader: Extract<AvroNode, { kind: 'enum' }>): Decode {
  return (input) => {
    const symbol = writer.symbols[input.int()];
    if (symbol !== undefined && reader.symbols.includes(symbol)) return symbol;
    if (typeof reader.fallback === 'string') return reader.fallback;
    throw new PacketFormatError(`enum "${reader.name}" has no such symbol`, { details: { offset: input.offset } });
  };
}

function mismatch(writer: AvroNode, reader: AvroNode): AlertSchemaError {
  return new AlertSchemaError(`packets hold ${describe(writer)} where ${describe(reader)} is wanted`);
}

function describe(node: AvroNode): string {
  return 'name' in node ? `${node.kind} "${shortName(node.name)}"` : node.kind;
}
