import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { formatExactJson, parseExactJson } from '../config/exact-json.ts';
import { ProvenanceFileError } from '../errors.ts';
import type { QuantumResult } from '../execution/result.ts';

/*
 * Layout: magic (8) | block*. A block is length (u32), CRC-32 of the payload (u32), payload: zstd JSON. A block of quanta holds columns,
 * one array per field of a result, so that a reader that wants the status of a million quanta decodes columns, not objects.
 * Blocks are only ever appended. A torn last block is what a killed writer leaves; it is cut off when the run goes on.
 */
const MAGIC = 'ALMPROV1';

/** Facts about one stretch of execution; a resumed run has several. */
export interface SessionBlock {
  readonly kind: 'session';
  readonly startedMs: number;
  readonly graphPath: string;
  /** CRC-32 of the graph file's description: a run goes on only with the same graph. */
  readonly graphDigest: string;
  readonly outputRun: string;
  readonly host: string;
  readonly command: string;
  readonly codeVersion: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly tasks: readonly {
    readonly label: string;
    readonly taskName: string;
    readonly quanta: number;
    readonly config: Readonly<Record<string, unknown>>;
  }[];
  readonly mock: boolean;
}

/** Written once a batch of outputs is in the registry. */
export interface RegisteredBlock {
  readonly kind: 'registered';
  /** Blocks of quanta, from the first, whose outputs are registered. */
  readonly blocks: number;
}

export interface EndBlock {
  readonly kind: 'end';
  readonly endedMs: number;
  readonly interrupted: boolean;
  readonly counts: Readonly<Record<string, number>>;
}

export interface QuantaBlock {
  readonly kind: 'quanta';
  readonly results: readonly QuantumResult[];
}

export type ProvenanceBlock = SessionBlock | RegisteredBlock | EndBlock | QuantaBlock;

/** Appends to the provenance file of a run. */
export interface ProvenanceWriter {
  readonly append: (block: ProvenanceBlock) => void;
  readonly close: () => void;
}

/** Opens the file for appending; cuts off a torn last block. Returns what is in it. */
export function openProvenance(
  path: string,
  options: { readonly durable: boolean },
): { readonly writer: ProvenanceWriter; readonly blocks: readonly ProvenanceBlock[] } {
  const found = existsSync(path) ? readBlocks(path, { allowTorn: true }) : { blocks: [], end: 0 };
  const fd = openSync(path, existsSync(path) ? 'r+' : 'w+');
  ftruncateSync(fd, found.end);
  let at = found.end;
  const write = (bytes: Buffer): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
    at += bytes.length;
  };
  if (at === 0) write(Buffer.from(MAGIC));
  const writer: ProvenanceWriter = {
    append(block) {
      const payload = zstdCompressSync(Buffer.from(formatExactJson(block.kind === 'quanta' ? toColumns(block) : block)));
      const head = Buffer.alloc(8);
      head.writeUInt32LE(payload.length, 0);
      head.writeUInt32LE(crc32(payload), 4);
      write(Buffer.concat([head, payload]));
      if (options.durable) fsyncSync(fd);
    },
    close: () => closeSync(fd),
  };
  return { writer, blocks: found.blocks };
}

/** Reads a whole provenance file. @throws {ProvenanceFileError} if it is none, or damaged before its last block. */
export function readProvenance(path: string): readonly ProvenanceBlock[] {
  if (!existsSync(path)) throw new ProvenanceFileError(`no provenance file ${path}`);
  return readBlocks(path, { allowTorn: true }).blocks;
}

function readBlocks(
  path: string,
  { allowTorn }: { readonly allowTorn: boolean },
): { readonly blocks: readonly ProvenanceBlock[]; readonly end: number } {
  const bytes = readWhole(path);
  if (bytes.length < 8) return { blocks: [], end: 0 };
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw new ProvenanceFileError(`${path}: expected a provenance file; found another format`);
  const blocks: ProvenanceBlock[] = [];
  let at = 8;
  while (at < bytes.length) {
    const length = at + 8 <= bytes.length ? bytes.readUInt32LE(at) : Infinity;
    const end = at + 8 + length;
    const torn = end > bytes.length;
    const payload = torn ? undefined : bytes.subarray(at + 8, end);
    const sound = payload !== undefined && crc32(payload) === bytes.readUInt32LE(at + 4);
    if (!sound) {
      // A write is cut short only at the end of the file.
      if (allowTorn && (torn || end === bytes.length)) return { blocks, end: at };
      throw new ProvenanceFileError(`${path}: the block at byte ${at} is damaged, with good ones behind it`);
    }
    blocks.push(fromColumns(parseExactJson(zstdDecompressSync(payload).toString()) as StoredBlock));
    at = end;
  }
  return { blocks, end: at };
}

function readWhole(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(fstatSync(fd).size);
    for (let done = 0; done < bytes.length;) {
      const read = readSync(fd, bytes, done, bytes.length - done, done);
      if (read === 0) return bytes.subarray(0, done);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

type Columns = { readonly kind: 'quanta'; readonly columns: Readonly<Record<keyof QuantumResult, readonly unknown[]>> };
type StoredBlock = Exclude<ProvenanceBlock, QuantaBlock> | Columns;

const FIELDS: readonly (keyof QuantumResult)[] = [
  'quantum', 'label', 'dataId', 'attempt', 'status', 'error', 'startedMs', 'endedMs', 'cpuSec', 'memoryMib', 'worker', 'inputs', 'outputs', 'metadata',
]; // prettier-ignore

function toColumns({ results }: QuantaBlock): Columns {
  const columns = Object.fromEntries(FIELDS.map((field) => [field, results.map((result) => result[field])]));
  return { kind: 'quanta', columns: columns as unknown as Columns['columns'] };
}

function fromColumns(block: StoredBlock): ProvenanceBlock {
  if (!('columns' in block)) return block;
  const { columns } = block;
  const results = columns.quantum.map(
    (_, row) => Object.fromEntries(FIELDS.map((field) => [field, columns[field][row]])) as unknown as QuantumResult,
  );
  return { kind: 'quanta', results };
}
