import { basename, join, resolve } from 'node:path';
import { openFile } from '@almagest/resources';
import { zipSync } from 'fflate';
import { z } from 'zod';
import type { Butler } from '../butler/butler.ts';
import { atStep, type LongWork } from '../butler/long-work.ts';
import { uuid5 } from '../datasets/dataset-id.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import type { BundleMember, TransferMode } from '../datastore/datastore.ts';
import { findZipMember, zipMember } from '../datastore/zip-member.ts';
import { DataCoordinate } from '../dimensions/data-coordinate.ts';
import { ExchangeFormatError } from '../errors.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { writeBytes } from './artifact-file.ts';
import { recordEntries } from './export.ts';
import { formatExport, parseExport } from './export-yaml.ts';
import { ingestFiles } from './ingest-files.ts';
import { upgradeRecords } from './upgrade-records.ts';

/** Member that says what the others are. */
const INDEX = '_butler_zip_index.json';
/** Member with the records of the data IDs, in the exchange format; others leave it aside. */
const RECORDS = '_almagest_records.yaml';
/** Largest bundle that is made; readers of the format before ZIP64 end there [byte]. */
const MAX_BUNDLE = 0xffff_0000;

const index = z.object({
  index_version: z.string(),
  refs: z.object({
    dataset_types: z.record(
      z.string(),
      z.object({ name: z.string(), storageClass: z.string(), dimensions: z.array(z.string()), isCalibration: z.boolean() }),
    ),
    compact_refs: z.record(
      z.string(),
      z.object({ dataset_type_name: z.string(), run: z.string(), data_id: z.record(z.string(), z.union([z.string(), z.number()])) }),
    ),
  }),
  artifact_map: z.record(
    z.string(),
    z.object({
      info: z.object({
        formatter: z.string(),
        path: z.string(),
        storage_class: z.string(),
        component: z.string().nullable(),
        checksum: z.string().nullable(),
        file_size: z.number(),
      }),
      ids: z.array(z.string()),
    }),
  ),
});

/**
 * Puts the artifacts of datasets into one ZIP file that a repository can take in whole, in the field's form.
 *
 * @returns path of the bundle.
 * @throws {ExchangeFormatError} if it would pass 4 GiB.
 */
export async function writeBundle(butler: Butler, refs: readonly DatasetRef[], folder: string, options: LongWork = {}): Promise<string> {
  const expanded = await expandRefs(butler.registry, refs);
  const stored = await butler.registry.fetchFileRecords(expanded.map((ref) => ref.id));
  const members = new Map<string, { name: string; bytes: Uint8Array; ids: string[]; info: object }>();
  let size = 0;
  for (const [i, ref] of expanded.entries()) {
    for (const record of stored.get(ref.id) ?? []) {
      const known = members.get(record.path);
      if (known) known.ids.push(ref.id);
      else {
        const bytes = await butler.datastore.readBytes(record);
        size += bytes.length;
        if (size > MAX_BUNDLE) throw new ExchangeFormatError(`a bundle holds at most ${MAX_BUNDLE} bytes; choose fewer datasets`);
        const info = {
          formatter: record.formatter,
          path: record.path,
          storage_class: record.storageClass,
          component: record.component ?? null,
          checksum: record.checksum,
          file_size: bytes.length,
        };
        members.set(record.path, {
          name: `${ref.id.slice(0, 8)}-${members.size}-${basename(record.path.replace(/#.*$/, ''))}`,
          bytes,
          ids: [ref.id],
          info,
        });
      }
    }
    atStep(options, i + 1, expanded.length);
  }
  const types = new Map(expanded.map((ref) => [ref.datasetType.name, ref.datasetType]));
  const text = JSON.stringify({
    index_version: 'V1',
    refs: {
      container_version: 'V1',
      universe_version: butler.universe.version,
      universe_namespace: butler.universe.namespace,
      dataset_types: Object.fromEntries(
        [...types.values()].map(({ name, storageClass, dimensions, isCalibration }) => [
          name,
          { name, storageClass, dimensions: dimensions.required, parentStorageClass: null, isCalibration },
        ]),
      ),
      compact_refs: Object.fromEntries(
        expanded.map((ref) => [ref.id, { dataset_type_name: ref.datasetType.name, run: ref.run, data_id: ref.dataId.toJSON() }]),
      ),
      dimension_records: null,
    },
    artifact_map: Object.fromEntries([...members.values()].map(({ name, info, ids }) => [name, { info, ids }])),
  });
  const bytes = zipSync(
    {
      [INDEX]: new TextEncoder().encode(text),
      [RECORDS]: new TextEncoder().encode(formatExport(butler.universe, await recordEntries(butler, expanded))),
      ...Object.fromEntries([...members.values()].map((member) => [member.name, member.bytes])),
    },
    { level: 0 },
  );
  const path = join(folder, `${uuid5(new Uint8Array(16), text)}.zip`);
  writeBytes(path, bytes, { overwrite: true });
  return path;
}

/**
 * Takes a bundle in whole: it stays one file, and datasets are read out of it.
 * Dataset types are registered, and records of its data IDs that are missing are brought along; a bundle made by the Python
 * Butler has none, so theirs must be there.
 *
 * @returns refs that are new.
 */
export async function ingestBundle(
  butler: Butler,
  path: string,
  options: { readonly mode?: TransferMode; readonly existing?: 'fail' | 'skip'; readonly records?: boolean } = {},
): Promise<readonly DatasetRef[]> {
  const parsed = await readIndex(resolve(path));
  if (options.records !== false) await bringRecords(butler, resolve(path));
  for (const { name, storageClass, dimensions, isCalibration } of Object.values(parsed.refs.dataset_types))
    await butler.registerDatasetType({ name, storageClass, dimensions, isCalibration });
  const refs = Object.entries(parsed.refs.compact_refs).map(([id, { dataset_type_name: name, run, data_id: dataId }]): DatasetRef => {
    const type = parsed.refs.dataset_types[name];
    if (!type) throw new ExchangeFormatError(`the bundle ${path} does not describe dataset type ${name}`);
    const datasetType = makeDatasetType(butler.universe, type);
    return { id, datasetType, dataId: DataCoordinate.of(datasetType.dimensions, dataId), run };
  });
  const members = new Map<string, BundleMember[]>();
  for (const [member, { info, ids }] of Object.entries(parsed.artifact_map))
    for (const id of ids) {
      const { component } = info;
      const found: BundleMember = {
        member,
        formatter: info.formatter,
        storageClass: info.storage_class,
        size: info.file_size,
        checksum: info.checksum,
        ...(component === null || component === '' ? {} : { component }),
      };
      members.set(id, [...(members.get(id) ?? []), found]);
    }
  const name = basename(path);
  return await ingestFiles(butler, [{ path: resolve(path), refs, target: `zips/${name.slice(0, 4)}/${name}`, members }], {
    mode: options.mode ?? 'copy',
    existing: options.existing ?? 'fail',
  });
}

/** Inserts the records that the bundle carries where they are missing. */
async function bringRecords(butler: Butler, path: string): Promise<void> {
  await using source = await openFile(path);
  const member = await findZipMember(source, RECORDS, path);
  if (!member) return;
  const { entries } = parseExport(new TextDecoder().decode(await member.read(0, member.size)), `${path}#${RECORDS}`);
  const groups = entries.map((entry) => ({
    element: String(entry['element']),
    records: (entry['records'] ?? []) as readonly Readonly<Record<string, unknown>>[],
  }));
  for (const { element, records } of upgradeRecords(butler.universe, groups))
    await butler.insertDimensionData(element, records, { skipExisting: true });
}

async function readIndex(path: string): Promise<z.infer<typeof index>> {
  await using source = await openFile(path);
  const member = await zipMember(source, INDEX, path);
  const parsed = index.safeParse(parseJson(new TextDecoder().decode(await member.read(0, member.size))));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ExchangeFormatError(`the index of ${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

/** Undefined where the text is no JSON, which no index matches. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
