import { expect, test } from 'vitest';
import {
  bytesSource,
  compressedImageHdu,
  fitsBytes,
  Header,
  imageHdu,
  openFits,
  packedImageHdu,
  plainImageHdu,
  readImage,
  writeFits,
} from '../index.ts';

/** Above a megabyte, so that several bands are written. */
const CASES = [
  { name: 'lines', shape: [900, 1000], tile: [1, 1000] },
  { name: 'bands that end within the image', shape: [901, 1000], tile: [7, 1000] },
  { name: 'squares', shape: [900, 1000], tile: [64, 128] },
  { name: 'a cube', shape: [9, 300, 400], tile: [1, 1, 400] },
  { name: 'planes of a cube', shape: [9, 300, 400], tile: [2, 300, 400] },
] as const;

test.each(CASES)('a packed image of $name is unpacked band by band as it reads', async ({ shape, tile }) => {
  const count = shape.reduce((product, length) => product * length, 1);
  const header = Header.of({ OBJECT: 'M13' });
  for (const data of [
    Int16Array.from({ length: count }, (_unused, i) => (i * 7919) % 501),
    Uint16Array.from({ length: count }, (_unused, i) => 65_535 - ((i * 7919) % 501)),
    Float32Array.from({ length: count }, (_unused, i) => 1000 + ((i * 7919) % 61)),
  ]) {
    const packed = await openFits(bytesSource(await fitsBytes([await compressedImageHdu({ data, shape, tile, header })])));
    const hdu = await packed.hdu(1);
    const expected = await readImage(hdu);
    const plain = await plainImageHdu(hdu);
    const parts: Buffer[] = [];
    for await (const part of writeFits([plain], { checksum: true, reuse: true })) parts.push(Buffer.from(part)); // copied before the next
    const whole = Buffer.concat(parts);
    const again = await (await openFits(bytesSource(whole))).hdu(0);
    const found = await readImage(again);
    expect(found.shape).toEqual(expected.shape);
    expect(Buffer.compare(bytesOf(found.data), bytesOf(expected.data))).toBe(0);
    expect(again.header.get('OBJECT')).toBe('M13');
    if (!(data instanceof Float32Array)) expect(Buffer.compare(bytesOf(found.data), bytesOf(data))).toBe(0);
    // A section of whole tiles takes the same short way; one that cuts them does not.
    for (const [from, to] of [
      [tile[0], 2 * tile[0]],
      [1, 3],
    ] as const) {
      const section = [[from, to] as const, ...shape.slice(1).map((length) => [0, length] as const)];
      const size = count / shape[0];
      const part = await readImage(hdu, { section });
      expect(Buffer.compare(bytesOf(part.data), bytesOf(expected.data.subarray(from * size, to * size)))).toBe(0);
    }
  }
});

test('an image is packed part by part as it is packed whole', async () => {
  const shape = [1300, 1000];
  for (const data of [
    Int16Array.from({ length: 1_300_000 }, (_unused, i) => (i * 7919) % 501),
    Uint16Array.from({ length: 1_300_000 }, (_unused, i) => 65_535 - ((i * 7919) % 501)),
    Uint8Array.from({ length: 1_300_000 }, (_unused, i) => (i * 7919) % 251),
  ]) {
    const whole = await fitsBytes([await compressedImageHdu({ data, shape, primary: true })]);
    const hdu = await (await openFits(bytesSource(await fitsBytes([imageHdu({ data, shape })])))).hdu(0);
    const packed = await fitsBytes([await packedImageHdu(hdu, {})]);
    expect(Buffer.compare(packed, whole)).toBe(0);
  }
});

test('a receiver that goes back gets the sums as one that does not', async () => {
  const numbers = Array.from({ length: 700_001 }, (_unused, i) => i % 999);
  const images = [Int16Array.from(numbers), Float32Array.from(numbers)].map((data) => imageHdu({ data, shape: [numbers.length] }));
  const kept = await fitsBytes(images, { checksum: true });
  const whole = Buffer.alloc(kept.length);
  const late: (readonly [number, Uint8Array])[] = [];
  let at = 0;
  for await (const part of writeFits(images, { checksum: true, reuse: true, amend: (offset, bytes) => void late.push([offset, bytes]) })) {
    whole.set(part, at);
    at += part.length;
  }
  expect(late.length).toBe(2);
  expect(Buffer.compare(whole, kept)).not.toBe(0);
  for (const [offset, bytes] of late) whole.set(bytes, offset);
  expect(Buffer.compare(whole, kept)).toBe(0);
});

function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
