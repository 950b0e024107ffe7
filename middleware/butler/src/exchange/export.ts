import { basename, isAbsolute, join } from 'node:path';
import type { Timespan } from '@almagest/time';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { FileRecord } from '../datastore/datastore.ts';
import { QueryError } from '../errors.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { FileTemplates } from '../datastore/file-template.ts';
import { provideFolder } from '../datastore/provide-folder.ts';
import { provenanceOf } from '../datastore/provenance.ts';
import { exportPath, localFile, writeArtifact, writeBytes } from './artifact-file.ts';
import { formatExport, recordEntry } from './export-yaml.ts';

export interface ExportRequest extends LongWork {
  readonly datasets?: readonly DatasetRef[];
  /** Collections to write down besides the runs of the datasets. Members of TAGGED and CALIBRATION collections go only if exported too. */
  readonly collections?: readonly string[];
  /** Elements whose records go whole, such as `visit_detector_region`. */
  readonly elements?: readonly string[];
  /** Where the artifacts go; left where they are if not given. */
  readonly folder?: string;
  /** How they go; 'copy' unless told. */
  readonly mode?: 'copy' | 'hardlink' | 'none';
}

/**
 * Writes datasets with everything they refer to in the field's exchange format.
 *
 * @returns text of the export file.
 */
export async function exportDatasets(butler: Butler, request: ExportRequest): Promise<string> {
  const { registry, universe } = butler;
  const refs = await expandRefs(registry, request.datasets ?? []);
  const entries: unknown[] = [...(await recordEntries(butler, refs, request.elements ?? []))];
  entries.push(...(await collectionEntries(butler, refs, request.collections ?? [])));
  let done = 0;
  const count = (more: number): void => atStep(request, (done += more), refs.length);
  for (const group of Map.groupBy(refs, (ref) => `${ref.datasetType.name} ${ref.run}`).values())
    entries.push(...(await datasetEntries(butler, group, request, count)));
  entries.push(...(await associationEntries(butler, refs, request.collections ?? [])));
  return formatExport(universe, entries);
}

/** Writes the export file and its artifacts into a folder. */
export async function exportToFolder(butler: Butler, folder: string, request: Omit<ExportRequest, 'folder'>): Promise<string> {
  provideFolder(folder);
  const file = join(folder, 'export.yaml');
  const text = await exportDatasets(butler, { ...request, folder });
  writeBytes(file, new TextEncoder().encode(text), { overwrite: true });
  return file;
}

/** Entries with the records that expanded data IDs carry, and with those of whole elements. */
export async function recordEntries(
  butler: Butler,
  refs: readonly DatasetRef[],
  elements: readonly string[] = [],
): Promise<readonly unknown[]> {
  const records = await collectRecords(butler, refs, elements);
  return butler.universe.elements.flatMap((element) => {
    const rows = records.get(element.name);
    if (!rows || !element.hasTable) return [];
    return [{ type: 'dimension', element: element.name, records: [...rows.values()].map((record) => recordEntry(record)) }];
  });
}

/** Records of elements, of those that data IDs carry and of whole elements. */
async function collectRecords(
  butler: Butler,
  refs: readonly DatasetRef[],
  elements: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, DimensionRecord>>> {
  const records = new Map<string, Map<string, DimensionRecord>>();
  const add = (record: DimensionRecord): void => {
    let rows = records.get(record.element);
    if (!rows) records.set(record.element, (rows = new Map()));
    const { required } = butler.universe.get(record.element);
    rows.set(
      JSON.stringify(
        required.map((name) => record.fields[name] ?? record.fields[butler.universe.get(record.element).primaryKey?.name ?? ''] ?? null),
      ),
      record,
    );
  };
  for (const ref of refs) for (const record of ref.dataId.records?.values() ?? []) add(record);
  for (const element of elements) for await (const record of butler.query().dimensionRecords(element)) add(record);
  return records;
}

async function collectionEntries(butler: Butler, refs: readonly DatasetRef[], named: readonly string[]): Promise<readonly unknown[]> {
  const names = new Set([...refs.map((ref) => ref.run), ...named]);
  const found = [...(await butler.registry.flattenCollections([...names], { keepChains: true }))];
  // Children before chains, so that a chain can be made when it is read.
  const entries = found
    .filter((collection) => collection.type !== 'CHAINED')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, doc }) => ({
      type: 'collection',
      collection_type: type,
      name,
      ...(type === 'RUN' ? { host: null, timespan_begin: null, timespan_end: null } : {}),
      ...(doc === null ? {} : { doc }),
    }));
  const chains = found.filter((collection) => collection.type === 'CHAINED');
  const done = new Set<string>();
  const ordered: unknown[] = [];
  const visit = (name: string): void => {
    const chain = chains.find((candidate) => candidate.name === name);
    if (!chain || done.has(name)) return;
    done.add(name);
    for (const child of chain.children) visit(child);
    ordered.push({
      type: 'collection',
      collection_type: 'CHAINED',
      name,
      children: chain.children,
      ...(chain.doc === null ? {} : { doc: chain.doc }),
    });
  };
  for (const chain of chains) visit(chain.name);
  return [...entries, ...ordered];
}

async function datasetEntries(
  butler: Butler,
  refs: readonly DatasetRef[],
  request: ExportRequest,
  count: (more: number) => void,
): Promise<readonly unknown[]> {
  const { datasetType, run } = refs[0]!;
  const records = await butler.registry.fetchFileRecords(refs.map((ref) => ref.id));
  // Datasets that share a file stand in one entry.
  const files = new Map<string, { refs: DatasetRef[]; formatter: string; path: string }>();
  for (const ref of refs) {
    const [record] = records.get(ref.id) ?? [];
    if (!record) throw new QueryError(`${ref.datasetType.name}@${ref.dataId.toString()} has no artifact to export`);
    const file = files.get(record.path);
    if (record.component !== undefined) files.set(record.path, { refs: [ref], ...(await putTogether(butler, ref, request)) });
    else if (file) file.refs.push(ref);
    else {
      const path = placeOf(butler, record, request);
      files.set(record.path, { refs: [ref], formatter: record.formatter, path });
      if (request.folder !== undefined && request.mode !== 'none')
        await writeArtifact(butler, record, join(request.folder, path), { mode: request.mode ?? 'copy', overwrite: true });
    }
    count(1);
  }
  return [
    {
      type: 'dataset_type',
      name: datasetType.name,
      dimensions: datasetType.dimensions.names,
      storage_class: datasetType.storageClass,
      is_calibration: datasetType.isCalibration,
    },
    {
      type: 'dataset',
      dataset_type: datasetType.name,
      run,
      records: [...files.values()].map((file) => ({
        dataset_id: file.refs.map((ref) => ({ $uuid: ref.id })),
        data_id: file.refs.map((ref) => Object.fromEntries(datasetType.dimensions.required.map((name) => [name, ref.dataId.get(name)]))),
        path: file.path,
        formatter: file.formatter,
      })),
    },
  ];
}

/** Writes a composite that is stored in parts as one artifact, since the exchange format knows no parts. */
async function putTogether(
  butler: Butler,
  ref: DatasetRef,
  { folder, mode }: ExportRequest,
): Promise<{ readonly formatter: string; readonly path: string }> {
  const { name, storageClass } = ref.datasetType;
  if (folder === undefined)
    throw new QueryError(`${name}@${ref.dataId.toString()} is stored in parts; export it into a folder, where it becomes one file`);
  const formatter = butler.datastore.formatters.forWriting(name, storageClass);
  const path = new FileTemplates().path(ref, formatter.extension(storageClass));
  if (mode !== 'none') {
    const bytes = await formatter.encode(await butler.get(ref), { storageClass, provenance: provenanceOf(ref) });
    writeBytes(join(folder, path), bytes, { overwrite: true });
  }
  return { formatter: formatter.name, path };
}

/** Path in the export file: inside the folder where there is one; originals that were never copied lie together there. */
function placeOf(butler: Butler, record: FileRecord, request: ExportRequest): string {
  const path = exportPath(record);
  if (request.folder === undefined) return localFile(butler, record) ?? butler.datastore.address(record);
  if (request.mode === 'none') return path;
  return isAbsolute(path) || path.includes('://') ? `originals/${record.datasetId}/${basename(path)}` : path;
}

async function associationEntries(butler: Butler, refs: readonly DatasetRef[], named: readonly string[]): Promise<readonly unknown[]> {
  const ids = new Set(refs.map((ref) => ref.id));
  const types = [...new Set(refs.map((ref) => ref.datasetType.name))];
  const entries: unknown[] = [];
  const collections = named.length > 0 ? await butler.registry.flattenCollections(named) : [];
  for (const { name, type } of collections) {
    if (type !== 'TAGGED' && type !== 'CALIBRATION') continue;
    const members: { id: string; timespan: Timespan | undefined }[] = [];
    for (const datasetType of types)
      for (const association of await butler.registry.queryAssociations(datasetType, [name]))
        if (ids.has(association.datasetId)) members.push({ id: association.datasetId, timespan: association.timespan });
    if (members.length === 0) continue;
    if (type === 'TAGGED')
      entries.push({
        type: 'associations',
        collection: name,
        collection_type: type,
        dataset_ids: members.map(({ id }) => ({ $uuid: id })),
      });
    else {
      const spans = Map.groupBy(members, ({ timespan }) => `${timespan?.begin ?? ''}..${timespan?.end ?? ''}`);
      entries.push({
        type: 'associations',
        collection: name,
        collection_type: type,
        validity_ranges: [...spans.values()].map((group) => ({
          timespan: { $timespan: group[0]!.timespan },
          dataset_ids: group.map(({ id }) => ({ $uuid: id })),
        })),
      });
    }
  }
  return entries;
}
