import type { Butler } from '../butler/butler.ts';
import { type LongWork, signalOf } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { registerStaged } from '../registry/register-staged.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import type { IngestItem, TransferMode } from '../datastore/datastore.ts';

export interface IngestOptions extends Pick<LongWork, 'signal'> {
  readonly mode?: TransferMode;
  /** 'skip' leaves datasets alone that are there with the same id. */
  readonly existing?: 'fail' | 'skip';
}

/**
 * Makes files that exist into datasets, all or none; one file may hold several datasets.
 *
 * @returns refs that are new.
 * @throws {DatasetConflictError} @throws {ArtifactMissingError}
 */
export async function ingestFiles(
  butler: Butler,
  items: readonly IngestItem[],
  options: IngestOptions = {},
): Promise<readonly DatasetRef[]> {
  const { registry, datastore } = butler;
  const existing = options.existing ?? 'fail';
  let wanted = items;
  if (existing === 'skip') {
    const stored = await registry.fetchFileRecords(items.flatMap((item) => item.refs.map((ref) => ref.id)));
    wanted = items.filter((item) => !item.refs.every((ref) => stored.has(ref.id)));
  }
  options.signal?.throwIfAborted();
  if (wanted.length === 0) return [];
  const refs = wanted.flatMap((item) => item.refs);
  const mode = options.mode ?? 'auto';
  if (datastore.elsewhere) {
    const fresh = new Set(await datastore.elsewhere.ingest(wanted, { mode, existing, ...signalOf(options) }));
    return refs.filter(({ id }) => fresh.has(id));
  }
  const expanded = await expandRefs(registry, refs);
  const byId = new Map(expanded.map((ref) => [ref.id, ref]));
  const staged = await datastore.stageFiles(
    wanted.map((item) => ({ ...item, refs: item.refs.map((ref) => byId.get(ref.id)!) })),
    mode,
  );
  return await registerStaged(registry, staged, expanded, existing);
}
