import { VerificationFormatError } from '../errors.ts';

/** Levels of a requirement, from the least to the most demanding. */
export const LEVELS = ['minimum', 'design', 'stretch'] as const;
export type Level = (typeof LEVELS)[number];

/** A limit: a number that a value must not exceed (or fall below, see `sense`), or a range, ends included. */
export type Limit = number | readonly [low: number, high: number];

/** What a metric must reach. */
export interface Threshold {
  /** Name of the metric, such as `PA1`. */
  readonly metric: string;
  /** Bands that it holds for; all where absent. */
  readonly bands?: readonly string[];
  readonly unit: string;
  /** Whether a smaller or a larger value is better; ranges do not ask. */
  readonly sense: 'at-most' | 'at-least';
  readonly minimum?: Limit;
  readonly design?: Limit;
  readonly stretch?: Limit;
  /** Document that says so. */
  readonly source?: string;
}

const SRD = 'LPM-17';
const GRI = ['g', 'r', 'i'];
const UZY = ['u', 'z', 'y'];

function atMost(metric: string, unit: string, limits: readonly [number, number, number], bands?: readonly string[]): Threshold {
  const [minimum, design, stretch] = limits;
  return { metric, unit, sense: 'at-most', minimum, design, stretch, source: SRD, ...(bands ? { bands } : {}) };
}

/** The science requirements on the key performance metrics, as minimum, design and stretch goals. */
export const SCIENCE_THRESHOLDS: readonly Threshold[] = [
  atMost('PA1', 'mmag', [8, 5, 3], GRI),
  atMost('PA1', 'mmag', [12, 7.5, 4.5], UZY),
  atMost('PA2', 'mmag', [15, 15, 10], GRI),
  atMost('PA2', 'mmag', [22.5, 22.5, 15], UZY),
  atMost('PF1', '%', [20, 10, 5]),
  atMost('AM1', 'mas', [20, 10, 5]),
  atMost('AM2', 'mas', [20, 10, 5]),
  atMost('AM3', 'mas', [30, 15, 10]),
  atMost('AD1', 'mas', [40, 20, 10]),
  atMost('AD2', 'mas', [40, 20, 10]),
  atMost('AD3', 'mas', [50, 30, 20]),
  atMost('AF1', '%', [20, 10, 5]),
  atMost('AF2', '%', [20, 10, 5]),
  atMost('AF3', '%', [20, 10, 5]),
  atMost('AB1', 'mas', [20, 10, 5]),
  atMost('TE1', '', [3e-5, 2e-5, 1e-5]),
  atMost('TE2', '', [3e-7, 1e-7, 5e-8]),
];

/** What comparisons with the truth must reach: the project's own goals for simulated data. */
export const TRUTH_THRESHOLDS: readonly Threshold[] = [
  { metric: 'raPullWidth', unit: '', sense: 'at-most', minimum: [0.8, 1.25], design: [0.95, 1.05] },
  { metric: 'decPullWidth', unit: '', sense: 'at-most', minimum: [0.8, 1.25], design: [0.95, 1.05] },
  { metric: 'fluxPullWidth', unit: '', sense: 'at-most', minimum: [0.8, 1.25], design: [0.95, 1.05] },
  { metric: 'raPullMean', unit: '', sense: 'at-most', minimum: [-0.1, 0.1], design: [-0.02, 0.02] },
  { metric: 'decPullMean', unit: '', sense: 'at-most', minimum: [-0.1, 0.1], design: [-0.02, 0.02] },
  { metric: 'fluxPullMean', unit: '', sense: 'at-most', minimum: [-0.1, 0.1], design: [-0.02, 0.02] },
  { metric: 'fluxBias', unit: '%', sense: 'at-most', minimum: [-1, 1], design: [-0.5, 0.5] },
  { metric: 'purity', unit: '%', sense: 'at-least', minimum: 95, design: 99 },
  { metric: 'transientCompleteness', unit: '%', sense: 'at-least', minimum: 90, design: 95, stretch: 99 },
  { metric: 'falseAlertFraction', unit: '%', sense: 'at-most', minimum: 50, design: 10 },
];

/**
 * Checks thresholds that came from a file: a list of entries with the fields of {@link Threshold}.
 *
 * @throws {VerificationFormatError} naming the entry at fault.
 */
export function parseThresholds(document: unknown): readonly Threshold[] {
  if (!Array.isArray(document)) throw fault('thresholds', 'a list', document);
  return document.map((entry: unknown, i) => {
    const where = `thresholds[${i}]`;
    if (!isRecord(entry)) throw fault(where, 'a mapping', entry);
    const { metric, unit = '', sense = 'at-most', bands, source } = entry;
    if (typeof metric !== 'string') throw fault(`${where}.metric`, 'a name', metric);
    if (typeof unit !== 'string') throw fault(`${where}.unit`, 'text', unit);
    if (sense !== 'at-most' && sense !== 'at-least') throw fault(`${where}.sense`, '"at-most" or "at-least"', sense);
    if (bands !== undefined && !(Array.isArray(bands) && bands.every((band) => typeof band === 'string')))
      throw fault(`${where}.bands`, 'a list of bands', bands);
    const limits: Partial<Record<Level, Limit>> = {};
    for (const level of LEVELS) {
      const limit = entry[level];
      if (limit === undefined) continue;
      if (!isLimit(limit)) throw fault(`${where}.${level}`, 'a number or a pair of numbers', limit);
      limits[level] = limit;
    }
    return {
      metric,
      unit,
      sense,
      ...limits,
      ...(bands === undefined ? {} : { bands: bands as string[] }),
      ...(typeof source === 'string' ? { source } : {}),
    };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLimit(value: unknown): value is Limit {
  return typeof value === 'number' || (Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === 'number'));
}

function fault(where: string, expected: string, found: unknown): VerificationFormatError {
  const text = JSON.stringify(found) ?? 'nothing';
  return new VerificationFormatError(`${where} must be ${expected}; found ${text.slice(0, 80)}`, {
    details: { where, found: text.slice(0, 80) },
  });
}
