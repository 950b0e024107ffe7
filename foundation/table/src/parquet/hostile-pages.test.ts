import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ColumnMetaData, Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AlmagestError } from '@almagest/errors';
import { bytesSource } from '@almagest/fits';
import { TableFormatError, TableLimitError } from '../errors.ts';
import { mulberry32, randomTable } from '../../test/random-table.ts';
import { type ChunkPlan, checkPages, ReadBudget } from './check-pages.ts';
import { readParquet } from './read-parquet.ts';
import { boundedCompressors } from './unpack-page.ts';
import { writeParquet } from './write-parquet.ts';

const [PLAIN, RLE, DELTA, DELTA_BYTES, DICTIONARY] = [0, 3, 5, 7, 8];

/** An unsigned integer in groups of seven bits. */
function varint(value: number): number[] {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}

const int = (value: number): number[] => [0x15, ...varint(value < 0 ? -2 * value - 1 : 2 * value)];

/** A page with its header, whose claims need not be true. */
function page(claims: { count: number; encoding: number; unpacked?: number; packed?: number }, body: readonly number[]): number[] {
  const { count, encoding, unpacked = body.length, packed = body.length } = claims;
  return [...int(0), ...int(unpacked), ...int(packed), 0x2c, ...int(count), ...int(encoding), ...int(RLE), ...int(RLE), 0, 0, ...body];
}

function check(bytes: readonly number[], more: { values: number; type?: string; maxDefinition?: number; codec?: string }): void {
  const { values, type = 'INT64', maxDefinition = 0, codec = 'UNCOMPRESSED' } = more;
  const meta = { type, codec, num_values: BigInt(values), path_in_schema: ['x'] } as unknown as ColumnMetaData;
  const chunk: ChunkPlan = { start: 0, end: bytes.length, meta, maxDefinition, maxRepetition: 0 };
  checkPages(Uint8Array.from(bytes), chunk, { budget: new ReadBudget(bytes.length), compressors: boundedCompressors(compressors) });
}

const prefixed = (runs: readonly number[]): number[] => [runs.length, 0, 0, 0, ...runs];
const billion = varint(2 * 2 ** 30 - 2);

test('pages that are sound pass', () => {
  check(
    page(
      { count: 2, encoding: PLAIN },
      Array.from({ length: 16 }, () => 0),
    ),
    { values: 2 },
  );
  check(page({ count: 9, encoding: PLAIN }, [...prefixed([18, 0])]), { values: 9, maxDefinition: 1 });
  check(page({ count: 8, encoding: DICTIONARY }, [3, 3, 1, 2, 3]), { values: 8 });
  check(page({ count: 4, encoding: DELTA }, [...varint(128), 4, 4, 0, 2, 0, 0, 0, 0]), { values: 4 });
});

test.each([
  ['a run of a billion levels', page({ count: 9, encoding: PLAIN }, prefixed([...billion, 1])), { values: 9, maxDefinition: 1 }],
  ['a run of a billion indices', page({ count: 9, encoding: DICTIONARY }, [1, ...billion, 1]), { values: 9 }],
  ['a run of negative length', page({ count: 9, encoding: DICTIONARY }, [1, 255, 255, 255, 255, 15, 1]), { values: 9 }],
  ['a negative length of a page', page({ count: 9, encoding: PLAIN, packed: -20 }, [0, 0]), { values: 9 }],
  ['a page beyond its column', page({ count: 9, encoding: PLAIN, packed: 2000 }, [0, 0]), { values: 9 }],
  ['more values than the column', page({ count: 10, encoding: PLAIN }, [0, 0]), { values: 9 }],
  ['a negative number of values', page({ count: -1, encoding: PLAIN }, [0, 0]), { values: 9 }],
  ['differences in negative parts', page({ count: 9, encoding: DELTA }, [128, 1, 255, 255, 255, 255, 15, 9, 0]), { values: 9 }],
  [
    'a difference of a million bytes',
    page({ count: 9, encoding: DELTA }, [128, 1, 4, 9, ...Array.from({ length: 1e6 }, () => 255), 1]),
    { values: 9 },
  ],
  [
    'a text that begins as a longer one than there was',
    page({ count: 1, encoding: DELTA_BYTES }, [128, 1, 4, 1, 254, 255, 255, 255, 15, 128, 1, 4, 1, 0]),
    { values: 1, type: 'BYTE_ARRAY' },
  ],
  ['levels longer than their page', page({ count: 9, encoding: PLAIN }, [200, 0, 0, 0, 18, 0]), { values: 9, maxDefinition: 1 }],
] as const)('%s is refused', (_name, bytes, more) => {
  const start = performance.now();
  expect(() => check(bytes, more)).toThrow(TableFormatError);
  expect(performance.now() - start).toBeLessThan(1000);
});

test('what a small file may unpack and decode to has a limit', () => {
  expect(() => check(page({ count: 2 ** 30, encoding: PLAIN }, prefixed([...billion, 0])), { values: 2 ** 30, maxDefinition: 1 })).toThrow(
    TableLimitError,
  );
  const huge = page({ count: 9, encoding: PLAIN, unpacked: 2 ** 30 }, [1, 2, 3]);
  expect(() => check(huge, { values: 9, codec: 'ZSTD' })).toThrow(TableLimitError);
});

test('a page that unpacks to far more than it declares is stopped there', () => {
  const zeros = new Uint8Array(2 ** 28);
  const bombs = {
    GZIP: gzipSync(zeros, { level: 1 }),
    ZSTD: zstdCompressSync(zeros),
    BROTLI: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } }),
  };
  const unpackers: Compressors = boundedCompressors(compressors);
  for (const [codec, bomb] of Object.entries(bombs)) {
    const start = process.cpuUsage();
    expect(() => unpackers[codec as 'GZIP']?.(new Uint8Array(bomb), 1000)).toThrow();
    const { user, system } = process.cpuUsage(start);
    expect(user + system).toBeLessThan(200_000);
  }
});

test('damaged pages give a coded error or a table, each in little time (3 000 mutations, seed 14)', async () => {
  const random = mulberry32(14);
  const types = ['boolean', 'int32', 'int64', 'float64', 'string'] as const;
  const files = await Promise.all(
    [[], [-1]].map((shape) => writeParquet(randomTable(9, { types, shapes: [shape], nulls: true, rows: 40 }))),
  );
  // The codecs and encodings of other writers too.
  const folder = join(import.meta.dirname, '../../test/golden/foreign-tables');
  for (const name of readdirSync(folder)) if (name.endsWith('.parquet')) files.push(new Uint8Array(readFileSync(join(folder, name))));
  let slowest = 0;
  for (let run = 0; run < 3000; run++) {
    const bytes = Uint8Array.from(files[run % files.length]);
    const footer = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    for (let k = 0; k < 3; k++) bytes[4 + Math.floor(random() * (bytes.length - footer - 12))] = Math.floor(random() * 256);
    const start = process.cpuUsage();
    try {
      await readParquet(bytesSource(bytes));
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw new Error(`run ${run}: ${String(error)}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(start);
    slowest = Math.max(slowest, user + system);
  }
  expect(slowest).toBeLessThan(500_000);
});
