import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LogDamagedError } from '../errors.ts';
import type { LogInput } from './alert-log.ts';

/**
 * Layout of a record, little-endian.
 *
 * | byte | what |
 * |---|---|
 * | 0 | length of the packet, u32 |
 * | 4 | CRC-32 of everything behind it, u32 |
 * | 8 | key, i64 |
 * | 16 | ra [deg], f64 |
 * | 24 | dec [deg], f64 |
 * | 32 | time [MJD TAI], f64 |
 * | 40 | packet |
 */
export const HEAD_BYTES = 40;
/** No packet is larger [byte]; a larger length is damage. */
const MAX_PACKET = 64 * 2 ** 20;
/** Bytes read at a time while a segment is looked through. */
const SCAN_BYTES = 4 * 2 ** 20;

/** A packet as it lies in the log. */
export interface LogEntry extends LogInput {
  readonly offset: number;
}

export function segmentName(baseOffset: number): string {
  return `${String(baseOffset).padStart(20, '0')}.log`;
}

export function encodeRecord({ key, ra, dec, mjdTai, bytes }: LogInput): Uint8Array {
  const out = new Uint8Array(HEAD_BYTES + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, bytes.length, true);
  view.setBigInt64(8, key, true);
  view.setFloat64(16, ra, true);
  view.setFloat64(24, dec, true);
  view.setFloat64(32, mjdTai, true);
  out.set(bytes, HEAD_BYTES);
  view.setUint32(4, crc32(out.subarray(8)), true);
  return out;
}

/** One file of the log, with the places of its records in memory. */
export class Segment {
  readonly path: string;
  readonly baseOffset: number;
  readonly #file: FileHandle;
  readonly #positions: number[] = [];
  readonly #rows = new Map<bigint, number>();
  #size = 0;

  private constructor(path: string, baseOffset: number, file: FileHandle) {
    this.path = path;
    this.baseOffset = baseOffset;
    this.#file = file;
  }

  static async create(folder: string, baseOffset: number): Promise<Segment> {
    const path = join(folder, segmentName(baseOffset));
    const segment = new Segment(path, baseOffset, await open(path, 'wx+'));
    await syncFolder(folder);
    return segment;
  }

  /** @param options.repair - Cut off an unfinished end, as a crash leaves it. */
  static async load(folder: string, baseOffset: number, options: { readonly repair: boolean; readonly isLast: boolean }): Promise<Segment> {
    const path = join(folder, segmentName(baseOffset));
    const segment = new Segment(path, baseOffset, await open(path, options.repair ? 'r+' : 'r'));
    const { size } = await stat(path);
    await segment.#scan(size);
    if (segment.#size < size) {
      if (!options.isLast || (await segment.#hasRecordBehind(size))) {
        await segment.close();
        throw new LogDamagedError(`${path} is damaged at byte ${segment.#size} of ${size} (offset ${segment.endOffset})`, {
          details: { segment: path, offset: String(segment.endOffset) },
        });
      }
      if (options.repair) {
        await segment.#file.truncate(segment.#size);
        await segment.#file.sync();
      }
    }
    return segment;
  }

  get endOffset(): number {
    return this.baseOffset + this.#positions.length;
  }

  /** [byte] */
  get size(): number {
    return this.#size;
  }

  keys(): Iterable<bigint> {
    return this.#rows.keys();
  }

  offsetOf(key: bigint): number | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.baseOffset + row;
  }

  /** Writes records and waits for the disk; undoes everything where that fails. */
  async append(
    records: readonly Uint8Array[],
    inputs: readonly LogInput[],
    write?: (file: FileHandle, bytes: Uint8Array, position: number) => Promise<void>,
  ): Promise<void> {
    const bytes = Buffer.concat(records);
    try {
      if (write) await write(this.#file, bytes, this.#size);
      else await writeAll(this.#file, bytes, this.#size);
      await this.#file.datasync();
    } catch (error) {
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    for (const [i, record] of records.entries()) this.#note(inputs[i]!.key, record.length);
  }

  async read(from: number, limit: number): Promise<LogEntry[]> {
    const first = from - this.baseOffset;
    const last = Math.min(this.#positions.length, first + limit);
    if (last <= first) return [];
    const begin = this.#positions[first]!;
    const end = last < this.#positions.length ? this.#positions[last]! : this.#size;
    const bytes = new Uint8Array(end - begin);
    await readAll(this.#file, bytes, begin);
    const out: LogEntry[] = [];
    for (let row = first; row < last; row += 1) {
      const at = this.#positions[row]! - begin;
      const view = new DataView(bytes.buffer, at);
      const length = view.getUint32(0, true);
      const body = bytes.subarray(at, at + HEAD_BYTES + length);
      if (crc32(body.subarray(8)) !== view.getUint32(4, true))
        throw new LogDamagedError(`${this.path} is damaged at byte ${begin + at} (offset ${this.baseOffset + row})`, {
          details: { segment: this.path, offset: String(this.baseOffset + row) },
        });
      out.push({
        offset: this.baseOffset + row,
        key: view.getBigInt64(8, true),
        ra: view.getFloat64(16, true),
        dec: view.getFloat64(24, true),
        mjdTai: view.getFloat64(32, true),
        bytes: body.subarray(HEAD_BYTES),
      });
    }
    return out;
  }

  /** Notes records that another process added; their keys. */
  async refresh(): Promise<readonly bigint[]> {
    const before = this.#positions.length;
    const { size } = await this.#file.stat();
    if (size > this.#size) await this.#scan(size);
    return [...this.#rows].slice(before).map(([key]) => key);
  }

  async seal(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  #note(key: bigint, length: number): void {
    this.#rows.set(key, this.#positions.length);
    this.#positions.push(this.#size);
    this.#size += length;
  }

  /** Notes every whole record from the known end on; stops at the first that is not. */
  async #scan(fileSize: number): Promise<void> {
    let buffer = new Uint8Array(0);
    let start = this.#size; // place of the buffer in the file
    for (;;) {
      const at = this.#size - start;
      const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      const length = at + HEAD_BYTES <= buffer.length ? view.getUint32(at, true) : -1;
      if (length > MAX_PACKET) return;
      const end = at + HEAD_BYTES + length;
      if (length >= 0 && end <= buffer.length) {
        if (crc32(buffer.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) return;
        this.#note(view.getBigInt64(at + 8, true), HEAD_BYTES + length);
        continue;
      }
      const wanted = Math.min(fileSize - this.#size, Math.max(SCAN_BYTES, HEAD_BYTES + Math.max(0, length)));
      if (wanted <= buffer.length - at) return; // the file ends within a record
      start = this.#size;
      buffer = new Uint8Array(wanted);
      await readAll(this.#file, buffer, start);
    }
  }

  /** True where a whole record lies behind the damage: then it is not an unfinished end. */
  async #hasRecordBehind(fileSize: number): Promise<boolean> {
    const head = new Uint8Array(HEAD_BYTES);
    if (this.#size + HEAD_BYTES > fileSize) return false;
    await readAll(this.#file, head, this.#size);
    const next = this.#size + HEAD_BYTES + new DataView(head.buffer).getUint32(0, true);
    if (next + HEAD_BYTES > fileSize) return false;
    await readAll(this.#file, head, next);
    const view = new DataView(head.buffer);
    const length = view.getUint32(0, true);
    if (length > MAX_PACKET || next + HEAD_BYTES + length > fileSize) return false;
    const body = new Uint8Array(HEAD_BYTES + length);
    await readAll(this.#file, body, next);
    return crc32(body.subarray(8)) === view.getUint32(4, true);
  }
}

/** Waits until names in a folder are on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

async function readAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) return;
    done += bytesRead;
  }
}
