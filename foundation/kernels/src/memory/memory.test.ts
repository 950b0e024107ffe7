import { assert, constantFrom, integer, array, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { Allocator } from './allocator.ts';
import { KernelArena, kernelBytesInUse } from './arena.ts';
import { float32At, isResident, withFrame } from './frame.ts';
import { kernelMemory } from './kernel-memory.ts';

test('law, seed 3: blocks never overlap, and freeing all leaves one hole that serves again', () => {
  const step = record({
    kind: constantFrom('get', 'get', 'drop'),
    size: integer({ min: 0, max: 5000 }),
    pick: integer({ min: 0, max: 99 }),
  });
  assert(
    property(array(step, { maxLength: 80 }), (steps) => {
      const allocator = new Allocator(1000, (end) => end < 1e6);
      const live: { start: number; end: number }[] = [];
      for (const { kind, size, pick } of steps) {
        if (kind === 'get') {
          const start = allocator.allocate(size) ?? -1;
          expect(start).toBeGreaterThanOrEqual(1000);
          for (const other of live) expect(start + size <= other.start || start >= other.end).toBe(true);
          live.push({ start, end: start + Math.max(1, size) });
        } else if (live.length > 0) allocator.free(live.splice(pick % live.length, 1)[0].start);
      }
      for (const { start } of live) allocator.free(start);
      expect(allocator.usedBytes).toBe(0);
      expect(allocator.allocate(900_000)).toBe(1000);
    }),
    { seed: 3 },
  );
});

test('an allocation beyond the limit is refused and leaves the allocator sound', () => {
  const allocator = new Allocator(0, (end) => end <= 1000);
  expect(allocator.allocate(2000)).toBeUndefined();
  expect(allocator.allocate(500)).toBe(0);
});

test('foreign arrays are copied in and out, views with a stride row by row', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  withFrame((frame) => {
    const { address, stride } = frame.inOutPlane({ data, width: 2, height: 2, stride: 3 });
    expect(stride).toBe(2);
    expect([...float32At(address, 4)]).toEqual([1, 2, 4, 5]);
    float32At(address, 4).set([10, 20, 40, 50]);
  });
  expect([...data]).toEqual([10, 20, 3, 40, 50, 6]);
});

test('resident arrays are used in place, before and after memory grew', () => {
  using arena = new KernelArena();
  const first = arena.float32(10);
  arena.uint8(40_000_000);
  first[3] = 7;
  expect(isResident(first)).toBe(true);
  expect(isResident(new Float32Array(4))).toBe(false);
  withFrame((frame) => expect(float32At(frame.input(first), 10)[3]).toBe(7));
});

test('a throwing call frees everything and copies nothing back', () => {
  kernelMemory();
  const before = kernelBytesInUse();
  const data = new Float32Array(100);
  expect(() =>
    withFrame((frame) => {
      float32At(frame.output(data), 100).fill(1);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(kernelBytesInUse()).toBe(before);
  expect(data[0]).toBe(0);
});
