import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { formatExactJson, parseExactJson } from '../config/exact-json.ts';
import { GraphFileError } from '../errors.ts';
import type {
  ExistingDataset,
  GraphConnection,
  GraphDatasets,
  GraphHeader,
  GraphReport,
  GraphTask,
  QuantumGraph,
} from './quantum-graph.ts';
import { type GraphAccess, type Quantum, quantumAt } from './quantum.ts';
import type { DimensionValue } from './source.ts';

/*
 * Layout: magic | sections (raw little-endian Int32 columns, ids of 16 bytes, JSON) | footer | trailer.
 * The footer is zstd JSON: everything small, with the place of each section. The trailer is 24 bytes: footer offset (u64),
 * footer length (u32), CRC-32 of the footer (u32), magic (8). Sections are the buffers of the graph in memory, so that one quantum
 * is a few reads at computed places.
 */
const MAGIC = 'ALMQGR01';
const TRAILER = 24;

interface Section {
  readonly at: number;
  readonly bytes: number;
}

type StoredConnection = Omit<GraphConnection, 'offsets' | 'rows'> & { readonly offsets: Section; readonly rows: Section };
type StoredTask = Omit<GraphTask, 'codes' | 'connections'> & { readonly codes: Section; readonly connections: readonly StoredConnection[] };
type StoredDatasets = Omit<GraphDatasets, 'codes' | 'producers' | 'existing'> & {
  readonly codes: Section;
  readonly producers: Section;
  /** Rows of the existing ones, ascending; ids, run numbers and ends of the locations in the same order. */
  readonly existingRows: Section;
  readonly existingIds: Section;
  readonly existingRuns: Section;
  readonly locationEnds: Section;
  readonly locations: Section;
};

interface Footer {
  readonly header: GraphHeader;
  readonly report: GraphReport;
  readonly runs: readonly string[];
  readonly dictionaries: Readonly<Record<string, readonly DimensionValue[]>>;
  readonly tasks: readonly StoredTask[];
  readonly datasets: readonly StoredDatasets[];
}

/** Writes a graph: to a temporary name, synced, then renamed, so that a file under its name is whole. */
export function writeGraphFile(graph: QuantumGraph, path: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, 'w');
  let at = 0;
  const write = (bytes: Uint8Array): Section => {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
    const section = { at, bytes: bytes.length };
    at += bytes.length;
    return section;
  };
  const ints = (values: Int32Array): Section => write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  try {
    write(Buffer.from(MAGIC));
    const runs: string[] = [];
    const datasets = graph.datasets.map((each) => storeDatasets(each, { write, ints, runs }));
    const tasks = graph.tasks.map(({ codes, connections, ...rest }): StoredTask => ({
      ...rest,
      codes: ints(codes),
      connections: connections.map(({ offsets, rows, ...facts }) => ({ ...facts, offsets: ints(offsets), rows: ints(rows) })),
    }));
    const { header, report } = graph;
    const footer: Footer = { header, report, runs, dictionaries: Object.fromEntries(graph.dictionaries), tasks, datasets };
    const packed = zstdCompressSync(Buffer.from(formatExactJson(footer)));
    const { at: footerAt } = write(packed);
    const trailer = Buffer.alloc(TRAILER);
    trailer.writeBigUInt64LE(BigInt(footerAt), 0);
    trailer.writeUInt32LE(packed.length, 8);
    trailer.writeUInt32LE(crc32(packed), 12);
    trailer.write(MAGIC, 16);
    write(trailer);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

interface SectionWriter {
  readonly write: (bytes: Uint8Array) => Section;
  readonly ints: (values: Int32Array) => Section;
  readonly runs: string[];
}

function storeDatasets({ existing, codes, producers, ...facts }: GraphDatasets, { write, ints, runs }: SectionWriter): StoredDatasets {
  const sorted = [...existing].toSorted(([a], [b]) => a - b);
  const numbers = new Map(runs.map((run, i) => [run, i]));
  const numberOf = (run: string): number => {
    const known = numbers.get(run) ?? runs.push(run) - 1;
    numbers.set(run, known);
    return known;
  };
  const blobs = sorted.map(([, { location }]) => Buffer.from(location === undefined ? '' : JSON.stringify(location)));
  let end = 0;
  const ends = Int32Array.from(blobs, ({ length }) => (end += length));
  return {
    ...facts,
    codes: ints(codes),
    producers: ints(producers),
    existingRows: ints(Int32Array.from(sorted, ([row]) => row)),
    existingIds: write(Buffer.concat(sorted.map(([, { id }]) => Buffer.from(id.replaceAll('-', '').padStart(32, '0'), 'hex')))),
    existingRuns: ints(Int32Array.from(sorted, ([, { run }]) => numberOf(run))),
    locationEnds: ints(ends),
    locations: write(Buffer.concat(blobs)),
  };
}

/** A graph file that is open for reading at random. */
export interface GraphFile extends GraphAccess {
  readonly path: string;
  readonly header: GraphHeader;
  readonly report: GraphReport;
  readonly quantumCount: number;
  readonly quantum: (id: number) => Quantum;
  /** Reads the whole graph into memory. */
  readonly load: () => QuantumGraph;
  readonly close: () => void;
}

/** Opens a graph file; reads its footer only. @throws {GraphFileError} if it is damaged. */
export function openGraphFile(path: string): GraphFile {
  const fd = openSync(path, 'r');
  try {
    const footer = readFooter(fd, path);
    return makeReader(fd, path, footer);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function readFooter(fd: number, path: string): Footer {
  const size = sizeOf(fd);
  const bad = (what: string): GraphFileError => new GraphFileError(`${path}: expected a quantum graph file; ${what}`);
  if (size < TRAILER + MAGIC.length) throw bad(`found ${size} bytes`);
  const trailer = readAt(fd, size - TRAILER, TRAILER);
  if (trailer.toString('latin1', 16) !== MAGIC) throw bad('its end is missing or it has another format version');
  const [at, length] = [Number(trailer.readBigUInt64LE(0)), trailer.readUInt32LE(8)];
  if (at + length + TRAILER !== size) throw bad('its length does not agree with its trailer');
  const packed = readAt(fd, at, length);
  if (crc32(packed) !== trailer.readUInt32LE(12)) throw bad('the checksum of its footer is wrong');
  return parseExactJson(zstdDecompressSync(packed).toString()) as Footer;
}

const NONE: Int32Array = new Int32Array(0);

function makeReader(fd: number, path: string, footer: Footer): GraphFile {
  // The arrays of these are in the file; the accessors below find them by label and name.
  const tasks = footer.tasks.map((task): GraphTask => ({
    ...task,
    codes: NONE,
    connections: task.connections.map((each) => ({ ...each, offsets: NONE, rows: NONE })),
  }));
  const datasets = footer.datasets.map((stored): GraphDatasets => {
    const { name, storageClass, dimensions, requiredCount, calibration, count } = stored;
    return {
      name,
      storageClass,
      dimensions,
      requiredCount,
      calibration,
      count,
      codes: NONE,
      producers: NONE,
      existing: new Map<number, ExistingDataset>(),
    };
  });
  const storedTask = (task: GraphTask): StoredTask => footer.tasks[tasks.indexOf(task)] as StoredTask;
  const storedDatasets = (each: GraphDatasets): StoredDatasets => footer.datasets[datasets.indexOf(each)] as StoredDatasets;
  const ints = ({ at }: Section, from: number, count: number): Int32Array => intsOf(readAt(fd, at + from * 4, count * 4));
  const access: GraphAccess = {
    outputRun: footer.header.outputRun,
    tasks,
    datasets,
    value: (dimension, code) => footer.dictionaries[dimension]?.[code] as DimensionValue,
    quantumCodes: (task, index) => ints(storedTask(task).codes, index * task.dimensions.length, task.dimensions.length),
    edges(task, connection, index) {
      const stored = storedTask(task).connections[task.connections.indexOf(connection)] as StoredConnection;
      const [from = 0, to = 0] = ints(stored.offsets, index, 2);
      return ints(stored.rows, from, to - from);
    },
    datasetCodes: (each, row) => ints(storedDatasets(each).codes, row * each.dimensions.length, each.dimensions.length),
    existing(each, row) {
      const stored = storedDatasets(each);
      let [low, high] = [0, stored.existingRows.bytes / 4];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ints(stored.existingRows, middle, 1)[0] as number) < row) low = middle + 1;
        else high = middle;
      }
      if (low === stored.existingRows.bytes / 4 || ints(stored.existingRows, low, 1)[0] !== row) return undefined;
      const id = formatId(readAt(fd, stored.existingIds.at + low * 16, 16));
      const run = footer.runs[ints(stored.existingRuns, low, 1)[0] as number] as string;
      const end = ints(stored.locationEnds, low, 1)[0] as number;
      const begin = low === 0 ? 0 : (ints(stored.locationEnds, low - 1, 1)[0] as number);
      if (end === begin) return { id, run };
      return { id, run, location: JSON.parse(readAt(fd, stored.locations.at + begin, end - begin).toString()) as unknown };
    },
  };
  return {
    ...access,
    path,
    header: footer.header,
    report: footer.report,
    quantumCount: tasks.reduce((sum, { count }) => sum + count, 0),
    quantum: (id) => quantumAt(access, id),
    load: () => loadAll(fd, footer),
    close: () => closeSync(fd),
  };
}

function loadAll(fd: number, footer: Footer): QuantumGraph {
  const ints = ({ at, bytes }: Section): Int32Array => intsOf(readAt(fd, at, bytes));
  const tasks = footer.tasks.map((task): GraphTask => ({
    ...task,
    codes: ints(task.codes),
    connections: task.connections.map((connection) => ({ ...connection, offsets: ints(connection.offsets), rows: ints(connection.rows) })),
  }));
  const datasets = footer.datasets.map((stored): GraphDatasets => {
    const { name, storageClass, dimensions, requiredCount, calibration, count } = stored;
    const [rows, runs, ends] = [ints(stored.existingRows), ints(stored.existingRuns), ints(stored.locationEnds)];
    const ids = readAt(fd, stored.existingIds.at, stored.existingIds.bytes);
    const blob = readAt(fd, stored.locations.at, stored.locations.bytes);
    const existing = new Map<number, ExistingDataset>();
    for (let i = 0; i < rows.length; i++) {
      const entry = { id: formatId(ids.subarray(i * 16, i * 16 + 16)), run: footer.runs[runs[i] as number] as string };
      const [begin, end] = [i === 0 ? 0 : (ends[i - 1] as number), ends[i] as number];
      existing.set(
        rows[i] as number,
        begin === end ? entry : { ...entry, location: JSON.parse(blob.toString('utf8', begin, end)) as unknown },
      );
    }
    return {
      name,
      storageClass,
      dimensions,
      requiredCount,
      calibration,
      count,
      codes: ints(stored.codes),
      producers: ints(stored.producers),
      existing,
    };
  });
  return { header: footer.header, report: footer.report, tasks, datasets, dictionaries: new Map(Object.entries(footer.dictionaries)) };
}

function formatId(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function intsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function sizeOf(fd: number): number {
  return fstatSync(fd).size;
}

/** Reads into a buffer of its own, which is aligned for any typed array. */
function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length;) {
    const read = readSync(fd, bytes, done, length - done, at + done);
    if (read === 0) throw new GraphFileError(`quantum graph file ends at byte ${at + done}; ${length - done} more were expected`);
    done += read;
  }
  return bytes;
}
