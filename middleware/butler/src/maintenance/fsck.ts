import type { Butler } from '../butler/butler.ts';
import { ReadOnlyRepositoryError } from '../errors.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import type { FsckOptions, FsckProblem, FsckReport } from './fsck-report.ts';

/**
 * Compares what the registry records with what the datastore holds, and repairs on request.
 * Nothing is deleted: artifacts that nobody records are moved aside, into `.almagest/lost` of a file datastore.
 */
export async function checkRepository(butler: Butler, options: FsckOptions = {}): Promise<FsckReport> {
  if (options.repair && !butler.isWriteable) throw new ReadOnlyRepositoryError('repair needs a butler opened with { writeable: true }');
  const { elsewhere } = butler.datastore;
  if (elsewhere) return await elsewhere.check(options);
  const problems: FsckProblem[] = [];
  if (options.repair)
    for (const path of await butler.datastore.recover(async (paths) => await butler.registry.recordedPaths(paths)))
      problems.push({ kind: 'unfinished', path, datasetIds: [], detail: 'left by a killed process', repaired: true });
  const recorded = new Set<string>();
  const counted = { artifacts: 0, bytes: 0 };
  for await (const page of butler.registry.streamFileRecords()) {
    options.signal?.throwIfAborted();
    for (const records of Map.groupBy(page, (record) => record.path.replace(/#.*$/, '')).values()) {
      const path = records[0]!.path.replace(/#.*$/, '');
      if (recorded.has(path)) continue;
      recorded.add(path);
      counted.artifacts += 1;
      counted.bytes += records[0]!.size ?? 0;
      const problem = await checkArtifact(butler, path, records, options);
      if (problem) problems.push(problem);
    }
    options.onProgress?.(counted.artifacts);
  }
  for await (const { path, size } of butler.datastore.listArtifacts()) {
    options.signal?.throwIfAborted();
    if (recorded.has(path)) continue;
    // Others write meanwhile: first whether somebody is at it, then whether it is recorded by now.
    if ((await butler.datastore.isPending(path)) || (await butler.registry.recordedPaths([path])).size > 0) continue;
    const repaired = options.repair === true && (await butler.datastore.setAside(path));
    problems.push({ kind: 'orphan', path, datasetIds: [], detail: `${size} bytes that no record refers to`, repaired });
  }
  return { ...counted, problems };
}

async function checkArtifact(
  butler: Butler,
  path: string,
  records: readonly FileRecord[],
  options: FsckOptions,
): Promise<FsckProblem | undefined> {
  const record = records[0]!;
  const datasetIds = [...new Set(records.map(({ datasetId }) => datasetId))];
  const found = await butler.datastore.measure(record, { checksum: options.checksums ?? false });
  if (found === undefined) {
    if (options.repair) await butler.transaction(async () => await butler.registry.deleteFileRecords(datasetIds));
    return { kind: 'missing', path, datasetIds, detail: 'recorded, but not there', repaired: options.repair ?? false };
  }
  // A record of a member of a bundle has the size of the member.
  if (record.path !== path) return undefined;
  if (record.size !== null && found.size !== record.size)
    return { kind: 'size', path, datasetIds, detail: `expected ${record.size} bytes, found ${found.size}`, repaired: false };
  if (options.checksums && record.checksum !== null && found.checksum !== record.checksum)
    return {
      kind: 'checksum',
      path,
      datasetIds,
      detail: `expected ${record.checksum.slice(0, 16)}..., found ${found.checksum!.slice(0, 16)}...`,
      repaired: false,
    };
  return undefined;
}
