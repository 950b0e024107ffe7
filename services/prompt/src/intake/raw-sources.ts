import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '@almagest/butler';
import { AlmagestError } from '@almagest/errors';
import { RawRejectedError } from '../errors.ts';
import type { UnitStore } from '../units/unit-store.ts';
import { watchFolder } from './watch-folder.ts';

/** What receives raws and announcements. */
export interface Receiver {
  readonly announce: (data: unknown) => Promise<unknown>;
  readonly receiveRaw: (path: string) => Promise<unknown>;
}

export interface SourceOptions {
  readonly units: UnitStore;
  readonly receiver: Receiver;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  readonly settleMs?: number;
  /** Told of what could not be taken; the source goes on. */
  readonly onProblem: (what: string, error: unknown) => void;
}

const RAW = /\.(fits?|fts)(\.(gz|fz))?$/i;

/** Takes raws from a folder, where the camera writes them. They stay where they are. */
export async function watchRaws(folder: string, { units, receiver, onProblem, ...options }: SourceOptions): Promise<void> {
  await watchFolder({
    ...options,
    folder,
    recursive: true,
    accepts: (name) => RAW.test(name),
    isKnown: (path, stamp) => units.knowsFile(path, stamp),
    onFile: (path, stamp) => takeRaw(path, { stamp, units, receiver, onProblem }),
  });
}

/** Takes announcements from a folder, one JSON file each: those that are good go to `accepted/`, others to `refused/` with the reason. */
export async function watchAnnouncements(folder: string, { receiver, onProblem, ...options }: SourceOptions): Promise<void> {
  const move = (path: string, to: string): void => {
    mkdirSync(join(folder, to), { recursive: true });
    renameSync(path, join(folder, to, basename(path)));
  };
  await watchFolder({
    ...options,
    folder,
    accepts: (name) => name.endsWith('.json'),
    isKnown: () => false,
    async onFile(path) {
      try {
        const text = await readFile(path, 'utf8');
        await receiver.announce(parseJson(text, path));
        move(path, 'accepted');
      } catch (error) {
        onProblem(path, error);
        move(path, 'refused');
        writeFileSync(
          join(folder, 'refused', `${basename(path)}.reason.txt`),
          `${error instanceof Error ? error.message : String(error)}\n`,
        );
      }
    },
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RawRejectedError(`${path}: expected JSON; found ${JSON.stringify(text.slice(0, 40))}`, { cause });
  }
}

export interface BucketOptions extends SourceOptions {
  readonly objects: ObjectStore;
  /** Folder that objects are copied to. */
  readonly incoming: string;
}

/** Takes raws from an object store by looking again and again; each object once, as long as it keeps its size. */
export async function pollBucket(options: BucketOptions): Promise<void> {
  const { objects, signal, pollMs = 2000, onProblem } = options;
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for await (const { key } of objects.list('')) {
        if (signal.aborted) return;
        if (RAW.test(key)) await takeObject(key, options);
      }
    } catch (error) {
      onProblem(objects.address(''), error);
    }
    // oxlint-disable-next-line no-await-in-loop
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Copies one object and takes it as a raw. @returns whether it was new. */
export async function takeObject(key: string, options: Omit<BucketOptions, 'signal' | 'pollMs'>): Promise<boolean> {
  const { objects, incoming, units } = options;
  const address = objects.address(key);
  const size = await objects.size(key);
  if (size === undefined) throw new RawRejectedError(`there is no object ${address}`, { details: { address } });
  const stamp = `${size}`;
  if (units.knowsFile(address, stamp)) return false;
  const bytes = await objects.get(key);
  if (!bytes) return false;
  await mkdir(incoming, { recursive: true });
  const path = join(incoming, nameOf(createHash('sha256').update(bytes).digest('hex'), basename(key)));
  await writeFile(`${path}.part`, bytes, { flush: true });
  await rename(`${path}.part`, path);
  await takeRaw(path, { ...options, stamp, known: address });
  return true;
}

export interface UploadOptions {
  readonly receiver: Receiver;
  readonly incoming: string;
  /** Largest upload [byte]. */
  readonly maxBytes: number;
}

/**
 * Writes an upload to the incoming folder and takes it as a raw.
 *
 * @throws {RawRejectedError} if the name is no plain name of a FITS file, the file is too large, or it is no raw.
 */
export async function takeUpload(name: string, body: Readable, { receiver, incoming, maxBytes }: UploadOptions): Promise<unknown> {
  if (!RAW.test(name) || basename(name) !== name || name.startsWith('.'))
    throw new RawRejectedError(`a raw is uploaded under a plain file name that ends with .fits, .fits.gz or .fits.fz; found "${name}"`);
  await mkdir(incoming, { recursive: true });
  const partial = join(incoming, `.${name}.${process.pid}-${Math.random().toString(36).slice(2)}.part`);
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxBytes ? new RawRejectedError(`${name}: at most ${maxBytes} bytes are taken`) : null, chunk);
    },
  });
  try {
    await pipeline(body, measure, createWriteStream(partial, { flush: true }));
    const path = join(incoming, nameOf(hash.digest('hex'), name));
    await rename(partial, path);
    return await receiver.receiveRaw(path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** Files are kept by their content: what the repository refers to is never written over by another file of the same name. */
function nameOf(digest: string, name: string): string {
  return `${digest.slice(0, 12)}-${name}`;
}

interface Taking extends Pick<SourceOptions, 'units' | 'receiver' | 'onProblem'> {
  readonly stamp: string;
  /** Name under which the file is known, if not its path. */
  readonly known?: string;
}

async function takeRaw(path: string, { stamp, known = path, units, receiver, onProblem }: Taking): Promise<void> {
  try {
    await receiver.receiveRaw(path);
    units.noteFile(known, stamp);
  } catch (error) {
    onProblem(path, error);
    // What is wrong with the machine passes; what is wrong with the file stays.
    if (error instanceof AlmagestError && (error.fault === 'data' || error.fault === 'caller'))
      units.noteFile(known, stamp, { code: error.code, message: error.message });
  }
}
