import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork, signalOf } from '../butler/long-work.ts';
import { type DatasetRef, describeRef } from '../datasets/dataset-ref.ts';
import { ReadOnlyRepositoryError, StillReferencedError } from '../errors.ts';

export interface PruneOptions extends LongWork {
  /** Take the datasets out of these TAGGED collections. */
  readonly disassociate?: readonly string[];
  /** Delete the artifacts; the registry keeps the datasets. */
  readonly unstore?: boolean;
  /** Delete artifacts and registry entries: nothing of the datasets remains. */
  readonly purge?: boolean;
  /** Say what would go, and do nothing. */
  readonly dryRun?: boolean;
}

/** What a removal did, or would do. */
export interface PruneReport {
  readonly datasets: number;
  readonly artifacts: number;
  /** Sum of recorded sizes [byte]. */
  readonly bytes: number;
}

const BATCH = 10_000;

/**
 * Removes datasets: from tagged collections, from disk, or altogether.
 * The registry is changed first, in one transaction per 10,000 datasets; files that are shared with other datasets stay.
 *
 * @throws {StillReferencedError} if a dataset to be purged is certified in a CALIBRATION collection; decertify it first.
 */
export async function pruneDatasets(butler: Butler, refs: readonly DatasetRef[], options: PruneOptions): Promise<PruneReport> {
  const total = { datasets: 0, artifacts: 0, bytes: 0 };
  for (let i = 0; i < refs.length; i += BATCH) {
    const report = await pruneBatch(butler, refs.slice(i, i + BATCH), options);
    total.datasets += report.datasets;
    total.artifacts += report.artifacts;
    total.bytes += report.bytes;
    atStep(options, total.datasets, refs.length);
  }
  return total;
}

async function pruneBatch(butler: Butler, refs: readonly DatasetRef[], options: PruneOptions): Promise<PruneReport> {
  const { registry, datastore } = butler;
  const ids = refs.map((ref) => ref.id);
  const removesFiles = options.unstore === true || options.purge === true;
  const records = removesFiles ? [...(await registry.fetchFileRecords(ids)).values()].flat() : [];
  const paths = new Map(records.map((record) => [record.path, record.size ?? 0]));
  const report: PruneReport = {
    datasets: refs.length,
    artifacts: paths.size,
    bytes: [...paths.values()].reduce((sum, size) => sum + size, 0),
  };
  if (options.purge) await requireUncertified(butler, refs);
  if (options.dryRun) return report;
  if (!butler.isWriteable) throw new ReadOnlyRepositoryError('the repository was opened for reading; open it with { writeable: true }');
  if (datastore.elsewhere) {
    const { unstore = false, purge = false, disassociate = [] } = options;
    await datastore.elsewhere.remove(ids, { unstore, purge, disassociate });
    return report;
  }
  const removal = await datastore.stageRemoval(records);
  await registry.transaction(async () => {
    registry.afterRollback(async () => await removal.abandon());
    for (const collection of options.disassociate ?? []) await registry.disassociate(collection, refs);
    if (removesFiles) await registry.deleteFileRecords(ids);
    if (options.purge) await registry.removeDatasets(ids);
    // From the commit on a kill is completed by recovery, because no record refers to the files.
    await registry.afterCommit(async () => {
      await removal.publish(await registry.recordedPaths([...new Set(records.map((record) => record.path.replace(/#.*$/, '')))]));
      await removal.finish();
    });
  });
  return report;
}

async function requireUncertified(butler: Butler, refs: readonly DatasetRef[]): Promise<void> {
  const calibrations = refs.filter((ref) => ref.datasetType.isCalibration);
  if (calibrations.length === 0) return;
  const names = (await butler.registry.queryCollections(['*'], { types: ['CALIBRATION'] })).map((collection) => collection.name);
  const ids = new Map(calibrations.map((ref) => [ref.id, ref]));
  for (const type of new Set(calibrations.map((ref) => ref.datasetType.name)))
    for (const association of await butler.registry.queryAssociations(type, names)) {
      const ref = ids.get(association.datasetId);
      if (ref) throw new StillReferencedError(`${describeRef(ref)} is certified in ${association.collection}; decertify it first`);
    }
}

/**
 * Removes RUN collections with all their datasets and files, and takes them out of chains.
 *
 * @throws {StillReferencedError} if a chain contains a run and `unlink` is not set.
 */
export async function removeRuns(
  butler: Butler,
  runs: readonly string[],
  options: LongWork & { readonly unlink?: boolean; readonly dryRun?: boolean } = {},
): Promise<PruneReport> {
  const { registry } = butler;
  const total = { datasets: 0, artifacts: 0, bytes: 0 };
  for (const [i, run] of runs.entries()) {
    options.signal?.throwIfAborted();
    const record = await registry.getCollection(run);
    const parents = await registry.collectionParents(run);
    if (parents.length > 0 && !options.unlink)
      throw new StillReferencedError(
        `run ${run} is in the chains ${parents.join(', ')}; remove it from them first, or ask to have it unlinked (--force)`,
      );
    const refs: DatasetRef[] = [];
    if (record.type === 'RUN')
      for (const type of (await registry.collectionSummary(run)).datasetTypes)
        refs.push(...(await butler.queryDatasets(type, { collections: [run], findFirst: false })));
    const report = await pruneDatasets(butler, refs, { purge: true, ...signalOf(options), ...(options.dryRun ? { dryRun: true } : {}) });
    total.datasets += report.datasets;
    total.artifacts += report.artifacts;
    total.bytes += report.bytes;
    options.onProgress?.(i + 1, runs.length);
    if (options.dryRun) continue;
    for (const parent of parents) await registry.editChain(parent, 'remove', [run]);
    await registry.removeCollection(run);
  }
  return total;
}
