/** Means below this use inversion by sequential search; above it Hörmann's rejection is faster (and needs at least 10). */
const INVERSION_LIMIT = 12;

/**
 * One Poisson deviate.
 *
 * @see Hörmann (1993), Insurance: Mathematics and Economics 12, 39 (algorithm PTRS).
 */
export function poissonDeviate(mean: number, uniform: () => number): number {
  if (Number.isNaN(mean)) return Number.NaN;
  if (mean <= 0) return 0;
  if (mean < INVERSION_LIMIT) return inversion(mean, uniform);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  const logMean = Math.log(mean);
  for (;;) {
    const u = uniform() - 0.5;
    const v = 1 - uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}

function inversion(mean: number, uniform: () => number): number {
  let u = uniform();
  let probability = Math.exp(-mean);
  let k = 0;
  while (u > probability) {
    u -= probability;
    k++;
    probability *= mean / k;
    if (probability < 1e-300) break; // u was within rounding of 1
  }
  return k;
}

/** ln k! by table, then Stirling's series; absolute error under 1e-12 relative to the value. */
export function logFactorial(k: number): number {
  if (k < SMALL.length) return SMALL[k];
  const x = k + 1;
  const inverse = 1 / x;
  const square = inverse * inverse;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
}

const SMALL = new Float64Array(32);
for (let k = 2; k < SMALL.length; k++) SMALL[k] = SMALL[k - 1] + Math.log(k);
