import { sql } from 'kysely';
import type { CollectionRecord } from '../registry/collections.ts';
import { chunks } from '../registry/collections.ts';
import type { DatasetTypeRecord } from '../registry/dataset-types.ts';
import type { RegistryContext } from '../registry/registry-context.ts';

/** Leaves out collections whose summaries say that they hold nothing of the type. */
export async function collectionsHolding(
  context: RegistryContext,
  record: DatasetTypeRecord,
  collections: readonly CollectionRecord[],
): Promise<readonly CollectionRecord[]> {
  const holding = new Set<number>();
  for (const part of chunks(collections, 500)) {
    const rows = await context.db.all(
      sql`SELECT collection_id FROM collection_summary_dataset_type WHERE dataset_type_id = ${record.id} AND collection_id IN (${sql.join(part.map((collection) => collection.id))})`,
    );
    for (const row of rows) holding.add(Number(row['collection_id']));
  }
  return collections.filter((collection) => holding.has(collection.id));
}
