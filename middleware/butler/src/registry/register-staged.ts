import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { StagedArtifacts } from '../datastore/datastore.ts';
import type { ExistingDatasets } from './datasets.ts';
import type { Registry } from './registry.ts';

/**
 * Registers datasets together with their staged artifacts, all or none, and their runs where they are new.
 * Inside a larger transaction the artifacts are kept or removed as that one ends.
 *
 * @returns refs that are new.
 */
export async function registerStaged(
  registry: Registry,
  staged: StagedArtifacts,
  refs: readonly DatasetRef[],
  existing: ExistingDatasets,
): Promise<readonly DatasetRef[]> {
  try {
    // Each at once and alone, so that writers which begin one run together do not wait for each other's artifacts.
    for (const run of new Set(refs.map((ref) => ref.run))) await registry.registerCollection(run, 'RUN');
  } catch (error) {
    await staged.abandon();
    throw error;
  }
  return await registry.transaction(async () => {
    registry.afterRollback(async () => await staged.abandon());
    const fresh = await registry.insertDatasets(refs, { existing });
    await registry.insertFileRecords(staged.records, existing === 'skip' ? { existing: 'replace' } : {});
    await staged.publish();
    await registry.afterCommit(async () => await staged.finish());
    return fresh;
  });
}
