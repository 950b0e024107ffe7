import { bytesAt, withFrame } from '../memory/frame.ts';
import { runKernel } from '../threads/threads.ts';

/**
 * Sum of bytes as big-endian words of 32 bits, exact: two million full words stay below 2^53.
 *
 * @param bytes - A multiple of four; at most 2^23 bytes.
 */
export function sumWords(bytes: Uint8Array): number {
  return withFrame((frame) => {
    const [source, out] = [frame.input(bytes), frame.scratch(8)];
    runKernel('sumWords', [[source, bytes.length >> 2, out]]);
    const view = new DataView(Uint8Array.from(bytesAt(out, 8)).buffer);
    return view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  });
}

/** The same in plain numbers. */
export function sumWordsReference(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum += view.getUint32(at);
  return sum;
}
