import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import { isAbandoned, type JournalEntry, newJournalEntry } from '../datastore/journal.ts';
import { ArtifactWriteError, QueryError } from '../errors.ts';

/** One file on its way from a client. */
interface Upload {
  readonly user: string;
  readonly path: string;
  readonly size: number;
  received: number;
  touched: number;
}

/** After so long without a piece an upload is given up [ms]. */
const IDLE_MS = 900_000;
const OWNER = 'owner.json';

/**
 * Files that clients send in pieces, aside until a dataset is made of them.
 * What a killed server leaves is removed when the next one takes its first upload.
 */
export class Uploads {
  readonly #parent: string;
  readonly #maxBytes: number;
  readonly #files = new Map<string, Upload>();
  #folder: string | undefined;
  #sweep: NodeJS.Timeout | undefined;

  /** @param parent - Folder for the folders of servers. */
  constructor(parent: string, maxBytes: number) {
    this.#parent = parent;
    this.#maxBytes = maxBytes;
  }

  /** @param name - As the client has it; paths in the datastore keep its ending. @returns what the pieces are sent with. */
  async create(user: string, name: string, size: number): Promise<string> {
    if (!Number.isSafeInteger(size) || size < 0) throw new QueryError(`an upload has a size in bytes; found ${size}`);
    if (size > this.#maxBytes) throw new QueryError(`this server takes artifacts of at most ${this.#maxBytes} bytes; this has ${size}`);
    const plain = name.replaceAll(/[^A-Za-z0-9._+-]/g, '_').slice(-120);
    if (plain === '' || /^\.+$/.test(plain)) throw new QueryError('an upload has the name of its file');
    const id = randomUUID();
    const path = join(this.#ownFolder(), id, plain);
    await attempt(async () => {
      mkdirSync(join(path, '..'));
      await (await open(path, 'wx')).close();
    });
    this.#files.set(id, { user, path, size, received: 0, touched: performance.now() });
    this.#sweep ??= setInterval(() => this.#giveUpIdle(), IDLE_MS / 3).unref();
    return id;
  }

  #giveUpIdle(): void {
    for (const [id, { touched }] of this.#files) if (performance.now() - touched > IDLE_MS) this.remove([id]);
  }

  /** Takes one piece; a piece that came before is taken as it is, so that it may be sent again. @returns bytes that are there. */
  async append(id: string, user: string, offset: number, bytes: Uint8Array): Promise<number> {
    const upload = this.#get(id, user);
    if (offset + bytes.length <= upload.received) return upload.received;
    if (offset !== upload.received || offset + bytes.length > upload.size)
      throw new QueryError(`the next piece of this upload begins at ${upload.received} and ends before ${upload.size}; found ${offset}`);
    await attempt(async () => {
      const handle = await open(upload.path, 'r+');
      try {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
        if (offset + bytes.length === upload.size) await handle.sync();
      } finally {
        await handle.close();
      }
    });
    upload.received = offset + bytes.length;
    upload.touched = performance.now();
    return upload.received;
  }

  /** Path of an upload that is whole. */
  path(id: string, user: string): string {
    const upload = this.#get(id, user);
    if (upload.received !== upload.size) throw new QueryError(`the upload has ${upload.received} of ${upload.size} bytes`);
    return upload.path;
  }

  isOf(id: string, user: string): boolean {
    return this.#files.get(id)?.user === user;
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      const upload = this.#files.get(id);
      if (!upload) continue;
      this.#files.delete(id);
      rmSync(join(upload.path, '..'), { recursive: true, force: true });
    }
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#files.clear();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #get(id: string, user: string): Upload {
    const found = this.#files.get(id);
    if (found?.user !== user) throw new QueryError('there is no such upload, or it was given up; send the file again');
    return found;
  }

  #ownFolder(): string {
    if (this.#folder !== undefined) return this.#folder;
    const folder = join(this.#parent, randomUUID());
    try {
      makeFolder(folder);
      writeFileSync(join(folder, OWNER), JSON.stringify(newJournalEntry([], [])));
    } catch (error) {
      throw new ArtifactWriteError(`uploads cannot be kept in ${this.#parent}: ${(error as Error).message}`, { cause: error });
    }
    for (const name of readdirSync(this.#parent)) {
      const owner = readOwner(join(this.#parent, name, OWNER));
      if (owner && isAbandoned(owner)) rmSync(join(this.#parent, name), { recursive: true, force: true });
    }
    return (this.#folder = folder);
  }
}

function readOwner(file: string): JournalEntry | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JournalEntry;
  } catch {
    return undefined;
  }
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new ArtifactWriteError(`the upload could not be written: ${(error as Error).message}`, { cause: error });
  }
}
