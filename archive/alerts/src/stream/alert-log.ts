import { EventEmitter, once } from 'node:events';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '@almagest/resources';
import { LogDamagedError, LogWriteError } from '../errors.ts';
import { takeLock } from './log-lock.ts';
import { encodeRecord, HEAD_BYTES, type LogEntry, Segment, segmentName, syncFolder } from './segment.ts';

export interface AlertLogOptions {
  /** A new segment is begun beyond this size [byte]. */
  readonly segmentBytes?: number;
  /** How long to wait for another process that writes to the log [ms]; not at all by default. */
  readonly waitMs?: number;
  /** Readers neither lock nor repair; they see what a writer has finished. */
  readonly readOnly?: boolean;
  /** Writes bytes to a segment; tests put a disk that is full here. */
  readonly write?: (file: FileHandle, bytes: Uint8Array, position: number) => Promise<void>;
}

/** A packet to be logged. */
export interface LogInput {
  /** Id of the source that caused the alert; a packet with a key that is in the log already is left out. */
  readonly key: bigint;
  /** Position [deg] and time [MJD TAI] of the source, for searches. */
  readonly ra: number;
  readonly dec: number;
  readonly mjdTai: number;
  /** Packet in wire format. */
  readonly bytes: Uint8Array;
}

export interface AppendOutcome {
  readonly appended: number;
  readonly duplicates: number;
  /** Offset that the next packet will get. */
  readonly nextOffset: number;
}

/** How often a reader looks for packets that another process wrote [ms]. */
const POLL_MS = 100;

/**
 * An append-only log of packets in a folder: numbered from zero, each with a checksum, one per source id.
 *
 * What {@link AlertLog.append} has returned is on the disk. After a crash the log ends with the last whole packet.
 * One process writes; any number read. Consumers keep their places with {@link AlertLog.commitOffset}.
 */
export class AlertLog {
  readonly folder: string;
  readonly #options: AlertLogOptions;
  readonly #segments: Segment[] = [];
  readonly #keys = new Set<bigint>();
  readonly #events = new EventEmitter();
  #queue: Promise<unknown> = Promise.resolve();
  #release: (() => Promise<void>) | undefined;

  private constructor(folder: string, options: AlertLogOptions) {
    this.folder = folder;
    this.#options = options;
    this.#events.setMaxListeners(0);
  }

  /**
   * Opens the log of a folder, which is made if need be, and cuts off what a crash left unfinished at its end.
   *
   * @throws {LogLockedError} if another process writes to it. {@link LogDamagedError} if packets before the end are damaged.
   */
  static async open(folder: string, options: AlertLogOptions = {}): Promise<AlertLog> {
    const log = new AlertLog(folder, options);
    if (!options.readOnly) {
      makeFolder(join(folder, 'consumers'));
      makeFolder(join(folder, 'schemas'));
      log.#release = await takeLock(join(folder, 'writer.sqlite3'), options.waitMs ?? 0);
    }
    try {
      await log.#load();
    } catch (error) {
      await log.close();
      throw error;
    }
    return log;
  }

  /** One past the offset of the last packet. */
  get endOffset(): number {
    return this.#segments.at(-1)?.endOffset ?? 0;
  }

  /** True where a packet of this source is in the log. */
  has(key: bigint): boolean {
    return this.#keys.has(key);
  }

  /**
   * Adds packets and waits until they are on the disk; all of a call or none.
   *
   * @throws {LogWriteError} if the disk is full or fails; nothing was added then.
   */
  async append(inputs: Iterable<LogInput>): Promise<AppendOutcome> {
    const all = [...inputs];
    const turn = this.#queue.then(async () => await this.#appendNow(all));
    this.#queue = turn.catch(() => undefined);
    return await turn;
  }

  /** Packets from an offset on, at most `limit` of them. */
  async read(from: number, limit: number): Promise<LogEntry[]> {
    const out: LogEntry[] = [];
    for (const segment of this.#segments) {
      if (segment.endOffset <= from || out.length >= limit) continue;
      out.push(...(await segment.read(Math.max(from, segment.baseOffset), limit - out.length)));
    }
    return out;
  }

  /** The packet of a source. */
  async find(key: bigint): Promise<LogEntry | undefined> {
    if (!this.#keys.has(key)) return undefined;
    for (const segment of this.#segments) {
      const offset = segment.offsetOf(key);
      if (offset !== undefined) return (await segment.read(offset, 1))[0];
    }
    return undefined;
  }

  /** Packets from an offset on, and then each new one as it is written, until the signal is given. */
  async *follow(from: number, signal: AbortSignal): AsyncGenerator<LogEntry> {
    let next = from;
    while (!signal.aborted) {
      if (this.#options.readOnly) await this.#load();
      const entries = await this.read(next, 100);
      for (const entry of entries) {
        if (signal.aborted) return;
        yield entry;
        next = entry.offset + 1;
      }
      if (entries.length > 0) continue;
      if (this.#options.readOnly) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      else await once(this.#events, 'append', { signal }).catch(() => undefined);
    }
  }

  /** Keeps the place of a consumer: the offset of the packet that it wants next. Durable when it returns. */
  async commitOffset(consumer: string, offset: number): Promise<void> {
    const path = join(this.folder, 'consumers', `${encodeURIComponent(consumer)}.json`);
    await writeDurably(path, JSON.stringify({ offset }));
  }

  /** Where a consumer goes on; the beginning of the log for one that is not known. */
  async consumerOffset(consumer: string): Promise<number> {
    try {
      const text = await readFile(join(this.folder, 'consumers', `${encodeURIComponent(consumer)}.json`), 'utf8');
      return (JSON.parse(text) as { offset: number }).offset;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  /** Keeps a schema beside the packets that name its id. */
  async putSchema(schemaId: number, schema: unknown): Promise<void> {
    await writeDurably(join(this.folder, 'schemas', `${schemaId}.avsc`), JSON.stringify(schema));
  }

  /** A schema kept by {@link AlertLog.putSchema}. */
  async findSchema(schemaId: number): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.folder, 'schemas', `${schemaId}.avsc`), 'utf8')) as unknown;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#queue;
    for (const segment of this.#segments) await segment.close();
    await this.#release?.();
    this.#release = undefined;
  }

  async #appendNow(inputs: readonly LogInput[]): Promise<AppendOutcome> {
    const fresh: LogInput[] = [];
    const seen = new Set<bigint>();
    for (const input of inputs) {
      if (this.#keys.has(input.key) || seen.has(input.key)) continue;
      seen.add(input.key);
      fresh.push(input);
    }
    if (fresh.length > 0) {
      const segment = await this.#writable();
      try {
        await segment.append(fresh.map(encodeRecord), fresh, this.#options.write);
      } catch (error) {
        if (error instanceof LogDamagedError) throw error;
        throw new LogWriteError(
          `the alert log ${segment.path} cannot be written: ${(error as Error).message}; nothing of this call was added`,
          {
            cause: error,
            details: { path: segment.path },
          },
        );
      }
      for (const { key } of fresh) this.#keys.add(key);
      this.#events.emit('append');
    }
    return { appended: fresh.length, duplicates: inputs.length - fresh.length, nextOffset: this.endOffset };
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last && last.size < (this.#options.segmentBytes ?? 256 * 2 ** 20)) return last;
    await last?.seal();
    const segment = await Segment.create(this.folder, this.endOffset);
    this.#segments.push(segment);
    return segment;
  }

  /** Reads the segments that are new since the last call. */
  async #load(): Promise<void> {
    const names = (await readdir(this.folder).catch(() => [] as string[])).filter((name) => /^\d{20}\.log$/.test(name)).toSorted();
    for (const [i, name] of names.entries()) {
      const isLast = i === names.length - 1;
      const known = this.#segments[i];
      if (known) {
        for (const key of await known.refresh()) this.#keys.add(key);
        continue;
      }
      if (name !== segmentName(this.endOffset))
        throw new LogDamagedError(`segment ${segmentName(this.endOffset)} of the alert log is missing; next is ${name}`, {
          details: { segment: segmentName(this.endOffset), offset: String(this.endOffset) },
        });
      const segment = await Segment.load(this.folder, this.endOffset, { repair: isLast && !this.#options.readOnly, isLast });
      this.#segments.push(segment);
      for (const key of segment.keys()) this.#keys.add(key);
    }
  }
}

/** Bytes that a packet takes in the log beside its own. */
export const LOG_OVERHEAD: number = HEAD_BYTES;

async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flush: true });
    await rename(temporary, path);
    await syncFolder(join(path, '..'));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new LogWriteError(`${path} cannot be written: ${(error as Error).message}`, { cause: error, details: { path } });
  }
}
