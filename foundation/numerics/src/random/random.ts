import { normalDeviate } from './normal.ts';
import { poissonDeviate } from './poisson.ts';

/** A seeded stream of random numbers; the same seed gives the same stream, bit for bit. */
export interface Random {
  /** Integer in [0, 2^32). */
  uint32(): number;
  /** Real in [0, 1) with 53 random bits; with arguments in [low, high). */
  uniform(low?: number, high?: number): number;
  /** Integer in [0, n), without bias. */
  integer(n: number): number;
  /** Normal deviate; mean 0 and sigma 1 unless given. */
  normal(mean?: number, sigma?: number): number;
  /** Poisson deviate; 0 for a mean of zero or less, NaN for a NaN mean. */
  poisson(mean: number): number;
  /** Exponential deviate with mean 1. */
  exponential(): number;
  /** Adds nothing, overwrites everything: normal deviates into the whole array. */
  fillNormal(out: Float32Array | Float64Array, mean?: number, sigma?: number): void;
  /** Reorders at random (Fisher and Yates). */
  shuffleInPlace(items: unknown[] | Float64Array | Int32Array | Uint32Array): void;
  /** An independent stream derived from this stream's seed and a label; does not advance this stream. */
  fork(label: string | number): Random;
}

/**
 * Makes a seeded random stream (xoshiro128**, period 2^128 - 1, seeded through SplitMix-style mixing).
 *
 * Use one stream a job and `fork` for parts, so that the result does not depend on the order in which parts run.
 * Not for secrets.
 *
 * @param seed - Any string, bigint or number; numbers and bigints that print alike give the same stream.
 * @remarks Deviates use only IEEE arithmetic and V8's own logarithm and exponential, so streams agree between machines.
 * @see Blackman and Vigna (2021), ACM Trans. Math. Softw. 47, 36.
 */
export function createRandom(seed: string | number | bigint): Random {
  return fromKey(String(seed));
}

function fromKey(key: string): Random {
  const [a, b, c, d] = hash128(key);
  const state = new Uint32Array([a, b, c, (a | b | c | d) === 0 ? 1 : d]);
  let s0 = state[0] | 0;
  let s1 = state[1] | 0;
  let s2 = state[2] | 0;
  let s3 = state[3] | 0;

  const uint32 = (): number => {
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  };
  const uniform = (low = 0, high = 1): number => {
    const unit = ((uint32() >>> 5) * 67108864 + (uint32() >>> 6)) / 9007199254740992;
    return low + (high - low) * unit;
  };
  const integer = (n: number): number => {
    if (n > 4294967296) return Math.floor(uniform() * n);
    const limit = 4294967296 - (4294967296 % n);
    let value = uint32();
    while (value >= limit) value = uint32();
    return value % n;
  };
  const normal = (mean = 0, sigma = 1): number => mean + sigma * normalDeviate(uint32, uniform);
  return {
    uint32,
    uniform,
    integer,
    normal,
    poisson: (mean) => poissonDeviate(mean, uniform),
    exponential: () => -Math.log(1 - uniform()),
    fillNormal: (out, mean = 0, sigma = 1) => {
      for (let i = 0; i < out.length; i++) out[i] = mean + sigma * normalDeviate(uint32, uniform);
    },
    shuffleInPlace: (items) => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const kept = items[i];
        items[i] = items[j];
        items[j] = kept;
      }
    },
    fork: (label) => fromKey(`${key}\u001f${String(label)}`),
  };
}

/** Mixes a text into 128 bits: four lanes of multiply-xorshift over the UTF-16 units, then a final avalanche. */
function hash128(text: string): [number, number, number, number] {
  const lanes = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]; // the fraction of pi, as good as any constant
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      let h = lanes[lane] ^ Math.imul(unit + 0x9e3779b9 * (lane + 1), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
      lanes[lane] = (h ^ (h >>> 13) ^ Math.imul(lanes[(lane + 1) & 3], 0x27d4eb2f)) | 0;
    }
  }
  return [
    avalanche(lanes[0] ^ text.length),
    avalanche(lanes[1] ^ lanes[0]),
    avalanche(lanes[2] ^ lanes[1]),
    avalanche(lanes[3] ^ lanes[2]),
  ];
}

function avalanche(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}
