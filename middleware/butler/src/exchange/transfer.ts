import { fileURLToPath } from 'node:url';
import type { Butler } from '../butler/butler.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import type { IngestItem, TransferMode } from '../datastore/datastore.ts';
import { DataCoordinate } from '../dimensions/data-coordinate.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { UnknownDatasetTypeError } from '../errors.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { ingestFiles } from './ingest-files.ts';
import { upgradeRecords } from './upgrade-records.ts';

export interface TransferOptions {
  readonly mode?: TransferMode;
  /** Register dataset types that are missing; true unless told. */
  readonly registerDatasetTypes?: boolean;
  /** Bring the dimension records too; false where both repositories share them. */
  readonly records?: boolean;
}

/**
 * Brings datasets from one repository into another, ids and runs unchanged; those that are there are left alone.
 *
 * @returns refs that are new in the target.
 */
export async function transferDatasets(
  source: Butler,
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
  const files = new Map<string, { refs: DatasetRef[]; item: Omit<IngestItem, 'refs'> }>();
  for (const ref of expanded) {
    const [record] = stored.get(ref.id) ?? [];
    if (!record) continue;
    const datasetType = makeDatasetType(target.universe, { ...ref.datasetType, dimensions: ref.datasetType.dimensions.names });
    const moved: DatasetRef = { ...ref, datasetType, dataId: DataCoordinate.of(datasetType.dimensions, ref.dataId) };
    const file = files.get(record.path);
    if (file) file.refs.push(moved);
    else
      files.set(record.path, {
        refs: [moved],
        item: {
          path: fileURLToPath(source.datastore.address(record)),
          formatter: record.formatter,
          ...(record.checksum !== null && record.size !== null ? { checksum: record.checksum, size: record.size } : {}),
        },
      });
  }
  return await ingestFiles(
    target,
    [...files.values()].map(({ refs: members, item }) => ({ refs: members, ...item })),
    { mode: options.mode ?? 'copy', existing: 'skip' },
  );
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
