import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberSyntax, parseBigIntInto, parseFloatBytes, parseIntBytes } from './parse-number.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const float = (text: string): number => parseFloatBytes(bytesOf(text), 0, text.length);

test('reads every double from its shortest text exactly (seed 1)', () => {
  fc.assert(
    fc.property(fc.double(), (x) => {
      expect(float(Object.is(x, -0) ? '-0' : String(x))).toBe(x);
    }),
    { seed: 1, numRuns: 20_000 },
  );
});

test('agrees with Number on decimal texts of 1 to 25 digits (seed 2)', () => {
  const digits = fc.stringMatching(/^[0-9]{1,25}$/);
  fc.assert(
    fc.property(digits, fc.integer({ min: 0, max: 25 }), fc.integer({ min: -40, max: 40 }), fc.boolean(), (d, point, e, sign) => {
      const at = Math.min(point, d.length);
      const text = `${sign ? '-' : ''}${d.slice(0, at)}.${d.slice(at)}${e === 0 ? '' : `e${e}`}`;
      expect(float(text)).toBe(Number(text));
    }),
    { seed: 2, numRuns: 50_000 },
  );
});

test('rounds decimal texts at and beside the halfway point of two doubles as Number does (seed 3)', () => {
  // x + half an ulp for integers in [2^53, 2^56] has 17 digits and ties exactly.
  fc.assert(
    fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 56n }), fc.integer({ min: 0, max: 6 }), (x, e) => {
      for (const text of [`${x}`, `${x}e-${e}`, `0.${x}`, `${x}.5`, `${x}.5e-3`]) expect(float(text)).toBe(Number(text));
    }),
    { seed: 3, numRuns: 20_000 },
  );
});

test('reads 64-bit integers exactly (seed 4)', () => {
  const out = new BigInt64Array(1);
  const halves = new Int32Array(out.buffer);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer({ min: 0, max: 62 }), (x, shift) => {
      const value = x >> BigInt(shift);
      const text = `${value}`;
      parseBigIntInto(bytesOf(text), 0, text.length, halves, 0, false);
      expect(out[0]).toBe(value);
      if (Number.isSafeInteger(Number(value))) expect(parseIntBytes(bytesOf(text), 0, text.length)).toBe(Number(value));
    }),
    { seed: 4, numRuns: 20_000 },
  );
});

test('refuses what is not a number', () => {
  for (const text of ['', '.', '+', '1e', '1.2.3', '1x', 'nanx', '0x', '1 2']) expect(() => float(text), text).toThrow(NumberSyntax);
  const halves = new Int32Array(2);
  for (const text of ['', '1.0', '9223372036854775808', '-9223372036854775809', 'abc'])
    expect(() => parseBigIntInto(bytesOf(text), 0, text.length, halves, 0, false), text).toThrow(NumberSyntax);
});
