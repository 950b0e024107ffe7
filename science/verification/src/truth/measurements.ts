import type { Measurement } from '../kpm/measurement.ts';
import type { TruthComparison } from './compare-to-truth.ts';
import type { TransientComparison } from './compare-transients.ts';
import type { BinnedFraction, RobustSummary } from './robust-summary.ts';

/** A comparison with the truth as metrics: completeness, purity, bias, scatter and pulls. */
export function measurementsOfTruth(comparison: TruthComparison, band?: string): readonly Measurement[] {
  const { accuracy, matches } = comparison;
  const { pulls } = accuracy;
  const count = matches.catalog.length;
  const of = (name: string, value: number, unit: string, description: string, n: number = count): Measurement => ({
    name,
    value,
    unit,
    description,
    count: n,
    ...(band === undefined ? {} : { band }),
  });
  const pull = (name: string, what: string, summary: RobustSummary): Measurement[] => [
    of(`${name}PullMean`, summary.clippedMean, '', `Mean of ${what} differences over their errors, within five widths.`, summary.count),
    of(`${name}PullWidth`, summary.width, '', `Robust width of ${what} differences over their errors.`, summary.count),
    of(`${name}PullOutliers`, 100 * summary.outlierFraction, '%', `Share of ${what} pulls beyond five widths.`, summary.count),
  ];
  return [
    of('completeness', 100 * comparison.completeness, '%', 'Share of true sources found.', totalOf(comparison.completenessByMag)),
    {
      ...of(
        'completeness50Mag',
        comparison.completeness50Mag,
        'mag',
        'Magnitude at which half of the true sources are found; share found [%] by magnitude.',
      ),
      ...(comparison.completenessByMag.length === 0 ? {} : { histogram: shareByMag(comparison.completenessByMag) }),
    },
    of('purity', 100 * comparison.purity, '%', 'Share of catalogue rows that are true sources.', totalOf(comparison.purityByMag)),
    of('raBias', accuracy.raMas.median, 'mas', 'Median of measured less true right ascension.', accuracy.raMas.count),
    of('decBias', accuracy.decMas.median, 'mas', 'Median of measured less true declination.', accuracy.decMas.count),
    of('raScatter', accuracy.raMas.width, 'mas', 'Robust width of measured less true right ascension.', accuracy.raMas.count),
    of('decScatter', accuracy.decMas.width, 'mas', 'Robust width of measured less true declination.', accuracy.decMas.count),
    of('fluxBias', 100 * accuracy.flux.median, '%', 'Median of measured over true flux, less one.', accuracy.flux.count),
    of('magScatter', accuracy.magMmag.width, 'mmag', 'Robust width of measured less true magnitude.', accuracy.magMmag.count),
    ...pull('ra', 'right ascension', pulls.ra),
    ...pull('dec', 'declination', pulls.dec),
    ...pull('flux', 'flux', pulls.flux),
  ];
}

/** Share found [%] in the bins; zero where there was nothing to find. */
function shareByMag(bins: readonly BinnedFraction[]): NonNullable<Measurement['histogram']> {
  return {
    edges: [...bins.map(({ low }) => low), bins[bins.length - 1].high],
    counts: bins.map(({ fraction, total }) => (total === 0 ? 0 : 100 * fraction)),
  };
}

function totalOf(bins: readonly BinnedFraction[]): number {
  return bins.reduce((sum, { total }) => sum + total, 0);
}

/** A comparison of alerts with planted changes as metrics: completeness of every kind and the false fraction. */
export function measurementsOfTransients(comparison: TransientComparison): readonly Measurement[] {
  const { kinds, all, falseFraction, detections, accuracy } = comparison;
  return [
    {
      name: 'transientCompleteness',
      value: 100 * all.completeness,
      unit: '%',
      description: 'Share of planted changes above the cut found.',
      count: all.planted,
    },
    ...kinds.map(({ kind, completeness, planted }) => ({
      name: `${kind}Completeness`,
      value: 100 * completeness,
      unit: '%',
      description: `Share of planted changes of kind ${kind} above the cut found.`,
      count: planted,
    })),
    {
      name: 'falseAlertFraction',
      value: 100 * falseFraction,
      unit: '%',
      description: 'Share of detections that no planted change explains.',
      count: detections,
    },
    {
      name: 'transientFluxPullWidth',
      value: accuracy.fluxPull.width,
      unit: '',
      description: 'Robust width of flux differences of found changes over their errors.',
      count: accuracy.fluxPull.count,
    },
  ];
}
