import { median } from '@almagest/numerics';
import { MetricInputError } from '../errors.ts';
import { type MatchedCatalog, rowsOfObject } from '../matched/matched-catalog.ts';
import { CLEAN_STARS, type ObjectSelection, selectObjects } from '../matched/select-objects.ts';
import type { CorrelationOptions } from './correlation.ts';
import type { Measurement } from './measurement.ts';
import { meanPositions } from './positions.ts';
import { correlateEllipticities } from './tree-correlation.ts';

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
