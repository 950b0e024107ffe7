import type { ByteSource } from '@almagest/fits';
import { describeRef, type DatasetRef } from '../datasets/dataset-ref.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import { ArtifactMissingError, ReadParameterError, StorageClassError } from '../errors.ts';
import type { FileRecord, ReadOptions } from './datastore.ts';
import type { FormatterRegistry } from './formatter.ts';

/** Opens the right artifact of a dataset and decodes what was asked for; shared by all datastores that hold bytes. */
export async function decodeArtifact(request: {
  readonly ref: DatasetRef;
  readonly records: readonly FileRecord[];
  readonly options: ReadOptions;
  readonly formatters: FormatterRegistry;
  readonly storageClasses: StorageClassRegistry;
  readonly open: (
    record: FileRecord,
  ) => Promise<{ readonly source: ByteSource; readonly localPath?: string; readonly close: () => Promise<void> }>;
}): Promise<unknown> {
  const { ref, records, options, storageClasses } = request;
  const component = options.component ?? ref.component;
  const record = records.find((found) => found.component === component) ?? records.find((found) => found.component === undefined);
  if (!record) throw new ArtifactMissingError(`no artifact is recorded for ${describeRef(ref)}`, { details: { id: ref.id } });
  const native = component === undefined ? ref.datasetType.storageClass : storageClasses.component(ref.datasetType.storageClass, component);
  const storageClass = options.storageClass ?? native;
  if (!storageClasses.canConvert(native, storageClass))
    throw new StorageClassError(`${ref.datasetType.name} is a ${native}, which cannot be read as ${storageClass}`);
  const parameters = options.parameters ?? {};
  const offered = storageClasses.get(ref.datasetType.storageClass).parameters;
  for (const name of Object.keys(parameters))
    if (!offered.includes(name))
      throw new ReadParameterError(
        `storage class ${ref.datasetType.storageClass} has no read parameter ${name}; it has ${offered.join(', ') || 'none'}`,
      );
  const { source, localPath, close } = await request.open(record);
  try {
    return await request.formatters.forReading(ref.datasetType.name, record.formatter).decode(source, {
      storageClass,
      storedAs: record.storageClass,
      component: record.component === undefined ? component : undefined,
      parameters,
      path: record.path,
      localPath,
      dataId: ref.dataId.toJSON(),
    });
  } finally {
    await close();
  }
}
