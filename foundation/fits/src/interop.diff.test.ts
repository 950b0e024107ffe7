import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  asciiTableHdu,
  bytesSource,
  compressedImageHdu,
  compressedTableHdu,
  fitsBytes,
  Header,
  imageHdu,
  openFits,
  type OutputHdu,
  type PixelArray,
  readImage,
  readTable,
  tableHdu,
  verifyFits,
} from './index.ts';

const installed = (program: string): boolean => spawnSync(program, ['-V']).error === undefined;
const hasFitsverify = installed('fitsverify');
const hasFpack = installed('fpack') && installed('funpack');
const folder = mkdtempSync(join(tmpdir(), 'almagest-fits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHAPE = [37, 100];
const base = Float64Array.from({ length: 3700 }, (_unused, i) => 100 + ((i * 7919) % 61) + (i % 997 === 0 ? 8000 : 0));
const header = Header.of({
  OBJECT: ['M13', 'target'],
  LONG: ["a string that is longer than one card can hold, with 'quotes' in it, and so goes on in the next", 'continued'],
  'ESO DET ID': 'x',
  EXPTIME: 30.5,
}).add('HISTORY', 'made for a test');

const PIXELS: Readonly<Record<string, PixelArray>> = {
  u8: Uint8Array.from(base, (v) => v % 256),
  i8: Int8Array.from(base, (v) => v % 100),
  i16: Int16Array.from(base, (v) => v - 130),
  u16: Uint16Array.from(base, (v) => v + 32_000),
  i32: Int32Array.from(base, (v) => v * 100 - 5000),
  u32: Uint32Array.from(base, (v) => v + 2 ** 31),
  f32: Float32Array.from(base),
  f64: base,
  nan: Float32Array.from(base, (v, i) => (i % 50 === 3 ? Number.NaN : i % 50 === 7 ? 0 : v)),
};

const CODECS = ['RICE_1', 'GZIP_1', 'GZIP_2', 'HCOMPRESS_1', 'PLIO_1'] as const;
const METHODS = ['NO_DITHER', 'SUBTRACTIVE_DITHER_1', 'SUBTRACTIVE_DITHER_2'] as const;

async function eachImage(visit: (name: string, hdu: OutputHdu, data: PixelArray, step: number) => Promise<void>): Promise<void> {
  for (const [kind, data] of Object.entries(PIXELS)) {
    await visit(`${kind}-plain`, imageHdu({ data, shape: SHAPE, header }), data, 0);
    const real = data instanceof Float32Array || data instanceof Float64Array;
    for (const codec of CODECS) {
      if (codec === 'PLIO_1' && kind !== 'u8' && kind !== 'u16') continue;
      const common = { data, shape: SHAPE, header, codec, ...(codec === 'RICE_1' && !real ? { tile: [10, 100] } : {}) };
      if (!real) await visit(`${kind}-${codec}`, await compressedImageHdu(common), data, 0);
      else
        for (const method of METHODS)
          await visit(
            `${kind}-${codec}-${method}`,
            await compressedImageHdu({ ...common, quantize: { method, level: -0.5, ditherSeed: 9999 } }),
            data,
            0.5,
          );
    }
  }
}

/** Largest difference; infinite where one is undefined and the other is not. */
function difference(a: PixelArray, b: PixelArray): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Number.isNaN(x) !== Number.isNaN(y)) return Infinity;
    if (!Number.isNaN(x)) worst = Math.max(worst, Math.abs(x - y));
  }
  return worst;
}

async function lastImage(bytes: Uint8Array): Promise<PixelArray> {
  return (await readImage((await (await openFits(bytesSource(bytes))).hdus()).at(-1) as never)).data;
}

test('every pixel type in every compression comes back, and passes our own checks', async () => {
  await eachImage(async (name, hdu, data, step) => {
    const bytes = await fitsBytes([hdu], { checksum: true });
    expect(difference(await lastImage(bytes), data), name).toBeLessThanOrEqual(step * 0.5001);
    expect(await verifyFits(await openFits(bytesSource(bytes))), name).toEqual([]);
  });
});

test.skipIf(!hasFitsverify)('fitsverify finds neither error nor warning', async () => {
  const paths: string[] = [];
  const save = async (name: string, hdus: OutputHdu[]): Promise<void> => {
    paths.push(join(folder, `${name}.fits`));
    writeFileSync(paths.at(-1) as string, await fitsBytes(hdus, { checksum: true }));
  };
  await eachImage((name, hdu) => save(name, [hdu]));
  await save('table', [sampleTable()]);
  await save('packed-table', [await packedTable()]);
  const short = { name: 'name', values: ['a', 'bc', ''] };
  await save('ascii-table', [asciiTableHdu({ columns: [{ name: 'x', values: Float64Array.of(1, Number.NaN, -2.5), unit: 'm' }, short] })]);
  const report = execFileSync('fitsverify', ['-q', ...paths], { encoding: 'utf8' });
  expect(report.split('\n').filter((line) => line.trim() !== '' && !line.includes('verification OK'))).toEqual([]);
});

test.skipIf(!hasFpack)('funpack gives the pixels that we read, from every compression', async () => {
  await eachImage(async (name, hdu) => {
    if (name.endsWith('plain')) return;
    const [from, to] = [join(folder, `${name}.fz`), join(folder, `${name}.unpacked`)];
    const bytes = await fitsBytes([hdu]);
    writeFileSync(from, bytes);
    execFileSync('funpack', ['-O', to, from]);
    const theirs = await lastImage(new Uint8Array(readFileSync(to)));
    expect(difference(theirs, await lastImage(bytes)), name).toBeLessThanOrEqual(name.startsWith('f64') ? 1e-11 : 0);
  });
});

test.skipIf(!hasFpack)('funpack unpacks our tables, and we unpack those of fpack', async () => {
  const plain = await fitsBytes([sampleTable()]);
  const expected = await readTable(await (await openFits(bytesSource(plain))).hdu(1));
  const [ours, theirs, path] = [join(folder, 'ours.fz'), join(folder, 'theirs.fits'), join(folder, 'plain.fits')];
  writeFileSync(ours, await fitsBytes([await packedTable()]));
  execFileSync('funpack', ['-O', theirs, ours]);
  writeFileSync(path, plain);
  execFileSync('fpack', ['-table', '-Y', '-O', join(folder, 'peer.fz'), path], { stdio: 'ignore' });
  for (const file of [theirs, ours, join(folder, 'peer.fz')]) {
    const table = await readTable(await (await openFits(bytesSource(new Uint8Array(readFileSync(file))))).hdu(1));
    table.columns.forEach((column, i) => expect(column.values, `${file} ${column.name}`).toEqual(expected.columns[i].values));
  }
});

/** Enough rows that fpack finds them worth packing; without string arrays of variable length, on which funpack itself fails. */
function sampleTable(): OutputHdu {
  const rows = 3000;
  const numbers = (f: (i: number) => number): number[] => Array.from({ length: rows }, (_unused, i) => f(i));
  const offsets = new Uint32Array(rows + 1);
  for (let i = 0; i < rows; i++) offsets[i + 1] = offsets[i] + (i % 7);
  return tableHdu({
    name: 'CAT',
    columns: [
      { name: 'flag', values: Uint8Array.from(numbers((i) => i % 2)), format: 'L' },
      { name: 'bits', values: Uint8Array.from({ length: 9 * rows }, (_unused, i) => (i % 3 === 0 ? 1 : 0)), cellShape: [9], format: '9X' },
      { name: 'i16', values: Int16Array.from(numbers((i) => i * 3 - 4000)) },
      { name: 'u16', values: Uint16Array.from(numbers((i) => i * 20)) },
      { name: 'i32', values: Int32Array.from(numbers((i) => i * 1000 - 7)), unit: 's' },
      { name: 'id', values: BigInt64Array.from(numbers((i) => i).map((i) => BigInt(i) * 2n ** 40n)), description: 'exact' },
      { name: 'f32', values: Float32Array.from(numbers(Math.sin)) },
      { name: 'f64', values: Float64Array.from(numbers(Math.cos)), display: 'F10.4' },
      { name: 'c128', values: Float64Array.from({ length: 2 * rows }, (_unused, i) => i), format: 'M' },
      { name: 'name', values: numbers((i) => i).map((i) => `star ${i}`) },
      { name: 'vector', values: Float32Array.from({ length: 6 * rows }, (_unused, i) => i), cellShape: [2, 3] },
      { name: 'list', values: Int32Array.from({ length: offsets[rows] }, (_unused, i) => i * 3), offsets },
      { name: 'curve', values: Float64Array.from({ length: offsets[rows] }, (_unused, i) => i / 3), offsets },
    ],
  });
}

async function packedTable(): Promise<OutputHdu> {
  const file = await openFits(bytesSource(await fitsBytes([sampleTable()])));
  return compressedTableHdu(await file.hdu(1), { tileRows: 1000 });
}
