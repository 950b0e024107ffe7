import type { DatasetRef as ButlerRef, FileRecord } from '@almagest/butler';
import { DatasetMissingError } from '../errors.ts';
import { type DatasetProvenance, provenanceHeader, type QuantumStore, type ReadOptions, type StoreSpec } from '../execution/store.ts';
import type { DatasetRef } from '../quantum-graph/quantum.ts';

/** What a worker needs to know of a repository; plain JSON data. */
export interface ButlerStoreOptions {
  /** Folder of the artifacts. */
  readonly artifacts: string;
  readonly name: string;
  /** Path templates, if the repository has its own. */
  readonly templates?: Readonly<Record<string, string>>;
  /** Definition of the dimension universe as the repository stores it. */
  readonly universe: unknown;
}

/** How workers open the files of a repository, without its database. */
export async function butlerStoreSpec(repository: string, universe: unknown): Promise<StoreSpec> {
  const { readRepositoryConfig, withRoot } = await import('@almagest/butler');
  const { root, config } = readRepositoryConfig(repository);
  const { root: place, name, templates } = config.datastore;
  const options: ButlerStoreOptions = {
    artifacts: withRoot(place, root),
    name: name ?? `FileDatastore@${place}`,
    universe,
    ...(templates ? { templates } : {}),
  };
  return { open: `${import.meta.url}#openButlerStore`, options };
}

/** Opens the files of a butler repository; paths follow from templates and data IDs, so that no registry is asked. */
export async function openButlerStore(options: ButlerStoreOptions): Promise<QuantumStore> {
  const { DataCoordinate, defaultFormatters, DimensionUniverse, FileDatastore, FileTemplates, makeDatasetType, StorageClassRegistry } =
    await import('@almagest/butler');
  const universe = new DimensionUniverse(options.universe);
  const formatters = defaultFormatters(options.artifacts);
  const templates = new FileTemplates(options.templates);
  const datastore = new FileDatastore({
    root: options.artifacts,
    name: options.name,
    formatters,
    templates,
    storageClasses: new StorageClassRegistry(),
  });
  const toButler = (ref: DatasetRef): ButlerRef => {
    const { id, datasetType: name, dimensions, storageClass, calibration = false, run } = ref;
    const datasetType = makeDatasetType(universe, { name, dimensions, storageClass, isCalibration: calibration });
    return { id, datasetType, dataId: DataCoordinate.of(datasetType.dimensions, ref.dataId), run };
  };
  const recordsOf = (ref: DatasetRef, wanted: ButlerRef): readonly FileRecord[] => {
    if (ref.location !== undefined) return ref.location as readonly FileRecord[];
    const formatter = formatters.forWriting(ref.datasetType, ref.storageClass);
    const path = templates.path(wanted, formatter.extension(ref.storageClass));
    return [
      {
        datasetId: ref.id,
        path,
        formatter: formatter.name,
        storageClass: ref.storageClass,
        component: undefined,
        checksum: null,
        size: null,
      },
    ];
  };
  const exists = async (ref: DatasetRef): Promise<boolean> => {
    const records = recordsOf(ref, toButler(ref));
    return records.length > 0 && (await datastore.artifactsExist(records)).every(Boolean);
  };
  return {
    exists,
    async get(ref, read: ReadOptions = {}) {
      const wanted = toButler(ref);
      const records = recordsOf(ref, wanted);
      if (!(await exists(ref)))
        throw new DatasetMissingError(`no file for ${ref.datasetType} ${JSON.stringify(ref.dataId)} in run "${ref.run}"`);
      return datastore.read(wanted, records, read);
    },
    async put(value, ref, provenance?: DatasetProvenance) {
      const item = { ref: toButler(ref), value };
      const staged = await datastore.stage([provenance ? { ...item, provenance: provenanceHeader(provenance) } : item]);
      try {
        await staged.publish();
      } catch (error) {
        await staged.abandon();
        throw error;
      }
      await staged.finish();
      return staged.records;
    },
    close: () => datastore.close(),
  };
}
