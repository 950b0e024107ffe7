/** A circular profile as a sum of Gaussians: weights add up to 1, variances in units of the half-light radius squared. */
export interface GaussianMixture {
  readonly weights: Float64Array;
  readonly variances: Float64Array;
}

const COMPONENTS = 10;
const RINGS = 120;
const ITERATIONS = 1500;
/** Profiles end at this many half-light radii, as in the SDSS model fits. */
const TRUNCATION = 8;

const KNOWN = new Map<number, GaussianMixture>();

/**
 * Decomposes a Sersic profile, truncated at 8 half-light radii, into Gaussians.
 *
 * The weights maximize the likelihood of the profile's light in rings (expectation-maximization with fixed widths),
 * so that they are positive and conserve flux.
 *
 * @param index - Sersic index, 0.5 to 6.
 * @returns Shared, do not modify.
 * @remarks Light inside any radius agrees with the profile within 0.6 % (sersic-mixture.test.ts).
 * @see Hogg and Lang (2013), PASP 125, 719, for the idea.
 */
export function sersicMixture(index: number): GaussianMixture {
  let mixture = KNOWN.get(index);
  if (!mixture) {
    mixture = decompose(index);
    KNOWN.set(index, mixture);
  }
  return mixture;
}

function decompose(index: number): GaussianMixture {
  // A Gaussian is a Sersic profile of index 1/2 whose half-light radius is sqrt(2 ln 2) sigma.
  if (index === 0.5) return { weights: Float64Array.of(1), variances: Float64Array.of(1 / (2 * Math.LN2)) };
  const edges = ringEdges();
  const light = ringLight(index, edges);
  const variances = Float64Array.from({ length: COMPONENTS }, (_, j) => (0.015 * 250 ** (j / (COMPONENTS - 1))) ** 2);
  const share = variances.map((v) => v);
  const inRing = Array.from(variances, (v) =>
    edges.slice(1).map((r, k) => Math.exp((-edges[k] * edges[k]) / (2 * v)) - Math.exp((-r * r) / (2 * v))),
  );
  share.fill(1 / COMPONENTS);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const next = new Float64Array(COMPONENTS);
    for (let k = 0; k < RINGS; k++) {
      let total = 1e-300;
      for (let j = 0; j < COMPONENTS; j++) total += share[j] * inRing[j][k];
      for (let j = 0; j < COMPONENTS; j++) next[j] += (light[k] * share[j] * inRing[j][k]) / total;
    }
    share.set(next);
  }
  const sum = share.reduce((a, b) => a + b, 0);
  return { weights: share.map((w) => w / sum), variances };
}

function ringEdges(): Float64Array {
  const inner = 0.005;
  return Float64Array.from({ length: RINGS + 1 }, (_, k) => (k === 0 ? 0 : inner * (TRUNCATION / inner) ** ((k - 1) / (RINGS - 1))));
}

/** Light in each ring, by Simpson's rule; sums to 1. */
function ringLight(index: number, edges: Float64Array): Float64Array {
  const b = sersicB(index);
  const profile = (r: number): number => r * Math.exp(-b * r ** (1 / index));
  const light = Float64Array.from({ length: RINGS }, (_, k) => simpson(profile, edges[k], edges[k + 1]));
  const sum = light.reduce((a, c) => a + c, 0);
  return light.map((l) => l / sum);
}

function simpson(f: (x: number) => number, a: number, b: number): number {
  const steps = 16;
  const h = (b - a) / steps;
  let sum = f(a) + f(b);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * f(a + i * h);
  return (sum * h) / 3;
}

/** The constant that makes the half-light radius 1. @see Ciotti and Bertin (1999), A&A 352, 447, eq. 18. */
export function sersicB(index: number): number {
  return 2 * index - 1 / 3 + 4 / (405 * index) + 46 / (25_515 * index * index) + 131 / (1_148_175 * index ** 3);
}
