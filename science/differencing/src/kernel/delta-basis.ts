import { type BasisFunction, createBasis, type KernelBasis } from './kernel-basis.ts';

/*
 * Notation of Becker et al. (2012), MNRAS 425, 1341:
 * K(u, v) = sum of a_ij delta(u - i) delta(v - j), one coefficient a pixel; R a its second differences; lambda the weight of
 * a^T R^T R a beside chi-square.
 */

/** Weight of the roughness: enough to calm pixels that the stars do not tell, little beside what they tell. */
const ROUGHNESS_WEIGHT = 1e-3;

/**
 * One function for every pixel of the kernel, with a penalty on its roughness.
 *
 * It assumes nothing of the kernel's shape but that it is smooth, and costs (2 half + 1)^2 unknowns for each term of the
 * polynomials over the image; half sides of 4 to 6 pixels are practical.
 *
 * @param weight - Of the roughness, beside the stars' equations (lambda of the paper, relative).
 * @see Becker et al. 2012, MNRAS 425, 1341, sections 2.3 and 2.4
 */
export function createDeltaBasis(half: number, weight: number = ROUGHNESS_WEIGHT): KernelBasis {
  const side = 2 * half + 1;
  const unit = Array.from({ length: side }, (_, k) => Float64Array.from({ length: side }, (_unused, i) => (i === k ? 1 : 0)));
  const middle = half * side + half;
  // The middle pixel goes first: it carries the sum, and is taken off all others.
  const order = [middle, ...Array.from({ length: side * side }, (_, k) => k).filter((k) => k !== middle)];
  const functions = order.map((k, n): BasisFunction => ({ x: unit[k % side], y: unit[Math.floor(k / side)], first: n === 0 ? 0 : 1 }));
  const basis = createBasis(half, functions, { kind: 'size', sigma: 1 });
  return { ...basis, prior: { kind: 'roughness', penalty: roughnessOf(basis), weight } };
}

/** P with c^T P c the sum of squares of the kernel's second differences, zero beyond its square. */
function roughnessOf({ half, kernels }: KernelBasis): Float64Array {
  const side = 2 * half + 1;
  const wide = side + 2;
  const bends = kernels.map(({ values }) => {
    const out = new Float64Array(wide * wide);
    for (let j = 0; j < side; j++)
      for (let i = 0; i < side; i++) {
        const [at, value] = [(j + 1) * wide + i + 1, values[j * side + i]];
        if (value === 0) continue;
        out[at] += 4 * value;
        for (const step of [-1, 1, -wide, wide]) out[at + step] -= value;
      }
    return out;
  });
  const n = bends.length;
  const penalty = new Float64Array(n * n);
  for (let a = 0; a < n; a++)
    for (let b = 0; b <= a; b++) {
      let sum = 0;
      for (let k = 0; k < wide * wide; k++) sum += bends[a][k] * bends[b][k];
      penalty[a * n + b] = penalty[b * n + a] = sum;
    }
  return penalty;
}
