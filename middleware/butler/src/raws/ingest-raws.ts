import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import {
  type Camera,
  indexPath,
  type ObservationInfo,
  readIndex,
  readSidecar,
  type SidecarEntry,
  sidecarPath,
  translateFile,
} from '@almagest/instrument';
import { AlmagestError } from '@almagest/errors';
import type { Butler } from '../butler/butler.ts';
import { type LongWork, signalOf } from '../butler/long-work.ts';
import { makeDatasetId } from '../datasets/dataset-id.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DatasetType } from '../datasets/dataset-type.ts';
import type { IngestItem, TransferMode } from '../datastore/datastore.ts';
import { DataCoordinate } from '../dimensions/data-coordinate.ts';
import { RawHeaderError } from '../errors.ts';
import { ingestFiles } from '../exchange/ingest-files.ts';
import { observationRecord, type RawObservation } from './exposure-record.ts';

export interface IngestRawsOptions extends LongWork {
  /** RUN for the raws; `<instrument>/raw/all` unless told. */
  readonly run?: string;
  readonly mode?: TransferMode;
  /** Cameras to try; all that ship unless told. */
  readonly cameras?: readonly Camera[];
  /** Folders with header corrections. */
  readonly corrections?: readonly string[];
  /** Replace exposure records that differ, as after a header correction. */
  readonly updateRecords?: boolean;
  /** Stop at the first failure instead of reporting it at the end. */
  readonly failFast?: boolean;
  /** Headers read at once. */
  readonly parallel?: number;
}

/** A file that could not be ingested; the others were. */
export interface IngestFailure {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface IngestRawsReport {
  /** Datasets that are new. */
  readonly ingested: readonly DatasetRef[];
  /** Files whose datasets were there already. */
  readonly skipped: number;
  readonly failures: readonly IngestFailure[];
}

/** Files that one transaction takes in; a kill costs at most this much work. */
const BATCH = 500;

interface ReadFile {
  readonly path: string;
  readonly observations: readonly RawObservation[];
}

/**
 * Ingests raw frames: reads headers (or sidecar and index files) in parallel, registers exposures, and takes the files over.
 * Ids are deterministic, so that a repeated or resumed call skips what is there.
 * A file that fails is reported and the others go on.
 */
export async function ingestRaws(butler: Butler, paths: readonly string[], options: IngestRawsOptions = {}): Promise<IngestRawsReport> {
  const reader = new HeaderReader(options);
  const ingested: DatasetRef[] = [];
  const failures: IngestFailure[] = [];
  let skipped = 0;
  for (let i = 0; i < paths.length; i += BATCH) {
    options.signal?.throwIfAborted();
    const batch = paths.slice(i, i + BATCH).map((path) => resolve(path));
    const read = await reader.readAll(batch, failures, options.failFast ?? false);
    const report = await ingestBatch(butler, read, options, failures);
    ingested.push(...report.ingested);
    skipped += report.skipped;
    options.onProgress?.(Math.min(i + BATCH, paths.length), paths.length);
  }
  return { ingested, skipped, failures };
}

/** Reads observations of files, from an index or a sidecar where there is one. */
class HeaderReader {
  readonly #options: IngestRawsOptions;
  readonly #indexes = new Map<string, Promise<ReadonlyMap<string, SidecarEntry> | undefined>>();

  constructor(options: IngestRawsOptions) {
    this.#options = options;
  }

  async readAll(paths: readonly string[], failures: IngestFailure[], failFast: boolean): Promise<readonly ReadFile[]> {
    const out: (ReadFile | undefined)[] = paths.map(() => undefined);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next; i < paths.length; i = next) {
        next += 1;
        const path = paths[i]!;
        try {
          out[i] = { path, observations: await this.#read(path) };
        } catch (error) {
          if (failFast) throw error;
          failures.push(failureOf(path, error));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.parallel ?? 16, paths.length) }, work));
    return out.filter((file) => file !== undefined);
  }

  async #read(path: string): Promise<readonly RawObservation[]> {
    const saved = (await this.#index(dirname(path)))?.get(basename(path)) ?? (await sidecarOf(path));
    if (saved) return [observationRecord(saved.info, instrumentOf(saved.info, saved.translator, path))];
    const translations = await translateFile(path, {
      ...(this.#options.cameras ? { cameras: this.#options.cameras } : {}),
      ...(this.#options.corrections ? { corrections: this.#options.corrections } : {}),
    });
    return translations.map(({ info, camera }) => observationRecord(info, camera.name));
  }

  async #index(folder: string): Promise<ReadonlyMap<string, SidecarEntry> | undefined> {
    let index = this.#indexes.get(folder);
    if (!index) this.#indexes.set(folder, (index = existsSync(indexPath(folder)) ? readIndex(folder) : Promise.resolve(undefined)));
    return await index;
  }
}

async function sidecarOf(path: string): Promise<SidecarEntry | undefined> {
  try {
    return await readSidecar(sidecarPath(path));
  } catch (error) {
    if (existsSync(sidecarPath(path))) throw error;
    return undefined;
  }
}

/** Sidecars name the camera that translated them; others name the instrument itself. */
function instrumentOf(info: ObservationInfo, translator: string | null, path: string): string {
  if (typeof info.instrument === 'string') return info.instrument;
  if (translator !== null) return translator;
  throw new RawHeaderError(`the sidecar of ${path} names no instrument`);
}

async function ingestBatch(
  butler: Butler,
  files: readonly ReadFile[],
  options: IngestRawsOptions,
  failures: IngestFailure[],
): Promise<{ readonly ingested: readonly DatasetRef[]; readonly skipped: number }> {
  if (files.length === 0) return { ingested: [], skipped: 0 };
  const type = await rawType(butler);
  const good = await withRecords(butler, files, options, failures);
  const items = good.map((file): IngestItem => ({
    path: file.path,
    refs: file.observations.map((observation) => rawRef(type, observation, options.run)),
  }));
  const present = await butler.registry.fetchFileRecords(items.flatMap((item) => item.refs.map((ref) => ref.id)));
  const unknown = items.filter((item) => !item.refs.every((ref) => present.has(ref.id)));
  const fresh = withoutTwins(unknown, failures);
  const ingested = await ingestOrSplit(butler, fresh, options, failures);
  return { ingested, skipped: items.length - unknown.length };
}

/** Leaves out files that claim to be an exposure which another file of the batch is; of those that are told apart by nothing, one is kept. */
function withoutTwins(items: readonly IngestItem[], failures: IngestFailure[]): IngestItem[] {
  const first = new Map<string, string>();
  return items.filter(({ path, refs }) => {
    const key = refs.map(({ id }) => id).join(' ');
    const other = first.get(key);
    first.set(key, other ?? path);
    if (other === undefined) return true;
    const exposure = refs[0]?.dataId.get('exposure');
    failures.push({
      path,
      code: RawHeaderError.code,
      message: `its header gives the exposure ${String(exposure)}, which is that of ${other} too; remove the copy, or mend exposure_id of the camera file`,
    });
    return false;
  });
}

/** All at once; if that fails, halves, until the files at fault are alone. */
async function ingestOrSplit(
  butler: Butler,
  items: readonly IngestItem[],
  options: IngestRawsOptions,
  failures: IngestFailure[],
): Promise<readonly DatasetRef[]> {
  if (items.length === 0) return [];
  try {
    return await ingestFiles(butler, items, { mode: options.mode ?? 'auto', existing: 'skip', ...signalOf(options) });
  } catch (error) {
    if (options.signal?.aborted || options.failFast || (error instanceof AlmagestError && error.fault === 'environment' && error.retryable))
      throw error;
    if (items.length === 1) {
      failures.push(failureOf(items[0]!.path, error));
      return [];
    }
    const half = Math.ceil(items.length / 2);
    const first = await ingestOrSplit(butler, items.slice(0, half), options, failures);
    return [...first, ...(await ingestOrSplit(butler, items.slice(half), options, failures))];
  }
}

async function rawType(butler: Butler): Promise<DatasetType> {
  await butler.registerDatasetType({ name: 'raw', dimensions: ['instrument', 'exposure', 'detector'], storageClass: 'Exposure' });
  return await butler.registry.getDatasetType('raw');
}

function rawRef(type: DatasetType, observation: RawObservation, run: string | undefined): DatasetRef {
  const { instrument, exposure, detector } = observation;
  const dataId = DataCoordinate.of(type.dimensions, { instrument, exposure, detector });
  const target = run ?? `${instrument}/raw/all`;
  return { id: makeDatasetId('dataid_type_run', { datasetType: type.name, dataId, run: target }), datasetType: type, dataId, run: target };
}

/** Registers the exposures of the files; files whose exposure is refused are left out. */
async function withRecords(
  butler: Butler,
  files: readonly ReadFile[],
  options: IngestRawsOptions,
  failures: IngestFailure[],
): Promise<readonly ReadFile[]> {
  const exposures = Map.groupBy(
    files.flatMap((file) => file.observations),
    (observation) => `${observation.instrument} ${observation.exposure}`,
  );
  const refused = new Map<string, unknown>();
  const records = [...exposures].map(([key, observations]) => ({ key, record: observations[0]!.record }));
  try {
    await butler.transaction(
      async () =>
        await insertExposures(
          butler,
          records.map(({ record }) => record),
          options,
        ),
    );
  } catch (error) {
    if (options.failFast) throw error;
    // One by one, to find those at fault.
    for (const { key, record } of records)
      try {
        await butler.transaction(async () => await insertExposures(butler, [record], options));
      } catch (fault) {
        refused.set(key, fault);
      }
  }
  return files.filter((file) => {
    const fault = file.observations
      .map(({ instrument, exposure }) => refused.get(`${instrument} ${exposure}`))
      .find((found) => found !== undefined);
    if (fault !== undefined) failures.push(failureOf(file.path, fault));
    return fault === undefined;
  });
}

async function insertExposures(
  butler: Butler,
  records: readonly Readonly<Record<string, unknown>>[],
  options: IngestRawsOptions,
): Promise<void> {
  const { universe } = butler;
  const unique = (
    pick: (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  ): readonly Readonly<Record<string, unknown>>[] => [
    ...new Map(records.map(pick).map((record) => [JSON.stringify(record), record])).values(),
  ];
  if (universe.find('day_obs'))
    await butler.insertDimensionData(
      'day_obs',
      unique(({ instrument, day_obs: id }) => ({ instrument, id })),
      { skipExisting: true },
    );
  if (universe.find('group'))
    await butler.insertDimensionData(
      'group',
      unique(({ instrument, group: name }) => ({ instrument, name })),
      { skipExisting: true },
    );
  await butler.insertDimensionData('exposure', records, options.updateRecords ? { replace: true } : {});
}

function failureOf(path: string, error: unknown): IngestFailure {
  return {
    path,
    code: error instanceof AlmagestError ? error.code : 'butler.unexpected',
    message: error instanceof Error ? error.message : String(error),
  };
}
