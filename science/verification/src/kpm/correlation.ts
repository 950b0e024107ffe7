/** Ellipticities on the sky, as columns of one length. */
export interface EllipticityField {
  /** ICRS [rad]. */
  readonly ra: Float64Array;
  /** ICRS [rad]. */
  readonly dec: Float64Array;
  readonly e1: Float64Array;
  readonly e2: Float64Array;
}

/** A two-point correlation in logarithmic bins of separation. */
export interface Correlation {
  /** Mean separation of the pairs of each bin, as the exponential of the mean logarithm [arcmin]; the middle of an empty bin. */
  readonly radiusArcmin: readonly number[];
  /** Mean of Re(e_i conj(e_j)), the xi+ of shear; 0 for an empty bin. */
  readonly xiPlus: readonly number[];
  readonly pairs: readonly number[];
}

export interface CorrelationOptions {
  /** Bins, equal in the logarithm of the separation; 20 by default. */
  readonly bins?: number;
  /** Smallest and largest separation [arcmin]; 0.25 and 20 by default. */
  readonly rangeArcmin?: readonly [number, number];
}

/** Sums of a correlation while it grows. */
export interface CorrelationSums {
  /** Natural logarithms of the range [arcmin], and the width of a bin in them. */
  readonly logLow: number;
  readonly logHigh: number;
  readonly logWidth: number;
  readonly arcminPerRad: number;
  readonly products: Float64Array;
  readonly logs: Float64Array;
  readonly pairs: Float64Array;
}

export function startCorrelation({ bins = 20, rangeArcmin = [0.25, 20] }: CorrelationOptions): CorrelationSums {
  const [logLow, logHigh] = [Math.log(rangeArcmin[0]), Math.log(rangeArcmin[1])];
  return {
    logLow,
    logHigh,
    logWidth: (logHigh - logLow) / bins,
    arcminPerRad: 60 * (180 / Math.PI),
    products: new Float64Array(bins),
    logs: new Float64Array(bins),
    pairs: new Float64Array(bins),
  };
}

export function finishCorrelation({ products, logs, pairs, logLow, logWidth }: CorrelationSums): Correlation {
  return {
    radiusArcmin: Array.from(pairs, (n, bin) => Math.exp(n > 0 ? logs[bin] / n : logLow + (bin + 0.5) * logWidth)),
    xiPlus: Array.from(pairs, (n, bin) => (n > 0 ? products[bin] / n : 0)),
    pairs: Array.from(pairs),
  };
}

/** Rows without NaN. */
export function finiteRows(field: EllipticityField): Int32Array {
  return Int32Array.from(field.ra.keys()).filter((i) => Number.isFinite(field.ra[i] + field.dec[i] + field.e1[i] + field.e2[i]));
}

/**
 * Correlates a field of ellipticities with itself pair by pair: the plain reference of `correlateEllipticities`.
 *
 * xi+ of two directions so close does not depend on the frame of the components, so they are used as they are.
 *
 * @remarks Every pair counts at its own separation; the cost grows as the square of the rows.
 */
export function correlatePairs(field: EllipticityField, options: CorrelationOptions = {}): Correlation {
  const sums = startCorrelation(options);
  const rows = finiteRows(field).toSorted((a, b) => field.dec[a] - field.dec[b]);
  const reach = Math.exp(sums.logHigh) / sums.arcminPerRad;
  const x = Float64Array.from(rows, (i) => Math.cos(field.dec[i]) * Math.cos(field.ra[i]));
  const y = Float64Array.from(rows, (i) => Math.cos(field.dec[i]) * Math.sin(field.ra[i]));
  const z = Float64Array.from(rows, (i) => Math.sin(field.dec[i]));
  for (let p = 0; p < rows.length; p++) {
    for (let q = p + 1; q < rows.length && field.dec[rows[q]] - field.dec[rows[p]] <= reach; q++) {
      const log = Math.log(Math.hypot(x[p] - x[q], y[p] - y[q], z[p] - z[q]) * sums.arcminPerRad);
      if (!(log >= sums.logLow && log < sums.logHigh)) continue;
      const bin = Math.min(sums.pairs.length - 1, Math.floor((log - sums.logLow) / sums.logWidth));
      sums.products[bin] += field.e1[rows[p]] * field.e1[rows[q]] + field.e2[rows[p]] * field.e2[rows[q]];
      sums.logs[bin] += log;
      sums.pairs[bin]++;
    }
  }
  return finishCorrelation(sums);
}
