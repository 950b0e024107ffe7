import { findColumn, getColumn, makeTable, type Table } from '@almagest/table';
import { ByteWriter } from '../avro/byte-writer.ts';
import { packetRecord } from './packet-schema.ts';
import { type RowEncoder, rowEncoder } from './row-encoder.ts';

/** FITS files of one alert; undefined where an image does not cover the source. */
export interface PacketCutouts {
  readonly difference?: Uint8Array | undefined;
  readonly science?: Uint8Array | undefined;
  readonly template?: Uint8Array | undefined;
}

/** What packets of one visit and detector are made from: tables with columns of `schemas/apdb.yaml`. */
export interface PacketInputs {
  /** Sources that cause alerts, one packet each. */
  readonly sources: Table;
  /** Earlier sources, ordered by object and time. */
  readonly history?: Table;
  /** Forced photometry, ordered by object and time. */
  readonly forced?: Table;
  readonly objects?: Table;
  readonly ssSources?: Table;
  /** Orbits, with the column `ssObjectId` beside the published ones to find them by. */
  readonly orbits?: Table;
  readonly cutouts?: (row: number) => PacketCutouts;
  readonly observationReason?: string;
  readonly targetName?: string;
}

/** One packet, without the wire format's head. */
export interface EncodedPacket {
  readonly diaSourceId: bigint;
  readonly diaObjectId: bigint | undefined;
  /** Position [deg] and time [MJD TAI] of the source. */
  readonly ra: number;
  readonly dec: number;
  readonly midpointMjdTai: number;
  readonly bytes: Uint8Array;
}

const EMPTY: Table = makeTable([]);

/**
 * Encodes one packet per source, straight from columns.
 *
 * @remarks 10,000 alerts with three stamps of 30 x 30 and a history of twelve months in under 5 s on one core (`bench/alerts-encode.ts`).
 */
export function* encodePackets(inputs: PacketInputs): Generator<EncodedPacket> {
  const { sources } = inputs;
  const writer = new ByteWriter();
  const ids = getColumn(sources, 'diaSourceId').data as BigInt64Array;
  const objectIds = findColumn(sources, 'diaObjectId');
  const ssIds = findColumn(sources, 'ssObjectId');
  const [ra, dec, time] = ['ra', 'dec', 'midpointMjdTai'].map((name) => getColumn(sources, name).data as Float64Array);
  const source = rowEncoder(packetRecord('diaSource'), sources);
  const own = new Set(ids);
  const history = runs(inputs.history ?? EMPTY, 'diaSource');
  const historyIds = findColumn(inputs.history ?? EMPTY, 'diaSourceId')?.data as BigInt64Array | undefined;
  const forced = runs(inputs.forced ?? EMPTY, 'diaForcedSource');
  const object = byId(inputs.objects ?? EMPTY, 'diaObject', 'diaObjectId');
  const ssSource = byId(inputs.ssSources ?? EMPTY, 'ssSource', 'diaSourceId');
  const orbit = byId(inputs.orbits ?? EMPTY, 'mpc_orbits', 'ssObjectId');
  for (let row = 0; row < sources.nrows; row += 1) {
    const diaObjectId = idAt(objectIds?.data, objectIds?.nulls, row);
    const ssObjectId = idAt(ssIds?.data, ssIds?.nulls, row);
    writer.clear();
    writer.long(ids[row]!);
    optionalText(writer, inputs.observationReason);
    optionalText(writer, inputs.targetName);
    source(row, writer);
    writeRun(writer, history, diaObjectId, (at) => !own.has(historyIds![at]!));
    writeRun(writer, forced, diaObjectId);
    writeOptional(writer, object, diaObjectId);
    writeOptional(writer, ssSource, ids[row]);
    writeOptional(writer, orbit, ssObjectId);
    const stamps = inputs.cutouts?.(row);
    for (const stamp of [stamps?.difference, stamps?.science, stamps?.template]) {
      writer.byte(stamp ? 2 : 0);
      if (stamp) writer.bytes(stamp);
    }
    yield { diaSourceId: ids[row]!, diaObjectId, ra: ra![row]!, dec: dec![row]!, midpointMjdTai: time![row]!, bytes: writer.take() };
  }
}

interface Rows {
  readonly encode: RowEncoder;
  /** First row and one past the last by id. */
  readonly ranges: ReadonlyMap<bigint, readonly [number, number]>;
}

/** Stretches of rows that belong to one object. */
function runs(table: Table, record: 'diaSource' | 'diaForcedSource'): Rows {
  const ranges = new Map<bigint, readonly [number, number]>();
  const column = findColumn(table, 'diaObjectId');
  const ids = column?.data as BigInt64Array | undefined;
  for (let begin = 0; ids && begin < ids.length;) {
    let end = begin + 1;
    while (end < ids.length && ids[end] === ids[begin]) end += 1;
    if (!column?.nulls?.[begin]) ranges.set(ids[begin]!, [begin, end]);
    begin = end;
  }
  return { encode: rowEncoder(packetRecord(record), table), ranges };
}

function byId(table: Table, record: 'diaObject' | 'ssSource' | 'mpc_orbits', key: string): Rows {
  const ranges = new Map<bigint, readonly [number, number]>();
  const ids = findColumn(table, key)?.data as BigInt64Array | undefined;
  for (let row = 0; ids && row < ids.length; row += 1) ranges.set(ids[row]!, [row, row + 1]);
  return { encode: rowEncoder(packetRecord(record), table), ranges };
}

function writeOptional(writer: ByteWriter, rows: Rows, id: bigint | undefined): void {
  const range = id === undefined ? undefined : rows.ranges.get(id);
  writer.byte(range ? 2 : 0);
  if (range) rows.encode(range[0], writer);
}

/** An optional array of records; null where there is none. */
function writeRun(writer: ByteWriter, rows: Rows, id: bigint | undefined, wanted: (row: number) => boolean = () => true): void {
  const range = id === undefined ? undefined : rows.ranges.get(id);
  let count = 0;
  for (let row = range?.[0] ?? 0; range && row < range[1]; row += 1) if (wanted(row)) count += 1;
  if (!range || count === 0) return writer.byte(0);
  writer.byte(2);
  writer.int(count);
  for (let row = range[0]; row < range[1]; row += 1) if (wanted(row)) rows.encode(row, writer);
  writer.byte(0); // end of the array's blocks
}

function optionalText(writer: ByteWriter, text: string | undefined): void {
  writer.byte(text === undefined ? 0 : 2);
  if (text !== undefined) writer.string(text);
}

function idAt(data: unknown, nulls: Uint8Array | undefined, row: number): bigint | undefined {
  return data === undefined || nulls?.[row] ? undefined : (data as BigInt64Array)[row];
}
