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

/** By the platform, a line a piece. */
function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return Buffer.from(text === '' ? '' : `${text}\n`, 'latin1');
}

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
