import { AlertSchemaError } from '../errors.ts';

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type AvroPrimitive = (typeof PRIMITIVES)[number];

export interface AvroRecordNode {
  readonly kind: 'record';
  readonly name: string;
  readonly aliases: readonly string[];
  /** Filled while the schema is parsed, because records may hold themselves. */
  readonly fields: AvroFieldNode[];
}

export interface AvroFieldNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroNode;
  /** JSON as the schema has it; undefined where there is none. */
  readonly fallback: unknown;
}

/** A parsed Avro schema. */
export type AvroNode =
  | { readonly kind: AvroPrimitive }
  | { readonly kind: 'fixed'; readonly name: string; readonly aliases: readonly string[]; readonly size: number }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly aliases: readonly string[];
      readonly symbols: readonly string[];
      readonly fallback: unknown;
    }
  | { readonly kind: 'array'; readonly items: AvroNode }
  | { readonly kind: 'map'; readonly values: AvroNode }
  | { readonly kind: 'union'; readonly branches: readonly AvroNode[] }
  | AvroRecordNode;

const MAX_DEPTH = 64;

/**
 * Parses the JSON of an Avro schema. Logical types are left off, so that times stay exact integers.
 *
 * Some surveys repeat a field's name in one record; the last keeps it, and earlier ones get a number behind it.
 *
 * @throws {AlertSchemaError} if it is not a schema.
 */
export function parseAvroSchema(json: unknown): AvroNode {
  return parse(json, { namespace: '', names: new Map(), depth: 0 });
}

/** The part of a full name behind the last point. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

interface Scope {
  readonly namespace: string;
  readonly names: Map<string, AvroNode>;
  readonly depth: number;
}

function parse(json: unknown, scope: Scope): AvroNode {
  if (scope.depth > MAX_DEPTH) throw new AlertSchemaError(`schemas may be nested ${MAX_DEPTH} deep`);
  if (typeof json === 'string') return named(json, scope);
  const inner = { ...scope, depth: scope.depth + 1 };
  if (Array.isArray(json)) {
    if (json.length === 0) throw new AlertSchemaError('a union must have a branch');
    return { kind: 'union', branches: json.map((branch) => parse(branch, inner)) };
  }
  if (json === null || typeof json !== 'object')
    throw new AlertSchemaError(`a schema must be a name, a list or an object; found ${typeof json}`);
  const { type } = json as { readonly type?: unknown };
  if (type === 'array') return { kind: 'array', items: parse((json as { items?: unknown }).items, inner) };
  if (type === 'map') return { kind: 'map', values: parse((json as { values?: unknown }).values, inner) };
  if (type === 'record' || type === 'enum' || type === 'fixed' || type === 'error') return definition(json as Definition, type, inner);
  return parse(type, inner);
}

interface Definition {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly aliases?: unknown;
  readonly fields?: unknown;
  readonly symbols?: unknown;
  readonly size?: unknown;
  readonly default?: unknown;
}

function definition(json: Definition, type: string, scope: Scope): AvroNode {
  if (typeof json.name !== 'string' || json.name === '') throw new AlertSchemaError(`a ${type} needs a name`);
  const space = json.name.includes('.')
    ? json.name.slice(0, json.name.lastIndexOf('.'))
    : typeof json.namespace === 'string'
      ? json.namespace
      : scope.namespace;
  const name = space === '' ? shortName(json.name) : `${space}.${shortName(json.name)}`;
  if (scope.names.has(name)) throw new AlertSchemaError(`"${name}" is defined twice`);
  const aliases = strings(json.aliases ?? []);
  if (type === 'fixed') {
    if (!Number.isInteger(json.size) || (json.size as number) < 0) throw new AlertSchemaError(`fixed "${name}" needs a size`);
    return kept(scope, name, { kind: 'fixed', name, aliases, size: json.size as number });
  }
  if (type === 'enum') return kept(scope, name, { kind: 'enum', name, aliases, symbols: strings(json.symbols), fallback: json.default });
  const record: AvroRecordNode = { kind: 'record', name, aliases, fields: [] };
  scope.names.set(name, record);
  if (!Array.isArray(json.fields)) throw new AlertSchemaError(`record "${name}" needs a list of fields`);
  for (const field of json.fields as { name?: unknown; type?: unknown; aliases?: unknown; default?: unknown }[]) {
    if (typeof field?.name !== 'string') throw new AlertSchemaError(`a field of record "${name}" has no name`);
    record.fields.push({
      name: field.name,
      aliases: strings(field.aliases ?? []),
      type: parse(field.type, { ...scope, namespace: space }),
      fallback: field.default,
    });
  }
  const { fields } = record;
  fields.forEach((field, i) => {
    if (fields.findLastIndex((other) => other.name === field.name) !== i) fields[i] = { ...field, name: `${field.name}_${i}` };
  });
  return record;
}

function kept(scope: Scope, name: string, node: AvroNode): AvroNode {
  scope.names.set(name, node);
  return node;
}

function named(name: string, scope: Scope): AvroNode {
  if ((PRIMITIVES as readonly string[]).includes(name)) return { kind: name as AvroPrimitive };
  const found = scope.names.get(name) ?? scope.names.get(`${scope.namespace}.${name}`);
  if (!found)
    throw new AlertSchemaError(`"${name.slice(0, 100)}" is neither a type of Avro nor defined before its use`, {
      details: { schema: name.slice(0, 100) },
    });
  return found;
}

function strings(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new AlertSchemaError('names must be a list of text');
}
