import { gzipSync } from 'node:zlib';
import { bytesSource } from '@almagest/fits';
import { expect, test } from 'vitest';
import { expectSameTable, randomTable } from '../../test/random-table.ts';
import { TableFormatError, TableLimitError, UnsupportedTableError } from '../errors.ts';
import { writeFitsTable } from '../fits/fits-table.ts';
import type { Table } from '../model/table.ts';
import { encodeBase64Lines } from '../votable/base64.ts';
import { parseVotable } from '../votable/read.ts';
import { formatOfBytes, formatOfName, readTable, TABLE_FORMATS, tableWriter, writeTable } from './table-format.ts';

const table: Table = randomTable(2, { types: ['int64', 'float64', 'string'], rows: 20, alphabet: 'abc' });

test('every format is recognized by its content or its name, packed or not', async () => {
  for (const format of TABLE_FORMATS) {
    const bytes = Buffer.concat(await Array.fromAsync(writeTable(table, format)));
    const name = `t.${{ votable: 'vot', 'votable-binary': 'xml', 'votable-binary2': 'xml' }[format as string] ?? format}`;
    for (const packed of [bytes, gzipSync(bytes)]) {
      const found = await readTable(bytesSource(packed), { name: packed === bytes ? name : `${name}.gz` });
      expect(found.nrows, format).toBe(20);
      expect(found.columns.map((column) => column.name)).toEqual(table.columns.map((column) => column.name));
    }
  }
  expect(formatOfName('a.b.ecsv.gz')).toBe('ecsv');
  expect(formatOfName('a')).toBeUndefined();
  expect(formatOfBytes(new TextEncoder().encode('1,2\n'))).toBeUndefined();
});

test('reads rows in FITS form inside a VOTable', async () => {
  const body = new TextDecoder().decode(encodeBase64Lines(await writeFitsTable(table)));
  const document = new TextEncoder().encode(
    `<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="c0" datatype="long"/><DATA><FITS extnum="1"><STREAM encoding="base64">${body}</STREAM></FITS></DATA></TABLE></RESOURCE></VOTABLE>`,
  );
  expectSameTable(await readTable(bytesSource(document)), { ...table, columns: table.columns });
  expect(() => parseVotable(document)).toThrow(UnsupportedTableError);
});

test('bounds what a gzip file unpacks to and says when it is damaged', async () => {
  const bomb = gzipSync(new Uint8Array(5_000_000));
  await expect(readTable(bytesSource(bomb), { maxBytes: 1_000_000 })).rejects.toThrow(TableLimitError);
  await expect(readTable(bytesSource(gzipSync(Buffer.from('a,b\n1,2\n')).subarray(0, 15)))).rejects.toThrow(TableFormatError);
});

test('formats that need all rows have no batch writer', () => {
  expect(() => tableWriter('parquet', table)).toThrow(UnsupportedTableError);
});
