import { median } from '@almagest/numerics';
import { MetricInputError } from '../errors.ts';
import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';
import { CLEAN_STARS, type ObjectSelection, selectObjects } from '../matched/select-objects.ts';
import type { Measurement } from './measurement.ts';
import { meanPositions } from './positions.ts';

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

/**
 * Correlates a field of ellipticities with itself, pair by pair.
 *
 * xi+ of two directions so close does not depend on the frame of the components, so they are used as they are.
 *
 * @param field - Positions [rad] and components; rows with NaN are left out.
 * @remarks Exact: every pair is counted at its own separation. A tree code with a bin slop, as the field uses, moves pairs near the edges of bins.
 */
export function correlateEllipticities(
  field: { readonly ra: Float64Array; readonly dec: Float64Array; readonly e1: Float64Array; readonly e2: Float64Array },
  options: CorrelationOptions = {},
): Correlation {
  const { bins = 20, rangeArcmin = [0.25, 20] } = options;
  const [low, high] = [Math.log(rangeArcmin[0]), Math.log(rangeArcmin[1])];
  const sum = new Float64Array(bins);
  const logs = new Float64Array(bins);
  const pairs = new Float64Array(bins);
  const arcmin = 60 * (180 / Math.PI);
  const reach = rangeArcmin[1] / arcmin;
  const rows = Int32Array.from(field.ra.keys())
    .filter((i) => Number.isFinite(field.ra[i] + field.dec[i] + field.e1[i] + field.e2[i]))
    .toSorted((a, b) => field.dec[a] - field.dec[b]);
  const [x, y, z] = [new Float64Array(rows.length), new Float64Array(rows.length), new Float64Array(rows.length)];
  for (let k = 0; k < rows.length; k++) {
    const [ra, dec] = [field.ra[rows[k]], field.dec[rows[k]]];
    [x[k], y[k], z[k]] = [Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)];
  }
  for (let p = 0; p < rows.length; p++) {
    for (let q = p + 1; q < rows.length && field.dec[rows[q]] - field.dec[rows[p]] <= reach; q++) {
      const log = Math.log(2 * Math.asin(Math.min(1, Math.hypot(x[p] - x[q], y[p] - y[q], z[p] - z[q]) / 2)) * arcmin);
      if (!(log >= low && log < high)) continue;
      const bin = Math.min(bins - 1, Math.floor(((log - low) / (high - low)) * bins));
      sum[bin] += field.e1[rows[p]] * field.e1[rows[q]] + field.e2[rows[p]] * field.e2[rows[q]];
      logs[bin] += log;
      pairs[bin]++;
    }
  }
  const width = (high - low) / bins;
  return {
    radiusArcmin: Array.from(pairs, (n, bin) => Math.exp(n > 0 ? logs[bin] / n : low + (bin + 0.5) * width)),
    xiPlus: Array.from(pairs, (n, bin) => (n > 0 ? sum[bin] / n : 0)),
    pairs: Array.from(pairs),
  };
}

/**
 * TE1 and TE2: correlation of what the PSF model leaves of the ellipticity of stars.
 *
 * Ellipticities are distortions; for each star the median over visits of star minus model, at its mean position.
 * TE1 is the absolute mean of xi+ over the bins with pairs whose mean separation is at most 1 arcmin, TE2 over those of at least 5 arcmin.
 *
 * @param options.minObjects - Fewest stars for a value; 50 by default.
 * @throws {MetricInputError} if the catalogue lacks ellipticities.
 */
export function measureTE(
  catalog: MatchedCatalog,
  options: CorrelationOptions & { readonly which: 'TE1' | 'TE2'; readonly selection?: ObjectSelection; readonly minObjects?: number },
): Measurement {
  const { e1, e2, psfE1, psfE2 } = catalog;
  if (!e1 || !e2 || !psfE1 || !psfE2)
    throw new MetricInputError(
      'the catalogue must have the ellipticities e1, e2, psf_e1 and psf_e2 (or second moments of source and PSF)',
      {
        details: { column: 'e1', found: 'none' },
      },
    );
  const objects = selectObjects(catalog, options.selection ?? CLEAN_STARS);
  const residual = (component: Float64Array, model: Float64Array): Float64Array =>
    Float64Array.from(objects, (k) => median(Float64Array.from(rowsOfObject(catalog, k), (row) => component[row] - model[row])));
  const field = { ...meanPositions(catalog, objects), e1: residual(e1, psfE1), e2: residual(e2, psfE2) };
  const { radiusArcmin, xiPlus, pairs } = correlateEllipticities(field, options);
  const inside = (radius: number): boolean => (options.which === 'TE1' ? radius <= 1 : radius >= 5);
  const chosen = [...radiusArcmin.keys()].filter((bin) => pairs[bin] > 0 && inside(radiusArcmin[bin]));
  const count = chosen.reduce((n, bin) => n + pairs[bin], 0);
  const enough = objects.length >= (options.minObjects ?? 50) && count > 0;
  return {
    name: options.which,
    value: enough ? Math.abs(chosen.reduce((total, bin) => total + xiPlus[bin], 0) / chosen.length) : Number.NaN,
    unit: '',
    description: `Correlation of residual PSF ellipticities at ${options.which === 'TE1' ? 'up to 1' : '5 and more'} arcmin.`,
    count,
  };
}
