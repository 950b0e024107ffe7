import { VerificationFormatError } from '../errors.ts';
import type { EvaluatedMetric } from '../thresholds/evaluate-metrics.ts';

/** Metrics of one run as a JSON document. */
export interface MetricsReport {
  readonly format: 'almagest-metrics';
  readonly version: 1;
  /** Name of the run or file that was measured. */
  readonly run: string;
  /** ISO 8601 time of the measurement. */
  readonly created: string;
  readonly metrics: readonly EvaluatedMetric[];
}

/** A report of metrics. Time is an argument, so that the same run gives the same bytes. */
export function makeMetricsReport(
  metrics: readonly EvaluatedMetric[],
  about: { readonly run: string; readonly created: string },
): MetricsReport {
  return { format: 'almagest-metrics', version: 1, run: about.run, created: about.created, metrics };
}

/**
 * Checks a report that came from a file.
 *
 * @throws {VerificationFormatError} if it is not one, or of a later version.
 */
export function parseMetricsReport(document: unknown, where = 'report'): MetricsReport {
  const found = document as Partial<MetricsReport> | null;
  if (typeof found !== 'object' || found === null || found.format !== 'almagest-metrics' || !Array.isArray(found.metrics))
    throw new VerificationFormatError(`${where} must be a report of metrics with "format": "almagest-metrics"; found something else`, {
      details: { where, found: typeof document },
    });
  if (found.version !== 1)
    throw new VerificationFormatError(`${where} must be of version 1; found ${String(found.version)}`, {
      details: { where, found: String(found.version) },
    });
  for (const [i, metric] of (found.metrics as readonly (Partial<EvaluatedMetric> | null)[]).entries())
    if (typeof metric?.name !== 'string' || !(metric.value === null || typeof metric.value === 'number'))
      throw new VerificationFormatError(`${where}.metrics[${i}] must have a name and a value`, {
        details: { where: `${where}.metrics[${i}]`, found: JSON.stringify(metric)?.slice(0, 80) ?? '' },
      });
  return found as MetricsReport;
}

/** One metric over several runs. */
export interface MetricTrend {
  readonly name: string;
  readonly band?: string;
  readonly unit: string;
  /** One for every report, in order of time; null where a run lacks the metric or its value. */
  readonly points: readonly { readonly run: string; readonly created: string; readonly value: number | null }[];
  /** Relative change of the last value against the median of the earlier ones; null where either is missing or zero. */
  readonly change: number | null;
  readonly last: EvaluatedMetric;
}

/** How metrics developed over runs: one trend for every metric and band, in order of first appearance. */
export function metricTrends(reports: readonly MetricsReport[]): readonly MetricTrend[] {
  const ordered = reports.toSorted((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
  const keys = new Map<string, EvaluatedMetric>();
  for (const { metrics } of ordered) for (const metric of metrics) keys.set(keyOf(metric), metric);
  return Array.from(keys, ([key, last]) => {
    const points = ordered.map(({ run, created, metrics }) => ({
      run,
      created,
      value: metrics.find((metric) => keyOf(metric) === key)?.value ?? null,
    }));
    return {
      name: last.name,
      unit: last.unit,
      ...(last.band === undefined ? {} : { band: last.band }),
      points,
      change: changeOf(points.map(({ value }) => value)),
      last,
    };
  });
}

function keyOf({ name, band, unit }: EvaluatedMetric): string {
  return `${name}|${band ?? ''}|${unit}`;
}

function changeOf(values: readonly (number | null)[]): number | null {
  const last = values.at(-1) ?? null;
  const earlier = values.slice(0, -1).filter((value) => value !== null);
  if (last === null || earlier.length === 0) return null;
  const sorted = earlier.toSorted((a, b) => a - b);
  const middle = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  return middle === 0 ? null : last / middle - 1;
}
