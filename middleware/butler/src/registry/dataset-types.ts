import { sql } from 'kysely';
import { describeDatasetType, type DatasetType, makeDatasetType, sameDatasetType } from '../datasets/dataset-type.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import { didYouMean } from '@almagest/errors';
import { DatasetTypeConflictError, StillReferencedError, UnknownDatasetTypeError } from '../errors.ts';
import { matchesAnyGlob } from '../query/glob.ts';
import { nextNumber } from '../sql/codec.ts';
import type { RegistryContext } from './registry-context.ts';
import { calibsTable, tagsTable } from './tables.ts';

/** A registered dataset type with where its associations are kept. */
export interface DatasetTypeRecord {
  readonly id: number;
  readonly type: DatasetType;
  readonly tagsTable: string;
  readonly calibsTable: string | undefined;
}

/** Dataset types as they were last read. */
interface KnownTypes {
  readonly byName: ReadonlyMap<string, DatasetTypeRecord>;
  readonly byId: ReadonlyMap<number, DatasetTypeRecord>;
}

/**
 * Dataset types as the database has them, remembered; what is not there is looked up again, since others may add types.
 * What a transaction changed is known inside it only, until it is committed.
 */
export class DatasetTypeTable {
  readonly #context: RegistryContext;
  #committed: KnownTypes | undefined;
  readonly #inside = new WeakMap<object, KnownTypes>();

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  async find(name: string): Promise<DatasetTypeRecord | undefined> {
    return this.#known?.byName.get(name) ?? (await this.refresh()).byName.get(name);
  }

  /** @throws {UnknownDatasetTypeError} */
  async get(name: string): Promise<DatasetTypeRecord> {
    const record = await this.find(name);
    if (record) return record;
    const near = didYouMean(name, this.#known?.byName.keys() ?? []);
    throw new UnknownDatasetTypeError(`no dataset type is named ${JSON.stringify(name)}${near}`, { details: { datasetType: name } });
  }

  async getById(id: number): Promise<DatasetTypeRecord> {
    const record = this.#known?.byId.get(id) ?? (await this.refresh()).byId.get(id);
    if (record) return record;
    throw new UnknownDatasetTypeError(`no dataset type has the number ${id}`, { details: { id } });
  }

  /** Types whose names match a glob, sorted by name. */
  async query(patterns: readonly string[] = ['*']): Promise<readonly DatasetTypeRecord[]> {
    return [...(await this.refresh()).byName.values()]
      .filter((record) => matchesAnyGlob(patterns, record.type.name))
      .toSorted((a, b) => (a.type.name < b.type.name ? -1 : 1));
  }

  get #known(): KnownTypes | undefined {
    const { openTransaction } = this.#context.db;
    return (openTransaction && this.#inside.get(openTransaction)) ?? this.#committed;
  }

  async refresh(): Promise<KnownTypes> {
    const { db, universe } = this.#context;
    const rows = await db.all(
      sql`SELECT t.id, t.name, t.storage_class, t.dimensions_key, t.tag_association_table, t.calibration_association_table FROM dataset_type t`,
    );
    const groups = await fetchDimensionGroups(this.#context);
    const byName = new Map<string, DatasetTypeRecord>();
    const byId = new Map<number, DatasetTypeRecord>();
    for (const row of rows) {
      const dimensions = groups.get(Number(row['dimensions_key'])) ?? universe.group([]);
      const calibs = row['calibration_association_table'] as string | null;
      const record: DatasetTypeRecord = {
        id: Number(row['id']),
        type: { name: row['name'] as string, dimensions, storageClass: row['storage_class'] as string, isCalibration: calibs !== null },
        tagsTable: row['tag_association_table'] as string,
        calibsTable: calibs ?? undefined,
      };
      byName.set(record.type.name, record);
      byId.set(record.id, record);
    }
    const found: KnownTypes = { byName, byId };
    if (db.openTransaction) this.#inside.set(db.openTransaction, found);
    else this.#committed = found;
    return found;
  }

  /** Forgets what was known before a change, here and, when it is committed or undone, elsewhere. */
  async #changed(): Promise<void> {
    const { db } = this.#context;
    const { openTransaction } = db;
    const forget = (): void => {
      if (openTransaction) this.#inside.delete(openTransaction);
    };
    db.afterRollback(forget);
    await db.afterCommit(() => {
      this.#committed = undefined;
    });
    await this.refresh();
  }

  /**
   * Registers a type; nothing happens if it is there with the same definition.
   *
   * @returns whether it is new.
   * @throws {DatasetTypeConflictError} if it is there with another definition, or is a component.
   */
  async register(definition: DatasetType): Promise<boolean> {
    const { db, universe } = this.#context;
    const type = makeDatasetType(universe, { ...definition, dimensions: definition.dimensions.names });
    if (type.name.includes('.')) throw new DatasetTypeConflictError(`register the composite, not its component ${type.name}`);
    const existing = await this.find(type.name);
    if (existing) {
      requireSame(type, existing.type);
      return false;
    }
    return await db.transaction(async () => {
      await db.lock('dataset types');
      const raced = (await this.refresh()).byName.get(type.name);
      if (raced) {
        requireSame(type, raced.type);
        return false;
      }
      const key = await this.#dimensionsKey(type.dimensions);
      const suffix = String(key).padStart(8, '0');
      const tags = `dataset_tags_${suffix}`;
      const calibs = type.isCalibration ? `dataset_calibs_${suffix}` : null;
      await db.createTable(tagsTable(type.dimensions, tags), { ifNotExists: true });
      if (calibs) await db.createTable(calibsTable(type.dimensions, calibs), { ifNotExists: true });
      const [column, next] = nextNumber(db.dialect, 'dataset_type', 'id');
      await db.run(
        sql`INSERT INTO dataset_type (${column}name, storage_class, dimensions_key, tag_association_table, calibration_association_table) VALUES (${next}${type.name}, ${type.storageClass}, ${key}, ${tags}, ${calibs})`,
      );
      await this.#changed();
      return true;
    });
  }

  /** @throws {StillReferencedError} if datasets of the type exist. */
  async remove(name: string): Promise<void> {
    const { db } = this.#context;
    const record = await this.get(name);
    await db.transaction(async () => {
      const used = await db.all(sql`SELECT 1 FROM dataset WHERE dataset_type_id = ${record.id} LIMIT 1`);
      if (used.length > 0) throw new StillReferencedError(`dataset type ${name} still has datasets; prune them first`);
      await db.run(sql`DELETE FROM collection_summary_dataset_type WHERE dataset_type_id = ${record.id}`);
      await db.run(sql`DELETE FROM dataset_type WHERE id = ${record.id}`);
      await this.#changed();
    });
  }

  async #dimensionsKey(group: DimensionGroup): Promise<number> {
    const { db } = this.#context;
    // The empty group has the key 0 and no rows.
    if (group.required.length === 0) return 0;
    const wanted = group.required.join();
    for (const [key, known] of await fetchDimensionGroups(this.#context)) if (known.required.join() === wanted) return key;
    const insert = db.dialect === 'sqlite' ? sql`DEFAULT VALUES` : sql`VALUES (nextval('dimension_graph_key_seq_id'))`;
    const made = await db.all(sql`INSERT INTO dimension_graph_key ${insert} RETURNING id`);
    const key = Number(made[0]!['id']);
    await db.insert(
      'dimension_graph_definition',
      ['dimension_graph_id', 'dimension_name'],
      group.required.map((name) => [key, name]),
    );
    return key;
  }
}

async function fetchDimensionGroups(context: RegistryContext): Promise<ReadonlyMap<number, DimensionGroup>> {
  const rows = await context.db.all(
    sql`SELECT k.id, d.dimension_name FROM dimension_graph_key k LEFT JOIN dimension_graph_definition d ON d.dimension_graph_id = k.id`,
  );
  const names = new Map<number, string[]>();
  for (const row of rows) {
    const list = names.get(Number(row['id'])) ?? [];
    if (row['dimension_name'] !== null) list.push(row['dimension_name'] as string);
    names.set(Number(row['id']), list);
  }
  return new Map([...names].map(([key, list]) => [key, context.universe.group(list)]));
}

function requireSame(wanted: DatasetType, existing: DatasetType): void {
  if (sameDatasetType(wanted, existing)) return;
  throw new DatasetTypeConflictError(`expected ${describeDatasetType(existing)}, as registered; found ${describeDatasetType(wanted)}`, {
    details: { datasetType: wanted.name },
  });
}
