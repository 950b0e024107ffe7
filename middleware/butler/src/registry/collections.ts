import { sql } from 'kysely';
import { didYouMean } from '@almagest/errors';
import { CollectionTypeError, StillReferencedError, UnknownCollectionError } from '../errors.ts';
import { globToRegExp } from '../query/glob.ts';
import { nextNumber } from '../sql/codec.ts';
import type { RegistryContext } from './registry-context.ts';

/** RUN holds datasets, TAGGED and CALIBRATION associate them, CHAINED is a search path. */
export type CollectionType = 'RUN' | 'TAGGED' | 'CHAINED' | 'CALIBRATION';

export interface CollectionRecord {
  readonly id: number;
  readonly name: string;
  readonly type: CollectionType;
  readonly doc: string | null;
  /** Direct children of a CHAINED collection, in search order. */
  readonly children: readonly string[];
}

/** Which datasets a collection may hold; a superset of what it holds now. */
export interface CollectionSummary {
  readonly datasetTypes: readonly string[];
  readonly governors: Readonly<Record<string, readonly string[]>>;
}

const TYPE_CODES: Readonly<Record<CollectionType, number>> = { RUN: 1, TAGGED: 2, CHAINED: 3, CALIBRATION: 4 };
const TYPE_NAMES = new Map(Object.entries(TYPE_CODES).map(([name, code]) => [code, name as CollectionType]));
const CHUNK = 500;

/** Reads the named collections, or all. Unknown names are left out. */
export async function fetchCollections(
  context: RegistryContext,
  names?: readonly string[],
): Promise<ReadonlyMap<string, CollectionRecord>> {
  const found = new Map<string, CollectionRecord>();
  for (const part of names ? chunks([...new Set(names)], CHUNK) : [undefined]) {
    const filter = part ? sql`WHERE c.name IN (${sql.join(part)})` : sql``;
    const rows = await context.db.all(
      sql`SELECT c.collection_id, c.name, c.type, c.doc, ch."position", k.name AS child FROM collection c LEFT JOIN collection_chain ch ON ch.parent = c.collection_id LEFT JOIN collection k ON k.collection_id = ch.child ${filter} ORDER BY c.collection_id, ch."position"`,
    );
    for (const row of rows) {
      const name = row['name'] as string;
      let record = found.get(name);
      if (!record) {
        record = {
          id: Number(row['collection_id']),
          name,
          type: TYPE_NAMES.get(Number(row['type'])) ?? 'RUN',
          doc: row['doc'] as string | null,
          children: [],
        };
        found.set(name, record);
      }
      if (row['child'] !== null) (record.children as string[]).push(row['child'] as string);
    }
  }
  return found;
}

/** @throws {UnknownCollectionError} */
export async function getCollection(context: RegistryContext, name: string): Promise<CollectionRecord> {
  const record = (await fetchCollections(context, [name])).get(name);
  if (!record) throw await unknownCollection(context, name);
  return record;
}

async function unknownCollection(context: RegistryContext, name: string): Promise<UnknownCollectionError> {
  const rows = await context.db.all(sql`SELECT name FROM collection`);
  const near = didYouMean(
    name,
    rows.map((row) => row['name'] as string),
  );
  return new UnknownCollectionError(`no collection is named ${JSON.stringify(name)}${near}`, { details: { collection: name } });
}

/**
 * Follows chains: the collections that hold datasets, in search order, each once.
 *
 * @throws {UnknownCollectionError} if a name does not exist; a glob that matches nothing is no error.
 */
export async function flattenCollections(
  context: RegistryContext,
  expressions: readonly string[],
  options: { readonly keepChains?: boolean } = {},
): Promise<readonly CollectionRecord[]> {
  const known = new Map<string, CollectionRecord>();
  const names = await expandNames(context, expressions);
  let wanted = names;
  while (wanted.length > 0) {
    const found = await fetchCollections(context, wanted);
    for (const name of wanted) if (!found.has(name)) throw await unknownCollection(context, name);
    for (const [name, record] of found) known.set(name, record);
    wanted = [...found.values()].flatMap((record) => record.children).filter((child) => !known.has(child));
  }
  const flat: CollectionRecord[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const record = known.get(name)!;
    if (record.type !== 'CHAINED' || options.keepChains) flat.push(record);
    for (const child of record.children) visit(child);
  };
  for (const name of names) visit(name);
  return flat;
}

/** Replaces globs by the names that match, sorted; other names are kept. */
export async function expandNames(context: RegistryContext, expressions: readonly string[]): Promise<readonly string[]> {
  if (!expressions.some(isGlob)) return [...new Set(expressions)];
  const all = (await context.db.all(sql`SELECT name FROM collection ORDER BY name`)).map((row) => row['name'] as string);
  const names = new Set<string>();
  for (const expression of expressions)
    if (isGlob(expression)) {
      const pattern = globToRegExp(expression);
      for (const name of all) if (pattern.test(name)) names.add(name);
    } else names.add(expression);
  return [...names];
}

function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * Registers a collection; nothing happens if it is there with the same type.
 *
 * @returns whether it is new.
 * @throws {CollectionTypeError} if it is there with another type.
 */
export async function registerCollection(
  context: RegistryContext,
  name: string,
  type: CollectionType,
  doc: string | null = null,
): Promise<boolean> {
  if (name === '' || name !== name.trim())
    throw new CollectionTypeError(`a collection needs a name without outer spaces; found ${JSON.stringify(name)}`);
  const existing = (await fetchCollections(context, [name])).get(name);
  if (existing) {
    if (existing.type !== type)
      throw new CollectionTypeError(`collection ${name} is ${existing.type}, not ${type}`, { details: { collection: name } });
    return false;
  }
  // A run is a folder of the datastore.
  if (type === 'RUN' && (name.startsWith('/') || name.split('/').includes('..')))
    throw new CollectionTypeError(`a run is named by a path below the datastore; ${JSON.stringify(name)} leads out of it`);
  return await context.db.transaction(async () => {
    const [column, next] = nextNumber(context.db.dialect, 'collection', 'collection_id');
    await context.db.run(
      sql`INSERT INTO collection (${column}name, type, doc) VALUES (${next}${name}, ${TYPE_CODES[type]}, ${doc}) ON CONFLICT DO NOTHING`,
    );
    const record = await getCollection(context, name);
    if (record.type !== type)
      throw new CollectionTypeError(`collection ${name} is ${record.type}, not ${type}`, { details: { collection: name } });
    if (type === 'RUN') await context.db.insert('run', ['collection_id'], [[record.id]], { onConflict: 'ignore' });
    return true;
  });
}

/** @throws {StillReferencedError} if a chain contains it. */
export async function removeCollection(context: RegistryContext, name: string): Promise<void> {
  const record = await getCollection(context, name);
  const parents = await parentsOf(context, name);
  if (parents.length > 0)
    throw new StillReferencedError(`collection ${name} is in the chains ${parents.join(', ')}`, { details: { parents } });
  await context.db.run(sql`DELETE FROM collection WHERE collection_id = ${record.id}`);
}

export async function parentsOf(context: RegistryContext, name: string): Promise<readonly string[]> {
  const rows = await context.db.all(
    sql`SELECT p.name FROM collection_chain ch JOIN collection p ON p.collection_id = ch.parent JOIN collection c ON c.collection_id = ch.child WHERE c.name = ${name} ORDER BY p.name`,
  );
  return rows.map((row) => row['name'] as string);
}

/** How {@link editChain} changes a chain. */
export type ChainEdit = 'redefine' | 'prepend' | 'extend' | 'remove';

/**
 * Changes the children of a chain in one short transaction; readers see the old or the new list and never wait.
 *
 * @throws {CollectionTypeError} if it is no chain, or would contain itself.
 */
export async function editChain(
  context: RegistryContext,
  name: string,
  edit: ChainEdit,
  children: readonly string[],
): Promise<readonly string[]> {
  return await context.db.transaction(async () => {
    await context.db.lock(`chain ${name}`);
    const chain = await getCollection(context, name);
    if (chain.type !== 'CHAINED') throw new CollectionTypeError(`collection ${name} is ${chain.type}, not CHAINED`);
    const added = [...new Set(children)];
    const others = chain.children.filter((child) => !added.includes(child));
    const next =
      edit === 'redefine' ? added : edit === 'prepend' ? [...added, ...others] : edit === 'extend' ? [...others, ...added] : others;
    const below = await flattenCollections(context, next, { keepChains: true });
    if (below.some((record) => record.name === name))
      throw new CollectionTypeError(`chain ${name} would contain itself through ${next.join(', ')}`);
    const ids = new Map(below.map((record) => [record.name, record.id]));
    await context.db.run(sql`DELETE FROM collection_chain WHERE parent = ${chain.id}`);
    await context.db.insert(
      'collection_chain',
      ['parent', 'position', 'child'],
      next.map((child, position) => [chain.id, position, ids.get(child)!]),
    );
    return next;
  });
}

export async function setCollectionDoc(context: RegistryContext, name: string, doc: string | null): Promise<void> {
  const record = await getCollection(context, name);
  await context.db.run(sql`UPDATE collection SET doc = ${doc} WHERE collection_id = ${record.id}`);
}

/** Summary of one collection; a chain's is the union of its members'. */
export async function collectionSummary(context: RegistryContext, name: string): Promise<CollectionSummary> {
  const ids = (await flattenCollections(context, [name])).map((record) => record.id);
  if (ids.length === 0) return { datasetTypes: [], governors: {} };
  const types = await context.db.all(
    sql`SELECT DISTINCT t.name FROM collection_summary_dataset_type s JOIN dataset_type t ON t.id = s.dataset_type_id WHERE s.collection_id IN (${sql.join(ids)}) ORDER BY t.name`,
  );
  const governors: Record<string, readonly string[]> = {};
  for (const governor of context.universe.governors) {
    const table = sql.table(`collection_summary_${governor.name}`);
    const column = sql.ref(governor.name);
    const rows = await context.db.all(
      sql`SELECT DISTINCT ${column} AS value FROM ${table} WHERE collection_id IN (${sql.join(ids)}) ORDER BY 1`,
    );
    governors[governor.name] = rows.map((row) => row['value'] as string);
  }
  return { datasetTypes: types.map((row) => row['name'] as string), governors };
}

export function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const out: (readonly T[])[] = [];
  for (let i = 0; i < items.length; i += size) out.push(items.slice(i, i + size));
  return out;
}
