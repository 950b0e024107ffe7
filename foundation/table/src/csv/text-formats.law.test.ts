import { AlmagestError } from '@almagest/errors';
import { expect, test } from 'vitest';
import { expectSameTable, mulberry32, randomTable } from '../../test/random-table.ts';
import { parseEcsv, writeEcsv } from '../ecsv/ecsv.ts';
import { parseJsonTable, writeJsonTable } from '../json/json-table.ts';
import type { DataType } from '../model/datatype.ts';
import { parseCsv } from './parse-csv.ts';
import { writeCsv } from './write-csv.ts';

const SCALARS: readonly DataType[] = [
  'boolean',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'string',
];
const ALPHABET = 'ab ,"\n\'#é漢;\t';

test('ECSV keeps types, units, arrays and values (seeds 1 to 200)', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const wanted = randomTable(seed, { types: SCALARS, shapes: [[], [], [-1], [3], [2, 2]], nulls: true, alphabet: ALPHABET });
    for (const delimiter of [',', ' '] as const) {
      const found = parseEcsv(writeEcsv(wanted, { delimiter }));
      expectSameTable(found, wanted, { where: `seed ${seed}` });
      expect(found.columns.map((c) => [c.datatype, c.shape, c.description])).toEqual(
        wanted.columns.map((c) => [c.datatype, c.shape, c.description]),
      );
    }
  }
});

test('ECSV keeps complex numbers (seeds 1 to 50)', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const wanted = randomTable(seed, { types: ['complex64', 'complex128', 'int32'], nulls: true });
    expectSameTable(parseEcsv(writeEcsv(wanted)), wanted, { where: `seed ${seed}` });
  }
});

test('JSON keeps every type and shape (seeds 1 to 200)', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const wanted = randomTable(seed, {
      types: [...SCALARS, 'complex64', 'complex128'],
      shapes: [[], [], [-1], [3], [-1, 2]],
      nulls: true,
      alphabet: ALPHABET,
    });
    const found = parseJsonTable(writeJsonTable(wanted));
    expectSameTable(found, wanted, { where: `seed ${seed}` });
    expect(found.columns.map((c) => [c.datatype, c.shape, c.description])).toEqual(
      wanted.columns.map((c) => [c.datatype, c.shape, c.description]),
    );
  }
});

test('CSV and TSV keep values when the types are given (seeds 1 to 200)', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const table = randomTable(seed, { types: SCALARS, nulls: true, alphabet: ALPHABET });
    const wanted = { ...table, columns: table.columns.map(({ unit: _unit, ucd: _ucd, ...column }) => column) };
    const types = Object.fromEntries(wanted.columns.map((c) => [c.name, c.datatype]));
    for (const delimiter of [',', '\t', ';'])
      expectSameTable(parseCsv(writeCsv(wanted, { delimiter }), { delimiter, types }), wanted, { where: `seed ${seed}` });
  }
});

test('inferred CSV types hold every value (seeds 1 to 100)', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const table = randomTable(seed, { types: ['int32', 'int64', 'float64', 'boolean', 'string'], nulls: true, alphabet: 'xyz ' });
    const found = parseCsv(writeCsv(table));
    const again = parseCsv(writeCsv(found));
    expectSameTable(again, found, { where: `seed ${seed}` });
  }
});

test('damaged texts give a coded error or a table (6 000 mutations, seed 9)', () => {
  const random = mulberry32(9);
  const table = randomTable(4, { types: SCALARS, shapes: [[], [-1]], nulls: true, rows: 6 });
  const flat = randomTable(4, { types: SCALARS, nulls: true, rows: 6 });
  const sources = [writeEcsv(table), writeJsonTable(table), writeCsv(flat)];
  const readers = [parseEcsv, parseJsonTable, (bytes: Uint8Array) => parseCsv(bytes, { types: { c0: 'int32' } })];
  const words = [
    '"',
    ',',
    '\n',
    '# ',
    '!!omap',
    '*a',
    '&a [1]',
    '{',
    '}',
    '[',
    ']',
    'null',
    'subtype: int64[999999999]',
    '1e999',
    '\0',
    'é',
    '- name: x',
  ];
  for (let run = 0; run < 6000; run++) {
    const source = sources[run % 3];
    const at = Math.floor(random() * source.length);
    const word = new TextEncoder().encode(words[Math.floor(random() * words.length)]);
    const bytes =
      random() < 0.2
        ? source.subarray(0, at)
        : new Uint8Array([...source.subarray(0, at), ...word, ...source.subarray(at + Math.floor(random() * 4))]);
    try {
      readers[run % 3](bytes);
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw new Error(`run ${run}: ${String(error)}`, { cause: error });
    }
  }
});
