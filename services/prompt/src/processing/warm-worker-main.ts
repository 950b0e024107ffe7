/** Entry of a warm worker thread: loads tasks once, keeps inputs in memory, and runs one graph at a time. */
import { parentPort } from 'node:worker_threads';
import { type Apdb, openApdb } from '@almagest/apdb';
import {
  type DatasetRef,
  describeError,
  loadTask,
  openStore,
  type QuantumStore,
  runGraph,
  type RunSummary,
  type StoreSpec,
} from '@almagest/pipeline';
import { makeConvexPolygon, type Vec3 } from '@almagest/sphere';
import { cachedBytes } from './cached-store.ts';

export type ToWarmWorker = { readonly id: number } & (
  | {
      readonly kind: 'warm';
      readonly tasks: readonly { readonly specifier: string; readonly baseDir: string }[];
      readonly store: StoreSpec;
    }
  | { readonly kind: 'preload'; readonly store: StoreSpec; readonly inputs: readonly PreloadItem[]; readonly history: HistoryItem | null }
  | { readonly kind: 'run'; readonly graphPath: string; readonly provenancePath: string; readonly store: StoreSpec; readonly command: string; readonly codeVersion: string; readonly packages: Readonly<Record<string, string>> } // prettier-ignore
  | { readonly kind: 'abort' }
  | { readonly kind: 'stop' }
);

/** A dataset and how its task will read it. */
export interface PreloadItem {
  readonly ref: DatasetRef;
  readonly storageClass: string;
}

/** The part of the alert database that a detector will ask for. */
export interface HistoryItem {
  readonly address: string;
  readonly corners: readonly Vec3[];
  readonly untilMjdTai: number;
}

export interface PreloadResult {
  readonly loaded: number;
  readonly failed: number;
  readonly bytes: number;
  readonly objects: number;
  readonly sources: number;
}

export type FromWarmWorker = { readonly id: number } & ({ readonly value: unknown } | { readonly error: ReturnType<typeof describeError> });

const stores = new Map<string, Promise<QuantumStore>>();
const databases = new Map<string, Promise<Apdb>>();
let controller = new AbortController();

const port = parentPort;
port?.on('message', (message: ToWarmWorker) => void answer(message));

async function answer(message: ToWarmWorker): Promise<void> {
  if (message.kind === 'abort') return controller.abort(new Error('told to stop'));
  try {
    port?.postMessage({ id: message.id, value: await work(message) } satisfies FromWarmWorker);
  } catch (error) {
    port?.postMessage({ id: message.id, error: describeError(error) } satisfies FromWarmWorker);
  }
  if (message.kind === 'stop') port?.close();
}

async function work(message: Exclude<ToWarmWorker, { readonly kind: 'abort' }>): Promise<unknown> {
  if (message.kind === 'warm') {
    await Promise.all([storeOf(message.store), ...message.tasks.map(({ specifier, baseDir }) => loadTask(specifier, baseDir))]);
    return null;
  }
  if (message.kind === 'preload') return preload(message);
  if (message.kind === 'run') return run(message);
  for (const store of stores.values()) await (await store).close?.();
  for (const apdb of databases.values()) await (await apdb).close();
  return null;
}

/** Reads inputs into the memory of this worker, and the history of the field into that of the database. */
async function preload({ store: spec, inputs, history }: Extract<ToWarmWorker, { readonly kind: 'preload' }>): Promise<PreloadResult> {
  const store = await storeOf(spec);
  let failed = 0;
  for (const { ref, storageClass } of inputs)
    // oxlint-disable-next-line no-await-in-loop -- one after the other: the disk is the slower part
    await store.get(ref, { storageClass }).catch(() => failed++);
  const rows = history && history.corners.length > 0 ? await readHistory(history) : { objects: 0, sources: 0 };
  return { loaded: inputs.length - failed, failed, bytes: cachedBytes(), ...rows };
}

/**
 * Reads objects and sources of a field through a connection that stays open. Association reads them again, from the memory that they are
 * in then: another detector may have added to them meanwhile.
 */
async function readHistory({ address, corners, untilMjdTai }: HistoryItem): Promise<{ objects: number; sources: number }> {
  let database = databases.get(address);
  if (!database) databases.set(address, (database = openApdb({ address })));
  let apdb: Apdb;
  try {
    apdb = await database;
  } catch {
    // The first night has no database yet.
    databases.delete(address);
    return { objects: 0, sources: 0 };
  }
  const region = makeConvexPolygon(corners);
  const objects = await apdb.getDiaObjects(region);
  const sources = await apdb.getDiaSources({ region, untilMjdTai });
  return { objects: objects.nrows, sources: sources.nrows };
}

function run({
  graphPath,
  provenancePath,
  store,
  command,
  codeVersion,
  packages,
}: Extract<ToWarmWorker, { readonly kind: 'run' }>): Promise<RunSummary> {
  controller = new AbortController();
  return runGraph({
    graphPath,
    provenancePath,
    store,
    workers: 'in-process',
    // Configurations and packages are written once per run, by the daemon.
    part: { upstream: [], memoryCapMib: 0, memoryScale: 1 },
    signal: controller.signal,
    command,
    codeVersion,
    packages,
  });
}

function storeOf(spec: StoreSpec): Promise<QuantumStore> {
  const key = JSON.stringify(spec);
  let store = stores.get(key);
  if (!store) stores.set(key, (store = openStore(spec)));
  return store;
}
