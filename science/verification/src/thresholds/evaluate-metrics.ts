import type { Measurement } from '../kpm/measurement.ts';
import { type Level, LEVELS, type Limit, SCIENCE_THRESHOLDS, type Threshold } from './thresholds.ts';

/** The most demanding level reached; `fails` where not even the least is; `unknown` without a value or a threshold. */
export type Verdict = Level | 'fails' | 'unknown';

/** A measurement with what it had to reach. */
export interface EvaluatedMetric extends Omit<Measurement, 'value'> {
  /** Null where too little went in to say. */
  readonly value: number | null;
  readonly thresholds: Partial<Readonly<Record<Level, Limit>>>;
  /** Whether a smaller or a larger value is better. */
  readonly sense?: Threshold['sense'];
  readonly verdict: Verdict;
}

/**
 * Judges measurements by thresholds.
 *
 * The threshold of a metric is the first one of its name and unit whose bands hold the measurement's.
 *
 * @param thresholds - {@link SCIENCE_THRESHOLDS} by default.
 */
export function evaluateMetrics(
  measurements: readonly Measurement[],
  thresholds: readonly Threshold[] = SCIENCE_THRESHOLDS,
): readonly EvaluatedMetric[] {
  return measurements.map((measurement) => {
    const { value, ...rest } = measurement;
    const threshold = thresholds.find(
      ({ metric, unit, bands }) =>
        metric === measurement.name &&
        unit === measurement.unit &&
        (bands === undefined || measurement.band === undefined || bands.includes(measurement.band)),
    );
    const limits: Partial<Record<Level, Limit>> = {};
    for (const level of LEVELS) if (threshold?.[level] !== undefined) limits[level] = threshold[level];
    return {
      ...rest,
      value: Number.isFinite(value) ? value : null,
      thresholds: limits,
      ...(threshold ? { sense: threshold.sense } : {}),
      verdict: judge(value, threshold),
    };
  });
}

/** Verdict of one value. */
export function judge(value: number, threshold: Threshold | undefined): Verdict {
  if (!threshold || !Number.isFinite(value)) return 'unknown';
  let reached: Verdict | undefined;
  for (const level of LEVELS) {
    const limit = threshold[level];
    if (limit === undefined) continue;
    if (meets(value, limit, threshold.sense)) reached = level;
    else reached ??= 'fails';
  }
  return reached ?? 'unknown';
}

/** True where a value keeps a limit, ends included. */
export function meets(value: number, limit: Limit, sense: Threshold['sense']): boolean {
  if (typeof limit !== 'number') return value >= limit[0] && value <= limit[1];
  return sense === 'at-most' ? value <= limit : value >= limit;
}
