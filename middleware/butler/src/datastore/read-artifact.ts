import type { ByteSource } from '@almagest/fits';
import { derivedPart } from '../datasets/composites.ts';
import { describeRef, type DatasetRef } from '../datasets/dataset-ref.ts';
import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import { ArtifactMissingError, ReadParameterError, StorageClassError } from '../errors.ts';
import type { FileRecord, ReadOptions } from './datastore.ts';
import type { FormatterRegistry } from './formatter.ts';

/** What is read, and with what. */
interface DecodeRequest {
  readonly ref: DatasetRef;
  readonly records: readonly FileRecord[];
  readonly options: ReadOptions;
  readonly formatters: FormatterRegistry;
  readonly storageClasses: StorageClassRegistry;
  readonly open: (
    record: FileRecord,
  ) => Promise<{ readonly source: ByteSource; readonly localPath?: string; readonly close: () => Promise<void> }>;
}

/** Opens the right artifact of a dataset and decodes what was asked for; shared by all datastores that hold bytes. */
export async function decodeArtifact(request: DecodeRequest): Promise<unknown> {
  const { ref, records, options, storageClasses } = request;
  const component = options.component ?? ref.component;
  const record = records.find((found) => found.component === component) ?? records.find((found) => found.component === undefined);
  if (!record && records.length > 0) return await decodeParts(request, component);
  if (!record) throw new ArtifactMissingError(`no artifact is recorded for ${describeRef(ref)}`, { details: { id: ref.id } });
  const native = component === undefined ? ref.datasetType.storageClass : storageClasses.component(ref.datasetType.storageClass, component);
  const storageClass = options.storageClass ?? native;
  if (!storageClasses.canConvert(native, storageClass))
    throw new StorageClassError(`${ref.datasetType.name} is a ${native}, which cannot be read as ${storageClass}`);
  const parameters = options.parameters ?? {};
  // A part has the parameters of its own class.
  const offered = storageClasses.get(record.component === undefined ? ref.datasetType.storageClass : record.storageClass).parameters;
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

/** Puts a composite together that was stored in parts; or computes a component that no part holds. */
async function decodeParts(request: DecodeRequest, component: string | undefined): Promise<unknown> {
  const { ref, records, options, storageClasses } = request;
  const { storageClass } = ref.datasetType;
  const { composite, components } = storageClasses.get(storageClass);
  if (component !== undefined && component in components) return null;
  if (component === undefined && !storageClasses.canConvert(storageClass, options.storageClass ?? storageClass))
    throw new StorageClassError(`${ref.datasetType.name} is a ${storageClass}, which cannot be read as ${options.storageClass}`);
  const parts: [string, unknown][] = [];
  for (const record of records) {
    if (record.component === undefined) continue;
    const offered = storageClasses.get(record.storageClass).parameters;
    const parameters = Object.fromEntries(Object.entries(options.parameters ?? {}).filter(([name]) => offered.includes(name)));
    parts.push([record.component, await decodeArtifact({ ...request, options: { component: record.component, parameters } })]);
  }
  const whole = composite.putTogether(Object.fromEntries(parts));
  return component === undefined ? whole : (derivedPart(whole, component) ?? null);
}
