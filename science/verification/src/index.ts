export { MetricInputError, MetricOptionError, VerificationFormatError } from './errors.ts';
export { measureAD, measureAF, measureAM, type PairOptions } from './kpm/astrometric.ts';
export { type BandToBandOptions, measureAB } from './kpm/band-to-band.ts';
export { type Correlation, type CorrelationOptions, correlatePairs, type EllipticityField } from './kpm/correlation.ts';
export { measureTE } from './kpm/ellipticity.ts';
export { bandsOfCatalog, type KpmOptions, measureKpm } from './kpm/measure-kpm.ts';
export { type Measurement } from './kpm/measurement.ts';
export { measurePA1, measurePA2, measurePF1, type RepeatabilityOptions } from './kpm/photometric.ts';
export { correlateEllipticities } from './kpm/tree-correlation.ts';
export { associateVisits } from './matched/associate-visits.ts';
export { groupByObject, type MatchedCatalog, type MatchedRows, restrictToBand, rowsOfObject } from './matched/matched-catalog.ts';
export { matchedCatalogOf, type MatchedTableOptions, readMeasurementTable } from './matched/read-matched-table.ts';
export { BRIGHT_STARS, CLEAN_STARS, type ObjectSelection, selectObjects } from './matched/select-objects.ts';
export {
  type CatalogColumns,
  compareToTruth,
  type TruthAccuracy,
  type TruthColumns,
  type TruthComparison,
  type TruthOptions,
} from './truth/compare-to-truth.ts';
export {
  compareTransients,
  medianNoise,
  type KindRecovery,
  type PlantedChanges,
  type TransientComparison,
  type TransientDetections,
  type TransientOptions,
  type VisitKey,
} from './truth/compare-transients.ts';
export { matchOneToOne } from './truth/match-one-to-one.ts';
export { type BinnedFraction, halfFoundAt, type RobustSummary, summarize } from './truth/robust-summary.ts';
export { catalogColumnsOf, detectionsOf, plantedChanges, truthOfExposure, truthOfObjects } from './truth/tables.ts';
export { formatMetricsHtml } from './report/metrics-html.ts';
export { makeMetricsReport, type MetricsReport, type MetricTrend, metricTrends, parseMetricsReport } from './report/metrics-report.ts';
export {
  buildVerificationMatrix,
  type MatrixResult,
  type MatrixRow,
  parseRequirements,
  type Requirement,
  type TestResult,
  testResultsOf,
  type Verification,
} from './requirements/verification-matrix.ts';
export { type EvaluatedMetric, evaluateMetrics, judge, type Verdict } from './thresholds/evaluate-metrics.ts';
export {
  type Level,
  LEVELS,
  type Limit,
  parseThresholds,
  SCIENCE_THRESHOLDS,
  type Threshold,
  TRUTH_THRESHOLDS,
} from './thresholds/thresholds.ts';
export { measurementsOfTransients, measurementsOfTruth } from './truth/measurements.ts';
