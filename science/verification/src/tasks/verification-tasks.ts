import { withoutBlends } from '../matched/without-blends.ts';
import type { Exposure } from '@almagest/image';
import {
  type Deferred,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  prerequisite,
  type Task,
} from '@almagest/pipeline';
import { concatTables, findColumn, makeColumn, selectColumns, type Table, withColumn } from '@almagest/table';
import { measureKpm } from '../kpm/measure-kpm.ts';
import { matchedCatalogOf } from '../matched/read-matched-table.ts';
import { makeMetricsReport, type MetricsReport } from '../report/metrics-report.ts';
import { type EvaluatedMetric, evaluateMetrics } from '../thresholds/evaluate-metrics.ts';
import { SCIENCE_THRESHOLDS, TRUTH_THRESHOLDS } from '../thresholds/thresholds.ts';
import { compareToTruth } from '../truth/compare-to-truth.ts';
import { measurementsOfTruth } from '../truth/measurements.ts';
import { catalogColumnsOf, truthOfExposure } from '../truth/tables.ts';
import { recoverInjected } from './injection-recovery.ts';

const FIELD = ['instrument', 'skymap', 'tract', 'band'];
const DETECTOR = ['instrument', 'visit', 'detector'];

/** Columns of Source that the metrics use. */
const KEPT = [
  'visit',
  'detector',
  'band',
  'coord_ra',
  'coord_dec',
  'ra',
  'dec',
  'psfFlux',
  'psfFluxErr',
  'extendedness',
  'pixelFlags_saturated',
  'pixelFlags_cr',
  'pixelFlags_bad',
  'pixelFlags_edge',
  'ixx',
  'iyy',
  'ixy',
  'ixxPSF',
  'iyyPSF',
  'ixyPSF',
];

/** Matches the sources of all visits of a tract in a band by position. */
export const matchVisitsTask: Task = defineTask({
  name: 'matchVisits',
  doc: 'Matches the sources of the visits of a tract and band into one table.',
  dimensions: FIELD,
  config: { radiusArcsec: numberField({ doc: 'Largest distance of a match [arcsec].', default: 0.5, min: 0.01, max: 60 }) },
  connections: {
    sources: input<readonly Deferred<Table>[]>({
      name: 'source',
      storageClass: 'ArrowTable',
      dimensions: DETECTOR,
      doc: 'Calibrated sources of a detector.',
      multiple: true,
      deferred: true,
    }),
    matched: output<Table>({
      name: 'matched_source',
      storageClass: 'ArrowTable',
      dimensions: FIELD,
      doc: 'Sources of all visits with the object that they belong to.',
    }),
  },
  run: async ({ sources }, config, context) => {
    const tables: Table[] = [];
    for (const deferred of sources) {
      const table = await deferred.get();
      tables.push(
        selectColumns(
          table,
          KEPT.filter((name) => findColumn(table, name)),
        ),
      );
    }
    const all = withoutBlends(concatTables(tables));
    if (all.nrows === 0) throw new NoWorkError('no visit has a source');
    const { order, starts, objectNames, visitNames } = matchedCatalogOf(all, { radiusArcsec: config.radiusArcsec });
    const objects = new BigInt64Array(all.nrows);
    for (let k = 0; k < objectNames.length; k++) for (const row of order.subarray(starts[k], starts[k + 1])) objects[row] = BigInt(k + 1);
    context.metadata.set('objects', objectNames.length);
    context.metadata.set('visits', visitNames.length);
    return {
      matched: withColumn(
        all,
        makeColumn({ name: 'objectId', datatype: 'int64', data: objects, description: 'Number of the object in this table.' }),
      ),
    };
  },
});

/** Measures the key performance metrics of a matched table, and judges them. */
export const measureKpmTask: Task = defineTask({
  name: 'measureKpm',
  doc: 'Measures the key performance metrics of a tract and band.',
  dimensions: FIELD,
  config: {
    minObjects: integerField({ doc: 'Fewest stars for the photometric metrics.', default: 50, min: 2 }),
    radiusArcsec: numberField({ doc: 'Matching radius where the table names no objects [arcsec].', default: 0.5, min: 0.01, max: 60 }),
  },
  connections: {
    matched: input<Table>({ name: 'matched_source', storageClass: 'ArrowTable', dimensions: FIELD, doc: 'Sources with their objects.' }),
    metrics: output<MetricsReport>({
      name: 'kpm_metrics',
      storageClass: 'StructuredDataDict',
      dimensions: FIELD,
      doc: 'Metrics with their thresholds and verdicts.',
    }),
  },
  run: ({ matched }, config, context) => {
    const catalog = matchedCatalogOf(matched, { radiusArcsec: config.radiusArcsec });
    const metrics = evaluateMetrics(measureKpm(catalog, { minObjects: config.minObjects }), SCIENCE_THRESHOLDS);
    record(metrics, context.metadata);
    return { metrics: makeMetricsReport(metrics, { run: context.quantumId, created: '' }) };
  },
});

/** Compares the sources of a detector with the truth of the simulation. */
export const compareTruthTask: Task = defineTask({
  name: 'compareTruth',
  doc: 'Compares the sources of a detector with what was simulated.',
  dimensions: DETECTOR,
  config: {
    radiusArcsec: numberField({ doc: 'Largest distance of a match [arcsec].', default: 0.5, min: 0.01, max: 60 }),
    magTolerance: numberField({ doc: 'Largest difference of magnitudes of a match.', default: 1, min: 0 }),
    isolationArcsec: numberField({
      doc: 'Blends within this distance are left out of the accuracy [arcsec].',
      default: 3,
      min: 0,
      max: 60,
    }),
  },
  connections: {
    sources: input<Table>({ name: 'source', storageClass: 'ArrowTable', dimensions: DETECTOR, doc: 'Calibrated sources of a detector.' }),
    truth: prerequisite<Table>({
      name: 'truth_source',
      storageClass: 'ArrowTable',
      dimensions: ['instrument'],
      doc: "The simulator's table of true sources in every exposure.",
    }),
    metrics: output<MetricsReport>({
      name: 'truth_metrics',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Completeness, purity, bias, scatter and pulls with their verdicts.',
    }),
  },
  run: ({ sources, truth }, config, context) => {
    const there = truthOfExposure(truth, {
      exposureId: BigInt(context.dataId['visit'] ?? 0),
      detector: Number(context.dataId['detector']),
    });
    if (there.ra.length === 0) throw new NoWorkError('nothing was simulated on this detector');
    const band = findColumn(sources, 'band')?.data[0];
    const measured = measurementsOfTruth(
      compareToTruth(catalogColumnsOf(sources), there, config),
      typeof band === 'string' ? band : undefined,
    );
    const metrics = evaluateMetrics(measured, TRUTH_THRESHOLDS);
    record(metrics, context.metadata);
    return { metrics: makeMetricsReport(metrics, { run: context.quantumId, created: '' }) };
  },
});

/** Puts stars into calibrated detectors, and measures what is found of them. */
export const recoverInjectedTask: Task = defineTask({
  name: 'recoverInjected',
  doc: 'Puts stars into a calibrated detector, measures it again and compares.',
  dimensions: DETECTOR,
  config: {
    spacingPixels: numberField({ doc: 'Distance of the stars [pixel].', default: 80, min: 10 }),
    bright: numberField({ doc: 'Brightest magnitude [mag].', default: 18 }),
    faint: numberField({ doc: 'Faintest magnitude [mag].', default: 26 }),
    radiusArcsec: numberField({ doc: 'Largest distance of a match [arcsec].', default: 0.5, min: 0.01, max: 60 }),
    magTolerance: numberField({ doc: 'Largest difference of magnitudes of a match.', default: 1, min: 0 }),
    threshold: numberField({ doc: 'Least significance of a source [sigma].', default: 5, min: 1 }),
  },
  connections: {
    exposure: input<Exposure>({
      name: 'visit_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Calibrated exposure with its WCS, PSF and calibration.',
    }),
    metrics: output<MetricsReport>({
      name: 'injection_metrics',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'Completeness, bias, scatter and pulls of the stars put in.',
    }),
    stars: output<Table>({
      name: 'injection_recovery',
      storageClass: 'ArrowTable',
      dimensions: DETECTOR,
      doc: 'Stars that were put in, and whether they were found.',
    }),
  },
  run: (inputs, { bright, faint, ...config }, context) => {
    const { exposure } = inputs;
    if (!exposure.psf || !exposure.photoCalib || !exposure.wcs)
      throw new NoWorkError('the detector has no PSF model, calibration or WCS to put stars in with');
    const { measurements, table } = context.metadata.time('recover', () =>
      recoverInjected(exposure, { ...config, magRange: [bright, faint], seed: context.seed }),
    );
    const metrics = evaluateMetrics(measurements, TRUTH_THRESHOLDS);
    record(metrics, context.metadata);
    return { metrics: makeMetricsReport(metrics, { run: context.quantumId, created: '' }), stars: table };
  },
});

function record(
  metrics: readonly EvaluatedMetric[],
  metadata: { metric(name: string, value: number, unit: string): void; warn(message: string): void },
): void {
  for (const { name, value, unit, verdict } of metrics) {
    if (value === null) continue;
    metadata.metric(name, value, unit);
    if (verdict === 'fails') metadata.warn(`${name} = ${value} ${unit} fails its minimum`);
  }
}
