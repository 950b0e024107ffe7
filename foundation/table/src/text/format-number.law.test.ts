import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { formatFloat32, formatFloat64 } from './format-number.ts';
import { parseFloatBytes } from './parse-number.ts';

const read = (text: string): number => parseFloatBytes(new TextEncoder().encode(text), 0, text.length);

test('float32 text reads back to the same float32 in at most 9 digits (seed 5)', () => {
  const writer = new ByteWriter();
  const bits = new Uint32Array(1);
  const floats = new Float32Array(bits.buffer);
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.integer({ min: -45, max: 38 }), fc.integer({ min: 0, max: 999999 }), (b, e, m) => {
      bits[0] = b;
      for (const x of [
        floats[0],
        Math.fround(Number(`${m}e${e}`)),
        Math.fround(m / 1000),
        Math.fround(-m * 1.37e-7),
        Math.fround(b / 1e6),
      ]) {
        const text = formatFloat32(x);
        writer.float32(x);
        expect(new TextDecoder().decode(writer.take())).toBe(text);
        expect(Math.fround(read(text))).toBe(x);
        if (Number.isFinite(x))
          expect(
            text
              .replace(/e.*/, '')
              .replace(/[-.]/g, '')
              .replace(/^0+|0+$/g, '').length,
          ).toBeLessThanOrEqual(9);
      }
    }),
    { seed: 5, numRuns: 20_000 },
  );
});

test('float32 text of a short decimal is that decimal', () => {
  for (const text of ['0.1', '19.2345', '1e-10', '3.4028235e+38', '-0.5', '123456790', '2.5e-7', '12345.678'])
    expect(formatFloat32(Math.fround(Number(text)))).toBe(text);
});

test('float64 text reads back (seed 6)', () => {
  fc.assert(
    fc.property(fc.double(), (x) => {
      expect(read(formatFloat64(x))).toBe(x);
    }),
    { seed: 6, numRuns: 5000 },
  );
});
