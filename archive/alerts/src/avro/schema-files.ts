import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AlertSchemaError } from '../errors.ts';

/**
 * Reads an Avro schema from a file. Records that it names but does not define are taken from the other `.avsc` files of its folder,
 * as surveys publish theirs.
 *
 * @throws {AlertSchemaError} if a file is no JSON or a record is defined nowhere.
 */
export function readSchemaFolder(path: string): unknown {
  const folder = dirname(path);
  const siblings = new Map<string, unknown>();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.avsc')) continue;
    const json = parseFile(join(folder, name)) as { readonly name?: string; readonly namespace?: string };
    if (typeof json.name !== 'string') continue;
    const full = json.name.includes('.') || !json.namespace ? json.name : `${json.namespace}.${json.name}`;
    siblings.set(full, json);
  }
  return inlined(parseFile(path), '', siblings, new Set());
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new AlertSchemaError(`${path} is not a readable schema: ${(error as Error).message}`, { cause: error });
  }
}

/** Puts each sibling's definition where it is first named. */
function inlined(json: unknown, namespace: string, siblings: ReadonlyMap<string, unknown>, defined: Set<string>): unknown {
  if (typeof json === 'string') {
    const full = [json, `${namespace}.${json}`].find((name) => siblings.has(name));
    return full === undefined || defined.has(full) ? json : inlined(siblings.get(full), namespace, siblings, defined);
  }
  if (Array.isArray(json)) return json.map((item) => inlined(item, namespace, siblings, defined));
  if (json === null || typeof json !== 'object') return json;
  const node = json as {
    readonly type?: unknown;
    readonly name?: unknown;
    readonly namespace?: unknown;
    readonly fields?: unknown;
    readonly items?: unknown;
  };
  const space = typeof node.namespace === 'string' ? node.namespace : namespace;
  if (node.type === 'record' && Array.isArray(node.fields)) {
    const name = String(node.name);
    defined.add(name.includes('.') || space === '' ? name : `${space}.${name}`);
    return {
      ...node,
      fields: (node.fields as { readonly type: unknown }[]).map((field) => ({
        ...field,
        type: inlined(field.type, space, siblings, defined),
      })),
    };
  }
  if (node.type === 'array') return { ...node, items: inlined(node.items, space, siblings, defined) };
  return typeof node.type === 'object' ? { ...node, type: inlined(node.type, space, siblings, defined) } : json;
}
