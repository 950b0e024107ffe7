import { expect, test } from 'vitest';
import { bytesSource, fitsBytes, Header, imageHdu, openFits, type PixelArray, readImage, writeFits } from '../index.ts';

const SAMPLES: readonly PixelArray[] = [
  Uint8Array.of(0, 1, 127, 128, 255, 3),
  Int8Array.of(-128, -1, 0, 1, 127, 5),
  Int16Array.of(-32768, -1, 0, 1, 32767, 300),
  Uint16Array.of(0, 1, 32767, 32768, 65535, 300),
  Int32Array.of(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1, 70000),
  Uint32Array.of(0, 1, 2 ** 31, 2 ** 32 - 1, 5, 70000),
  BigInt64Array.of(-(2n ** 63n), -1n, 0n, 1n, 2n ** 63n - 1n, 7n),
  BigUint64Array.of(0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 8n, 7n),
  Float32Array.of(-1.5, 0, Infinity, NaN, 3e38, 1e-40),
  Float64Array.of(-1.5, 0, -Infinity, NaN, 1e300, 5e-324),
];

test.each(SAMPLES.map((data) => [data.constructor.name, data] as const))('%s comes back bit by bit', async (_name, data) => {
  const bytes = await fitsBytes([imageHdu({ data, shape: [2, 3], header: Header.of({ OBJECT: ['M13', 'target'] }) })]);
  expect(bytes.length % 2880).toBe(0);
  const file = await openFits(bytesSource(bytes));
  const hdu = await file.hdu(0);
  const image = await readImage(hdu);
  expect(image.shape).toEqual([2, 3]);
  expect(image.data).toEqual(data);
  expect(hdu.header.get('OBJECT')).toBe('M13');
  const part = await readImage(hdu, {
    section: [
      [0, 2],
      [1, 3],
    ],
  });
  expect([...part.data]).toEqual([1, 2, 4, 5].map((i) => data[i]));
  const thinned = await readImage(hdu, {
    section: [
      [1, 2],
      [0, 3, 2],
    ],
  });
  expect([...thinned.data]).toEqual([3, 5].map((i) => data[i]));
});

test('BSCALE, BZERO and BLANK give physical values and NaN', async () => {
  const data = Float32Array.of(1, 2.5, NaN, -4);
  const bytes = await fitsBytes([imageHdu({ data, shape: [4], store: { bitpix: 16, bscale: 0.5, bzero: 10, blank: -32768 } })]);
  const hdu = await (await openFits(bytesSource(bytes))).hdu(0);
  expect((await readImage(hdu)).data).toEqual(data);
  expect((await readImage(hdu, { as: 'stored' })).data).toEqual(Int16Array.of(-18, -15, -32768, -28));
  expect((await readImage(hdu, { as: 'float64' })).data).toEqual(Float64Array.of(1, 2.5, NaN, -4));
});

test('several HDUs are found by number, name, and version', async () => {
  const plane = (value: number, name: string, version: number) => imageHdu({ data: Int16Array.of(value), shape: [1], name, version });
  const file = await openFits(bytesSource(await fitsBytes([plane(1, 'SCI', 1), plane(2, 'SCI', 2), plane(3, 'VAR', 1)])));
  expect((await readImage(await file.hdu('sci', 2))).data[0]).toBe(2);
  expect((await readImage(await file.hdu('VAR'))).data[0]).toBe(3);
  expect((await file.hdus()).map((hdu) => hdu.name)).toEqual(['SCI', 'SCI', 'VAR']);
  await expect(file.hdu('MASK')).rejects.toThrow('no HDU MASK');
});

test('reused pieces write the same file', async () => {
  const data = Float32Array.from({ length: 1_500_000 }, (_unused, i) => i);
  const hdus = [imageHdu({ data, shape: [1500, 1000] })];
  const fresh = await fitsBytes(hdus);
  let at = 0;
  for await (const piece of writeFits(hdus, { reuse: true })) {
    expect(Buffer.compare(piece, fresh.subarray(at, at + piece.length))).toBe(0);
    at += piece.length;
  }
  expect(at).toBe(fresh.length);
});

test('integers that fit a smaller type are stored in it, in one piece or several', async () => {
  const data = Int32Array.from({ length: 600_000 }, (_, i) => (i * 7919) % 32_768);
  const file = await openFits(bytesSource(await fitsBytes([imageHdu({ data, shape: [600, 1000], narrow: 'int16', consume: true })])));
  const hdu = await file.hdu(0);
  expect(hdu.header.get('BITPIX')).toBe(16);
  const { data: read } = await readImage(hdu);
  expect(read).toEqual(Int16Array.from(data));
});

test('pixels that may be consumed are written without a copy, the same bytes', async () => {
  for (const data of [Float32Array.of(1.5, -2, Number.NaN, 7), Uint16Array.of(0, 1, 40_000, 65_535), Int32Array.of(-1, 0, 5, 1 << 30)]) {
    const kept = await fitsBytes([imageHdu({ data: data.slice(), shape: [2, 2] })]);
    const consumed = await fitsBytes([imageHdu({ data: data.slice(), shape: [2, 2], consume: true })]);
    expect(consumed).toEqual(kept);
  }
});

test('pixels are read into an array that the caller gives, of the right type and number', async () => {
  const bytes = await fitsBytes([imageHdu({ data: Uint16Array.of(1, 2, 60_000, 4), shape: [2, 2] })]);
  const hdu = await (await openFits(bytesSource(bytes))).hdu(0);
  const into = new Uint16Array(4);
  expect((await readImage(hdu, { into })).data).toBe(into);
  expect([...into]).toEqual([1, 2, 60_000, 4]);
  expect((await readImage(hdu, { into: (type, count) => (type === 'uint16' && count === 4 ? into : undefined) })).data).toBe(into);
  await expect(readImage(hdu, { into: new Float32Array(4) })).rejects.toThrow('4 pixels of uint16');
});
