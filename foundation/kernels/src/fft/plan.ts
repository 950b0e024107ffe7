import { KernelArgumentError } from '../errors.ts';

const RADICES = [4, 2, 3, 5] as const;
const plans = new Map<number, Uint8Array>();

/** The smallest size from n on whose only prime factors are 2, 3 and 5. */
export function nextFftSize(n: number): number {
  let size = Math.max(1, Math.ceil(n));
  while (factorsOf(size) === undefined) size++;
  return size;
}

/** Radices of the stages for a size; undefined where it has another prime factor than 2, 3 and 5. */
export function factorsOf(n: number): number[] | undefined {
  const factors: number[] = [];
  let rest = n;
  for (const radix of RADICES)
    while (rest % radix === 0 && rest > 1) {
      factors.push(radix);
      rest /= radix;
    }
  return rest === 1 ? factors : undefined;
}

/**
 * Twiddle factors and stages of a size, as the kernels read them: n pairs (cos, -sin) of 2 pi k / n in float32, the number of
 * stages and their radices as 32-bit words.
 *
 * @throws {KernelArgumentError} if the size has a prime factor other than 2, 3 and 5.
 */
export function fftPlan(n: number): Uint8Array {
  const known = plans.get(n);
  if (known) return known;
  const factors = Number.isInteger(n) && n > 0 ? factorsOf(n) : undefined;
  if (factors === undefined)
    throw new KernelArgumentError(
      `a transform's size must have no prime factor but 2, 3 and 5, such as ${nextFftSize(n || 1)}; found ${n}`,
    );
  const plan = new Uint8Array(8 * n + 4 * (1 + factors.length));
  const twiddles = new Float32Array(plan.buffer, 0, 2 * n);
  for (let k = 0; k < n; k++) {
    twiddles[2 * k] = Math.cos((2 * Math.PI * k) / n);
    twiddles[2 * k + 1] = -Math.sin((2 * Math.PI * k) / n);
  }
  new Int32Array(plan.buffer, 8 * n).set([factors.length, ...factors]);
  plans.set(n, plan);
  return plan;
}
