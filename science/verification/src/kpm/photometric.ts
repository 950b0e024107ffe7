import { median } from '@almagest/numerics';
import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';
import { BRIGHT_STARS, CLEAN_STARS, type ObjectSelection, selectObjects } from '../matched/select-objects.ts';
import { histogramOf, type Measurement } from './measurement.ts';

export interface RepeatabilityOptions {
  readonly selection?: ObjectSelection;
  /** Fewest objects with more than two visits for a value; 10 by default (the field's tasks ask for 50 on full surveys). */
  readonly minObjects?: number;
}

const MMAG = 1000;

interface Scatter {
  readonly rmsMmag: Float64Array;
  readonly residualsMmag: Float64Array;
}

/** Scatter about its mean of every selected object with more than two visits, and all their residuals. */
function scatterOf(catalog: MatchedCatalog, options: RepeatabilityOptions): Scatter {
  const objects = selectObjects(catalog, { ...(options.selection ?? BRIGHT_STARS), minRows: 3 });
  const rms: number[] = [];
  const residuals: number[] = [];
  for (const k of objects) {
    const mags = Array.from(rowsOfObject(catalog, k), (row) => catalog.mag[row]);
    const mean = mags.reduce((sum, mag) => sum + mag, 0) / mags.length;
    let squares = 0;
    for (const mag of mags) {
      squares += (mag - mean) ** 2;
      residuals.push((mag - mean) * MMAG);
    }
    rms.push(Math.sqrt(squares / mags.length) * MMAG);
  }
  const enough = rms.length >= (options.minObjects ?? 10);
  return { rmsMmag: Float64Array.from(enough ? rms : []), residualsMmag: Float64Array.from(enough ? residuals : []) };
}

/**
 * PA1: photometric repeatability of bright stars [mmag].
 *
 * The median, over stars with more than two visits, of the root mean square of their PSF magnitudes about their own mean (dividing by n, not n - 1).
 *
 * @returns NaN where fewer than `minObjects` stars qualify.
 * @see LPM-17 section 3.3.2; the matched catalogues of the field's calculators are reproduced to all printed digits in `kpm.golden.test.ts`.
 */
export function measurePA1(catalog: MatchedCatalog, options: RepeatabilityOptions = {}): Measurement {
  const { rmsMmag } = scatterOf(catalog, options);
  return {
    name: 'PA1',
    value: median(rmsMmag),
    unit: 'mmag',
    description: 'Median scatter of repeated PSF magnitudes of bright stars.',
    count: rmsMmag.length,
    histogram: histogramOf(rmsMmag, { low: 0, high: 50, bins: 50 }),
  };
}

/**
 * PF1: fraction of the residuals behind PA1 that exceed a limit [%].
 *
 * @param options.limitMmag - PA2 limit [mmag]; 15 by default, 22.5 for u, z and y.
 */
export function measurePF1(catalog: MatchedCatalog, options: RepeatabilityOptions & { readonly limitMmag?: number } = {}): Measurement {
  const { residualsMmag } = scatterOf(catalog, options);
  const limit = options.limitMmag ?? 15;
  const beyond = residualsMmag.reduce((n, residual) => n + (Math.abs(residual) > limit ? 1 : 0), 0);
  return {
    name: 'PF1',
    value: (100 * beyond) / residualsMmag.length,
    unit: '%',
    description: `Share of repeated PSF magnitudes of bright stars over ${limit} mmag from the mean of their star.`,
    count: residualsMmag.length,
  };
}

/**
 * PA2: the deviation that a given share of bright stars exceeds [mmag].
 *
 * Taken over pairs of visits of a star, as |difference| / sqrt(2). The field draws one pair of visits for each star at random and repeats that;
 * here every pair counts with the weight that it has in that lottery, which is its limit and needs no seed.
 *
 * @param options.outlierPercent - Share beyond [%], above 0, below 100; 10 by default.
 */
export function measurePA2(
  catalog: MatchedCatalog,
  options: RepeatabilityOptions & { readonly outlierPercent?: number } = {},
): Measurement {
  const objects = selectObjects(catalog, options.selection ?? CLEAN_STARS);
  const pairs: { deviation: number; weight: number }[] = [];
  for (const k of objects) {
    const rows = rowsOfObject(catalog, k);
    const weight = 2 / (rows.length * (rows.length - 1));
    for (let i = 0; i < rows.length; i++)
      for (let j = i + 1; j < rows.length; j++)
        pairs.push({ deviation: (Math.abs(catalog.mag[rows[i]] - catalog.mag[rows[j]]) * MMAG) / Math.SQRT2, weight });
  }
  pairs.sort((a, b) => a.deviation - b.deviation);
  const share = 1 - (options.outlierPercent ?? 10) / 100;
  const enough = objects.length >= (options.minObjects ?? 10);
  let below = 0;
  const at = pairs.find(({ weight }) => (below += weight) >= share * objects.length * (1 - 1e-12));
  return {
    name: 'PA2',
    value: enough && at ? at.deviation : Number.NaN,
    unit: 'mmag',
    description: `Deviation that ${options.outlierPercent ?? 10} % of pairs of PSF magnitudes exceed.`,
    count: pairs.length,
  };
}
