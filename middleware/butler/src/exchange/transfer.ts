import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { Butler } from '../butler/butler.ts';
import type { CoreButler } from '../butler/core-butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import type { EncodedItem, FileRecord, IngestItem, TransferMode } from '../datastore/datastore.ts';
import { DataCoordinate } from '../dimensions/data-coordinate.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { UnknownDatasetTypeError } from '../errors.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { registerStaged } from '../registry/register-staged.ts';
import { exportPath, localFile, writeArtifact } from './artifact-file.ts';
import { ingestFiles } from './ingest-files.ts';
import { upgradeRecords } from './upgrade-records.ts';

export interface TransferOptions extends LongWork {
  readonly mode?: TransferMode;
  /** Register dataset types that are missing; true unless told. */
  readonly registerDatasetTypes?: boolean;
  /** Bring the dimension records too; false where both repositories share them. */
  readonly records?: boolean;
}

/** Artifacts that become datasets in one transaction. */
const BATCH = 500;

/**
 * Brings datasets from one repository into another, ids and runs unchanged; those that are there are left alone, so that a
 * transfer that was stopped goes on when it is repeated. The source may be any repository: files, an object store, a server.
 *
 * @returns refs that are new in the target.
 */
export async function transferDatasets(
  source: CoreButler,
  target: Butler,
  refs: readonly DatasetRef[],
  options: TransferOptions = {},
): Promise<readonly DatasetRef[]> {
  const expanded = await expandRefs(source.registry, refs);
  for (const type of new Set(expanded.map((ref) => ref.datasetType))) {
    if (options.registerDatasetTypes !== false) await target.registerDatasetType(type);
    else if (!(await target.registry.findDatasetType(type.name)))
      throw new UnknownDatasetTypeError(`no dataset type is named ${JSON.stringify(type.name)} in the target`);
  }
  if (options.records !== false) await transferRecords(target, expanded);
  const stored = await source.registry.fetchFileRecords(expanded.map((ref) => ref.id));
  const moved = expanded.map((ref): DatasetRef => {
    const datasetType = makeDatasetType(target.universe, { ...ref.datasetType, dimensions: ref.datasetType.dimensions.names });
    return { ...ref, datasetType, dataId: DataCoordinate.of(datasetType.dimensions, ref.dataId) };
  });
  const artifacts = groupArtifacts(moved, stored);
  const fresh: DatasetRef[] = [];
  let done = 0;
  for (let i = 0; i < artifacts.length; i += BATCH) {
    const batch = artifacts.slice(i, i + BATCH);
    const files = batch.filter(({ records: [record, ...parts] }) => parts.length === 0 && localFile(source, record) !== undefined);
    const items = files.map(({ refs: members, records: [record] }) => itemOf(members, record, localFile(source, record)!));
    fresh.push(...(await ingestFiles(target, items, { mode: options.mode ?? 'copy', existing: 'skip' })));
    for (const artifact of batch) if (!files.includes(artifact)) fresh.push(...(await carry(source, target, artifact)));
    done += batch.reduce((sum, { refs: members }) => sum + members.length, 0);
    atStep(options, done, moved.length);
  }
  return fresh;
}

/** Datasets with the artifact that they share, or one dataset with the artifacts of its parts. */
interface Artifact {
  readonly refs: DatasetRef[];
  readonly records: readonly [FileRecord, ...FileRecord[]];
}

function groupArtifacts(refs: readonly DatasetRef[], stored: ReadonlyMap<string, readonly FileRecord[]>): readonly Artifact[] {
  const found = new Map<string, Artifact>();
  for (const ref of refs) {
    const [record, ...parts] = stored.get(ref.id) ?? [];
    if (!record) continue;
    const known = parts.length === 0 ? found.get(record.path) : undefined;
    if (known) known.refs.push(ref);
    else found.set(record.path, { refs: [ref], records: [record, ...parts] });
  }
  return [...found.values()];
}

function itemOf(refs: readonly DatasetRef[], record: FileRecord, path: string): IngestItem {
  const { formatter, checksum, size } = record;
  return { refs, path, formatter, ...(checksum !== null && size !== null ? { checksum, size } : {}) };
}

/** Brings over what is no file of this machine, or stored in parts: by its bytes. */
async function carry(source: CoreButler, target: Butler, { refs, records }: Artifact): Promise<readonly DatasetRef[]> {
  const present = await target.registry.fetchFileRecords(refs.map((ref) => ref.id));
  if (refs.every((ref) => present.has(ref.id))) return [];
  const encoded: EncodedItem[] = [];
  if (records.length === 1 && records[0].component === undefined) {
    // Several datasets may share it, so it goes by a file.
    const folder = mkdtempSync(join(tmpdir(), 'almagest-transfer-'));
    try {
      const path = join(folder, basename(exportPath(records[0])));
      await writeArtifact(source, records[0], path);
      return await ingestFiles(target, [itemOf(refs, records[0], path)], { mode: 'copy', existing: 'skip' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  for (const record of records)
    encoded.push({
      ref: refs[0]!,
      bytes: await source.datastore.readBytes(record),
      formatter: record.formatter,
      extension: extname(exportPath(record)),
      storageClass: record.storageClass,
      ...(record.component === undefined ? {} : { component: record.component }),
    });
  const { elsewhere } = target.datastore;
  if (elsewhere) return (await elsewhere.putEncoded(encoded, 'skip')).length > 0 ? [refs[0]!] : [];
  const [whole] = await expandRefs(target.registry, refs);
  const staged = await target.datastore.stageEncoded(encoded.map((item) => ({ ...item, ref: whole! })));
  return await registerStaged(target.registry, staged, [whole!], 'skip');
}

/** Inserts the records of expanded data IDs where they are missing. */
async function transferRecords(target: Butler, refs: readonly DatasetRef[]): Promise<void> {
  const records = new Map<string, Map<string, DimensionRecord>>();
  for (const ref of refs)
    for (const record of ref.dataId.records?.values() ?? []) {
      const rows = records.get(record.element) ?? new Map<string, DimensionRecord>();
      rows.set(
        JSON.stringify(Object.values(record.fields).filter((value) => typeof value === 'string' || typeof value === 'number')),
        record,
      );
      records.set(record.element, rows);
    }
  const groups = [...records].map(([element, rows]) => ({ element, records: [...rows.values()].map((record) => record.fields) }));
  for (const { element, records: rows } of upgradeRecords(target.universe, groups))
    await target.insertDimensionData(element, rows, { skipExisting: true });
}
