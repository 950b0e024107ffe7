import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { ALL_TIME, type Timespan } from '@almagest/time';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import type { IngestItem, TransferMode } from '../datastore/datastore.ts';
import { DataCoordinate, type DataId } from '../dimensions/data-coordinate.ts';
import { ExchangeFormatError } from '../errors.ts';
import type { CollectionType } from '../registry/collections.ts';
import { type ExportFile, parseExport } from './export-yaml.ts';
import { ingestFiles } from './ingest-files.ts';
import { type ElementRecords, upgradeRecords } from './upgrade-records.ts';

export interface ImportOptions extends LongWork {
  /** Where the artifacts of the file are; its own folder unless told. */
  readonly folder?: string;
  /** How the artifacts come in; 'auto' unless told. 'none' registers datasets without artifacts. */
  readonly mode?: TransferMode | 'none';
  /** Leave records, datasets and collections alone that are there; makes repeats harmless. */
  readonly skipExisting?: boolean;
  /** Leave out the records of these elements. */
  readonly skipElements?: readonly string[];
}

/** What an import brought. */
export interface ImportReport {
  readonly records: number;
  readonly datasets: number;
  readonly collections: number;
}

type Entry = Readonly<Record<string, unknown>>;

/**
 * Reads a file of the field's exchange format, made by any release, in one transaction.
 * Records of older universes are upgraded.
 *
 * @param path - The file, or a folder with `export.yaml`.
 * @throws {ExchangeFormatError} @throws {DatasetConflictError} @throws {DimensionRecordError}
 */
export async function importDatasets(butler: Butler, path: string, options: ImportOptions = {}): Promise<ImportReport> {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'export.yaml') : path;
  if (!existsSync(file)) throw new ExchangeFormatError(`there is no export file ${file}`);
  const parsed = parseExport(readFileSync(file, 'utf8'), file);
  const folder = resolve(options.folder ?? dirname(file));
  return await butler.transaction(async () => await new Importer(butler, parsed, folder, options).run());
}

class Importer {
  readonly #butler: Butler;
  readonly #universeVersion: number;
  readonly #entries: readonly Entry[];
  readonly #folder: string;
  readonly #options: ImportOptions;

  constructor(butler: Butler, file: ExportFile, folder: string, options: ImportOptions) {
    this.#butler = butler;
    this.#universeVersion = file.universeVersion;
    this.#entries = file.entries;
    this.#folder = folder;
    this.#options = options;
  }

  async run(): Promise<ImportReport> {
    const records = await this.#importRecords();
    const collections = await this.#importCollections();
    for (const entry of this.#of('dataset_type')) {
      const { name, dimensions, storage_class: storageClass, is_calibration: isCalibration } = entry;
      await this.#butler.registerDatasetType(
        makeDatasetType(this.#butler.universe, {
          name: String(name),
          dimensions: this.#presentDimensions(dimensions as readonly string[]),
          storageClass: String(storageClass),
          isCalibration: isCalibration === true,
        }),
      );
    }
    let datasets = 0;
    const all = this.#of('dataset').reduce((sum, entry) => sum + ((entry['records'] ?? []) as readonly Entry[]).length, 0);
    for (const entry of this.#of('dataset')) {
      datasets += await this.#importDatasets(entry);
      atStep(this.#options, datasets, Math.max(all, datasets));
    }
    for (const entry of this.#of('associations')) await this.#associate(entry);
    return { records, datasets, collections };
  }

  /** Before version 2 a visit implied its visit system, which files of that time name among the dimensions. */
  #presentDimensions(names: readonly string[]): readonly string[] {
    return this.#universeVersion < 2 && names.includes('visit') ? names.filter((name) => name !== 'visit_system') : names;
  }

  #of(type: string): readonly Entry[] {
    return this.#entries.filter((entry) => entry['type'] === type);
  }

  async #importRecords(): Promise<number> {
    const groups = this.#of('dimension').map((entry): ElementRecords => ({
      element: String(entry['element']),
      records: (entry['records'] ?? []) as readonly Entry[],
    }));
    let count = 0;
    for (const { element, records } of upgradeRecords(this.#butler.universe, groups)) {
      if (this.#options.skipElements?.includes(element)) continue;
      await this.#butler.insertDimensionData(element, records, { skipExisting: this.#options.skipExisting ?? false });
      count += records.length;
    }
    return count;
  }

  async #importCollections(): Promise<number> {
    const { registry } = this.#butler;
    const entries = [...this.#of('collection'), ...this.#of('run').map((entry): Entry => ({ ...entry, collection_type: 'RUN' }))];
    let count = 0;
    for (const entry of entries) {
      const type = String(entry['collection_type']) as CollectionType;
      if (await registry.registerCollection(String(entry['name']), type, (entry['doc'] as string | undefined) ?? null)) count += 1;
    }
    for (const entry of entries)
      if (entry['collection_type'] === 'CHAINED') {
        const name = String(entry['name']);
        const { children } = await registry.getCollection(name);
        if (children.length === 0 || !this.#options.skipExisting)
          await registry.editChain(name, 'redefine', entry['children'] as readonly string[]);
      }
    return count;
  }

  async #importDatasets(entry: Entry): Promise<number> {
    const { registry } = this.#butler;
    const type = await registry.getDatasetType(String(entry['dataset_type']));
    const run = String(entry['run']);
    await registry.registerCollection(run, 'RUN');
    const items: IngestItem[] = ((entry['records'] ?? []) as readonly Entry[]).map((record) => {
      const ids = listOf(record['dataset_id']);
      const dataIds = listOf(record['data_id']);
      if (ids.length !== dataIds.length)
        throw new ExchangeFormatError(`an entry of ${type.name} has ${ids.length} ids for ${dataIds.length} data IDs`);
      const refs = ids.map((id, i): DatasetRef => ({
        id: String(id).toLowerCase(),
        datasetType: type,
        dataId: DataCoordinate.of(type.dimensions, dataIds[i] as DataId),
        run,
      }));
      const path = String(record['path']);
      return {
        refs,
        path: isAbsolute(path) || path.includes('://') ? path : join(this.#folder, path),
        ...(typeof record['formatter'] === 'string' ? { formatter: record['formatter'] } : {}),
      };
    });
    const existing = this.#options.skipExisting ? 'skip' : 'fail';
    if (this.#options.mode === 'none')
      return (
        await registry.insertDatasets(
          items.flatMap((item) => item.refs),
          { existing },
        )
      ).length;
    return (await ingestFiles(this.#butler, items, { mode: this.#options.mode ?? 'auto', existing })).length;
  }

  async #associate(entry: Entry): Promise<void> {
    const { registry } = this.#butler;
    const collection = String(entry['collection']);
    const refsOf = async (ids: unknown): Promise<readonly DatasetRef[]> => [
      ...(await registry.fetchDatasets(listOf(ids).map(String))).values(),
    ];
    if (entry['collection_type'] === 'TAGGED') {
      await registry.associate(collection, await refsOf(entry['dataset_ids']));
      return;
    }
    for (const range of (entry['validity_ranges'] ?? []) as readonly Entry[]) {
      const span = (range['timespan'] as Timespan | undefined) ?? ALL_TIME;
      const refs = await refsOf(range['dataset_ids']);
      const fresh = this.#options.skipExisting ? await this.#uncertified(collection, refs) : refs;
      if (fresh.length > 0) await registry.certify(collection, fresh, span);
    }
  }

  async #uncertified(collection: string, refs: readonly DatasetRef[]): Promise<readonly DatasetRef[]> {
    const certified = new Set<string>();
    for (const type of new Set(refs.map((ref) => ref.datasetType.name)))
      for (const association of await this.#butler.registry.queryAssociations(type, [collection])) certified.add(association.datasetId);
    return refs.filter((ref) => !certified.has(ref.id));
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
