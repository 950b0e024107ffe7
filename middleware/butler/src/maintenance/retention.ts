import { DAY_NS } from '@almagest/time';
import { z } from 'zod';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork, signalOf } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { QueryError } from '../errors.ts';
import { pruneDatasets, type PruneReport } from './prune.ts';

const rule = z.strictObject({
  name: z.string(),
  /** Dataset types, globs allowed. */
  datasetTypes: z.array(z.string()).min(1),
  /** RUN collections, globs allowed. */
  collections: z.array(z.string()).min(1),
  /** Only datasets ingested so many days ago or earlier. */
  olderThanDays: z.number().nonnegative(),
  /** Further restriction in the `where` language. */
  where: z.string().optional(),
  /** 'unstore' deletes files and keeps the registry; 'purge' deletes both. */
  action: z.enum(['unstore', 'purge']),
});

/** What may go, and when. The first rule that matches a dataset decides. */
export type RetentionRule = z.infer<typeof rule>;

/** @throws {QueryError} naming the entry that is wrong. */
export function parseRetentionRules(value: unknown): readonly RetentionRule[] {
  const parsed = z.array(rule).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new QueryError(`retention rules: ${issue?.path.join('.') || 'the list'}: ${issue?.message ?? 'malformed'}`);
}

export interface RetentionReport extends PruneReport {
  readonly rule: string;
}

/**
 * Applies retention rules. Datasets that a TAGGED or CALIBRATION collection holds stay, whatever the rules say.
 *
 * @param options.now - TAI now [ns].
 */
export async function applyRetention(
  butler: Butler,
  rules: readonly RetentionRule[],
  options: LongWork & { readonly now: bigint; readonly dryRun?: boolean },
): Promise<readonly RetentionReport[]> {
  const { registry } = butler;
  const held = (await registry.queryCollections(['*'], { types: ['TAGGED', 'CALIBRATION'] })).map((collection) => collection.name);
  const decided = new Set<string>();
  const reports: RetentionReport[] = [];
  for (const [i, { name, datasetTypes, collections, olderThanDays, where, action }] of rules.entries()) {
    atStep(options, i, rules.length);
    const before = options.now - BigInt(Math.round(olderThanDays * 86_400)) * (DAY_NS / 86_400n);
    const runs = (await registry.queryCollections(collections, { types: ['RUN'] })).map((collection) => collection.name);
    const refs: DatasetRef[] = [];
    for (const type of runs.length > 0 ? await registry.queryDatasetTypes(datasetTypes) : []) {
      const kept = new Set((await registry.queryAssociations(type.name, held)).map((association) => association.datasetId));
      const query = butler.query().where(`${type.name}.ingest_date < :before`, { before });
      const found = (where === undefined ? query : query.where(where)).datasets({ type: type.name, collections: runs, findFirst: false });
      for await (const ref of found) {
        if (kept.has(ref.id) || decided.has(ref.id)) continue;
        decided.add(ref.id);
        refs.push(ref);
      }
    }
    const stored = action === 'purge' ? refs : await onlyStored(butler, refs);
    reports.push({
      rule: name,
      ...(await pruneDatasets(butler, stored, { [action]: true, dryRun: options.dryRun ?? false, ...signalOf(options) })),
    });
  }
  options.onProgress?.(rules.length, rules.length);
  return reports;
}

async function onlyStored(butler: Butler, refs: readonly DatasetRef[]): Promise<readonly DatasetRef[]> {
  const records = await butler.registry.fetchFileRecords(refs.map((ref) => ref.id));
  return refs.filter((ref) => records.has(ref.id));
}
