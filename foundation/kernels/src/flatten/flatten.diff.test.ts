import { expect, test } from 'vitest';
import { KernelArena } from '../memory/arena.ts';
import type { Plane } from '../memory/frame.ts';
import { flattenReference } from './flatten-reference.ts';
import { type CalibrationPlane, flattenAmplifier, type FlattenedPlanes, type FlattenRequest, type RawSamples } from './flatten.ts';

let state = 11;
const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;

function plane<A extends RawSamples>(data: A, width: number, height: number, stride: number): Plane<A> {
  return { data, width, height, stride };
}

const floats = (length: number, value: () => number): Float32Array => Float32Array.from({ length }, value);

function results(width: number, height: number, stride: number): FlattenedPlanes {
  const size = stride * height;
  return {
    image: plane(new Float32Array(size), width, height, stride),
    variance: plane(new Float32Array(size), width, height, stride),
    mask: { data: new Int32Array(size).fill(64), width, height, stride },
  };
}

const KINDS = [Uint16Array, Int16Array, Int32Array, Float32Array] as const;

for (const [n, Kind] of KINDS.entries())
  for (const [width, height] of [
    [13, 150],
    [64, 70],
    // Planes so tall that addresses of row 0 pass through zero where only a band is in memory.
    ...(n === 0 ? ([[256, 900]] as const) : []),
  ] as const)
    for (const flips of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const)
      test(`${Kind.name} of ${width} x ${height}, flips ${flips.join(' ')}: the same bits as the reference`, () => {
        const raw = new Kind(260 * height).map(() => (uniform() < 0.02 ? 31_000 : 1000 + 5000 * uniform()));
        // Each plane lies in another way: as the result, as read from a file, against the result.
        let lies = width === 13 ? 1 : 0;
        const calibration = (value: () => number): CalibrationPlane => {
          const data = floats(256 * height, value);
          const layout = lies++ % 4;
          if (layout % 2 === 1) Buffer.from(data.buffer).swap32();
          return { ...plane(data, width, height, 256), bigEndian: layout % 2 === 1, flipX: layout > 1, flipY: layout === 2 };
        };
        const request: FlattenRequest = {
          raw: plane(raw as RawSamples, width, height, 260),
          flipX: flips[0],
          flipY: flips[1],
          levels: n === 1 ? null : Float64Array.from({ length: height }, () => 1500 + uniform()),
          gain: 1.537,
          readVariance: 33.3,
          bias: n === 2 ? null : calibration(() => uniform() - 0.5),
          dark: n === 3 ? null : calibration(() => 0.1 * uniform()),
          flat:
            width === 64 && n === 0
              ? null
              : calibration(() => (uniform() < 0.02 ? 0 : uniform() < 0.01 ? Number.NaN : 0.9 + 0.2 * uniform())),
          darkSec: 33.3,
          biasScale: n > 1 ? 1.7 : 1,
          flatMinimum: 0.2,
          saturationAdu: 31_000,
          suspectAdu: 5900.5,
          bits: { saturated: 1, suspect: 2, noData: 8 },
        };
        const [fast, slow] = [results(width, height, 256), results(width, height, 256)];
        expect(flattenAmplifier(request, fast)).toEqual(flattenReference(request, slow));
        for (const name of ['image', 'variance', 'mask'] as const) expect(fast[name].data).toEqual(slow[name].data);
        using arena = new KernelArena();
        const inside = {
          image: { ...fast.image, data: arena.float32(256 * height) },
          variance: { ...fast.variance, data: arena.float32(256 * height) },
          mask: { ...fast.mask, data: arena.int32(256 * height).fill(64) },
        };
        flattenAmplifier(request, inside);
        for (const name of ['image', 'variance', 'mask'] as const)
          expect(inside[name].data.findIndex((value, i) => !Object.is(value, slow[name].data[i]))).toBe(-1);
      });
