/**
 * What iterated clipping makes of a Gaussian's standard deviation: the fixed point s of s^2 = variance of a unit Gaussian
 * cut at +- clip * s. 0.985 for 3 sigma.
 */
export function clippedSigmaRatio(clip: number): number {
  let s = 1;
  for (let round = 0; round < 60; round++) {
    const t = clip * s;
    const density = Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
    s = Math.sqrt(Math.max(1e-12, 1 - (2 * t * density) / gaussianShareWithin(t)));
  }
  return s;
}

/** Share of a unit Gaussian within +- t, by Simpson's rule; 1 beyond 8. */
function gaussianShareWithin(t: number): number {
  if (t > 8) return 1;
  const steps = 200;
  let sum = 0;
  for (let k = 0; k <= steps; k++) {
    const weight = k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-0.5 * ((t * k) / steps) ** 2);
  }
  return (2 * sum * t) / (3 * steps * Math.sqrt(2 * Math.PI));
}
