/** Crosstalk between the amplifiers of one detector, or from other detectors into them. */
export interface CrosstalkMatrix {
  readonly victims: number;
  readonly sources: number;
  /** linear[victim * sources + source]: fraction of the source's signal that is seen in the victim, ADU to ADU. */
  readonly linear: Float64Array;
  /** Fraction of the square of the source's signal [1/ADU]. */
  readonly quadratic?: Float64Array;
}

/**
 * Subtracts crosstalk from amplifiers that were read at the same time.
 *
 * All planes are in raw read-out order, so that pixels of one time have one index. Sources are taken as observed: what
 * crosstalk has added to them is of second order (1e-7 of the signal for coefficients of 3e-4).
 *
 * @param victims - Planes [ADU], overscan subtracted; changed in place.
 * @param sources - Planes that leak; the victims themselves for crosstalk within one detector (they are copied first).
 */
export function subtractCrosstalkInPlace(
  victims: readonly Float32Array[],
  sources: readonly Float32Array[],
  matrix: CrosstalkMatrix,
): void {
  // Corrections are found from the observed planes before any of them changes.
  const size = victims[0]?.length ?? 0;
  const block = 65_536;
  const sums = victims.map(() => new Float64Array(Math.min(block, size)));
  for (let start = 0; start < size; start += block) {
    const end = Math.min(size, start + block);
    for (const [v, sum] of sums.entries()) {
      sum.fill(0);
      for (const [s, source] of sources.entries()) {
        const k = v * matrix.sources + s;
        const c = matrix.linear[k];
        const q = matrix.quadratic?.[k] ?? 0;
        if (c === 0 && q === 0) continue;
        if (q === 0) for (let i = start; i < end; i++) sum[i - start] += c * source[i];
        else for (let i = start; i < end; i++) sum[i - start] += source[i] * (c + q * source[i]);
      }
    }
    for (const [v, sum] of sums.entries()) for (let i = start; i < end; i++) victims[v][i] -= sum[i - start];
  }
}
