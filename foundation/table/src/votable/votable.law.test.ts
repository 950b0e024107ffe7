import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectSameTable, mulberry32, randomTable } from '../../test/random-table.ts';
import { AlmagestError } from '@almagest/errors';
import { type Cell, type Column, valuesPerCell } from '../model/column.ts';
import { DATA_TYPES, type DataType } from '../model/datatype.ts';
import { concatTables, sliceRows } from '../model/operations.ts';
import type { Table } from '../model/table.ts';
import { tablesOf } from './document.ts';
import { VotableParser } from './parser.ts';
import { parseVotable, parseVotableTable, streamVotable } from './read.ts';
import { VotableWriter, writeVotable } from './write.ts';

const TYPES: readonly DataType[] = [
  'boolean',
  'uint8',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'string',
];
const SHAPES = [[], [], [-1], [3], [-1, 2], [2, 2]];
const FORMATS = ['TABLEDATA', 'BINARY', 'BINARY2'] as const;

/** What each serialization cannot keep: trailing blanks in arrays of strings; in TABLEDATA a null string, null complex numbers and null arrays of fixed length, which become blanks and NaN. */
function kept(format: (typeof FORMATS)[number]): (cell: Cell, column: Column) => unknown {
  return (cell, column) => {
    if (cell === null && format === 'TABLEDATA' && column.shape.length > 0 && column.shape[0] !== -1) {
      const { kind, slots } = DATA_TYPES[column.datatype];
      const length = valuesPerCell(column.shape) * slots;
      if (kind === 'string') return Array.from({ length }, () => '');
      if (kind === 'float' || kind === 'complex') return Array.from({ length }, () => Number.NaN);
    }
    if (cell === null && format === 'TABLEDATA' && DATA_TYPES[column.datatype].kind === 'complex' && column.shape.length === 0)
      return { re: Number.NaN, im: Number.NaN };
    if (column.datatype !== 'string') return cell;
    if (Array.isArray(cell)) return (cell as string[]).map((text) => text.trimEnd());
    return cell === null && format === 'TABLEDATA' && column.shape.length === 0 ? '' : cell;
  };
}

/** BINARY has no null for arrays, strings and bits: such tables come without nulls. */
function table(seed: number, format: (typeof FORMATS)[number]): Table {
  return randomTable(seed, { types: TYPES, shapes: SHAPES, nulls: format !== 'BINARY' });
}

test('every table comes back from every serialization (seeds 1 to 300)', () => {
  for (let seed = 1; seed <= 300; seed++)
    for (const format of FORMATS) {
      const wanted = table(seed, format);
      const found = parseVotableTable(writeVotable(wanted, { format, version: seed % 2 === 0 ? '1.4' : '1.5' }));
      expectSameTable(found, wanted, { expected: kept(format), where: `seed ${seed} ${format}` });
      expect(found.meta).toMatchObject({ name: 't', description: `seed ${seed}` });
      for (const [i, column] of found.columns.entries())
        expect([column.datatype, column.shape]).toEqual([wanted.columns[i].datatype, wanted.columns[i].shape]);
    }
});

test('integer nulls of BINARY use a value that does not occur (seeds 1 to 100)', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const wanted = randomTable(seed, { types: ['uint8', 'int16', 'int32', 'int64', 'boolean'], nulls: true });
    expectSameTable(parseVotableTable(writeVotable(wanted, { format: 'BINARY' })), wanted, { where: `seed ${seed}` });
  }
});

test('however the bytes are cut, the rows are the same (seed 7)', async () => {
  for (const format of FORMATS) {
    const wanted = table(11, format);
    const bytes = writeVotable({ version: '1.4', resources: [{ tables: [wanted, table(12, format)] }] }, { format });
    const whole = tablesOf(parseVotable(bytes));
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 7 }), async (seed, batchRows) => {
        const random = mulberry32(seed);
        const parts: Table[][] = [[], []];
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + Math.floor(random() * random() * 600);
          pieces.push(bytes.subarray(at, end));
          at = end;
        }
        for await (const event of streamVotable(pieces, { batchRows })) if (event.kind === 'rows') parts[event.index].push(event.rows);
        for (const [i, expected] of whole.entries()) if (expected.nrows > 0) expectSameTable(concatTables(parts[i]), expected);
      }),
      { seed: 7, numRuns: 40 },
    );
  }
});

test('the batch writer gives what the whole writer gives', () => {
  for (const format of FORMATS) {
    const wanted = randomTable(5, { types: ['int64', 'float64', 'float32', 'boolean'], shapes: [[], [-1], [2]], nulls: true, rows: 50 });
    const writer = new VotableWriter({ columns: wanted.columns }, { format });
    const parts = [
      writer.start(),
      writer.rows(sliceRows(wanted, 0, 7)),
      writer.rows(sliceRows(wanted, 7, 7)),
      writer.rows(sliceRows(wanted, 7)),
      writer.finish([{ name: 'QUERY_STATUS', value: 'OVERFLOW' }]),
    ];
    const document = parseVotable(Buffer.concat(parts));
    const whole = parseVotableTable(writeVotable(wanted, { format }));
    expectSameTable(tablesOf(document)[0], whole);
    expect(document.resources[0].infos).toEqual([{ name: 'QUERY_STATUS', value: 'OVERFLOW' }]);
  }
});

test('damaged documents give a coded error or a document, never anything else (20 000 mutations, seed 8)', () => {
  const random = mulberry32(8);
  const sources = FORMATS.map((format) =>
    writeVotable(
      {
        version: '1.4',
        description: 'x',
        infos: [{ name: 'a', value: 'b' }],
        resources: [{ tables: [table(3, format), table(9, format)] }],
      },
      { format },
    ),
  );
  const words = [
    '<TD>',
    '</TR>',
    '&',
    '&amp;',
    '<!--',
    ']]>',
    '<![CDATA[',
    '<',
    '>',
    '"',
    'arraysize="99999999"',
    'arraysize="1000000000000"',
    '*',
    '\0',
    'nrows="1"',
    '<FIELD datatype="long" name="q"/>',
    '-1',
    '=',
    'é',
  ];
  const codes = new Map<string, number>();
  for (let run = 0; run < 20_000; run++) {
    const bytes = Uint8Array.from(sources[run % 3]);
    let mutated: Uint8Array = bytes;
    const kind = random();
    const at = Math.floor(random() * bytes.length);
    if (kind < 0.3) bytes[at] = Math.floor(random() * 256);
    else if (kind < 0.5) mutated = bytes.subarray(0, at);
    else if (kind < 0.8) {
      const word = new TextEncoder().encode(words[Math.floor(random() * words.length)]);
      mutated = new Uint8Array([...bytes.subarray(0, at), ...word, ...bytes.subarray(at + Math.floor(random() * 3))]);
    } else {
      const to = Math.min(bytes.length, at + Math.floor(random() * 60));
      mutated = new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(to)]);
    }
    try {
      const parser = new VotableParser(run % 2 === 0 ? {} : { onBadCell: 'null' });
      const cut = Math.floor(random() * mutated.length);
      for (const step of [parser.push(mutated.subarray(0, cut)), parser.push(mutated.subarray(cut)), parser.finish()])
        for (const _event of step);
      codes.set('read', (codes.get('read') ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw new Error(`run ${run}: ${String(error)}`, { cause: error });
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
  }
  codes.delete('table.limit');
  expect([...codes.keys()].toSorted()).toEqual(['read', 'table.format']);
});
