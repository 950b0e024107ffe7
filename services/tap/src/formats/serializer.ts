import { type ColumnSpec, type Table, type TableMeta, VotableWriter } from '@almagest/table';
import { arrowSerializer, fitsSerializer, parquetSerializer } from './binary-serializers.ts';
import type { FormatName } from './response-format.ts';
import { jsonSerializer, textSerializer } from './text-serializers.ts';

/** How a result ended. */
export interface ResultEnd {
  /** True if the query had more rows than were allowed. */
  readonly overflow: boolean;
  /** A failure after rows had been sent. */
  readonly error?: string;
}

/** Turns a result into bytes batch by batch, in bounded memory where the format allows it. */
export interface ResultSerializer {
  start(): Uint8Array;
  rows(batch: Table): Uint8Array | Promise<Uint8Array>;
  /** @throws {ResultFormatError} for an error in a format without a place for it: the transfer must then break off. */
  finish(end: ResultEnd): Uint8Array | Promise<Uint8Array>;
}

export interface ResultHead {
  readonly columns: readonly ColumnSpec[];
  readonly meta?: TableMeta;
  /** Written into the document where it has a place for such. */
  readonly query?: string;
}

export async function createSerializer(format: FormatName, head: ResultHead): Promise<ResultSerializer> {
  switch (format) {
    case 'votable':
    case 'votable/b2':
      return votableSerializer(head, 'BINARY2');
    case 'votable/td':
      return votableSerializer(head, 'TABLEDATA');
    case 'csv':
      return textSerializer(head, ',');
    case 'tsv':
      return textSerializer(head, '\t');
    case 'json':
      return jsonSerializer(head);
    case 'fits':
      return fitsSerializer(head);
    case 'parquet':
      return parquetSerializer(head);
    case 'arrow':
      return arrowSerializer(head);
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Two characters for each value of twelve bits, in the order in which this machine has the bytes of a number. */
const PAIRS: Uint16Array = new Uint16Array(
  Uint8Array.from({ length: 8192 }, (_, i) => ALPHABET.charCodeAt(i % 2 === 0 ? i >> 7 : (i >> 1) & 63)).buffer,
);

/** A line a piece. By the platform it would become a text first, which takes twice as long. */
function encodeBase64(bytes: Uint8Array): Uint8Array {
  const whole = bytes.length - (bytes.length % 3);
  const rest = Buffer.from(bytes.subarray(whole)).toString('base64');
  const size = (4 * whole) / 3;
  if (size + rest.length === 0) return bytes.subarray(0, 0);
  const out = new Uint8Array(size + rest.length + 1 + ((size + rest.length + 1) & 1));
  const pairs = new Uint16Array(out.buffer);
  for (let i = 0, j = 0; i < whole; i += 3, j += 2) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    pairs[j] = PAIRS[group >> 12]!;
    pairs[j + 1] = PAIRS[group & 4095]!;
  }
  for (let i = 0; i < rest.length; i++) out[size + i] = rest.charCodeAt(i);
  out[size + rest.length] = NEWLINE;
  return out.subarray(0, size + rest.length + 1);
}
const NEWLINE = 10;

function votableSerializer(head: ResultHead, format: 'BINARY2' | 'TABLEDATA'): ResultSerializer {
  const infos = [{ name: 'QUERY_STATUS', value: 'OK' }, ...(head.query === undefined ? [] : [{ name: 'QUERY', value: head.query }])];
  const writer = new VotableWriter(
    {
      columns: head.columns,
      ...(head.meta ? { meta: head.meta } : {}),
      document: { version: '1.4', resources: [{ type: 'results', infos, tables: [] }] },
    },
    { format, version: '1.4', encodeBase64 },
  );
  return {
    start: () => writer.start(),
    rows: (batch) => writer.rows(batch),
    finish: ({ overflow, error }) => {
      if (error !== undefined) return writer.finish([{ name: 'QUERY_STATUS', value: 'ERROR', text: error }]);
      return writer.finish(overflow ? [{ name: 'QUERY_STATUS', value: 'OVERFLOW' }] : []);
    },
  };
}
