import { leavesOf } from './layers.ts';
import type { ConfigValues } from './parse.ts';

export interface ConfigDifference {
  readonly path: string;
  /** Undefined where the field is missing on that side. */
  readonly left: unknown;
  readonly right: unknown;
}

export interface CompareOptions {
  /** Numbers equal within `relativeTolerance * max(|left|, |right|) + absoluteTolerance` count as equal. Default 0. */
  readonly relativeTolerance?: number;
  readonly absoluteTolerance?: number;
}

/** Lists the fields that differ between two configurations, sorted by path; NaN equals NaN. */
export function compareConfigs(left: ConfigValues, right: ConfigValues, options: CompareOptions = {}): readonly ConfigDifference[] {
  const a = new Map(leavesOf(left));
  const b = new Map(leavesOf(right));
  return [...new Set([...a.keys(), ...b.keys()])]
    .toSorted()
    .filter((path) => !equal(a.get(path), b.get(path), options))
    .map((path) => ({ path, left: a.get(path), right: b.get(path) }));
}

function equal(left: unknown, right: unknown, options: CompareOptions): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left === 'number' && typeof right === 'number') {
    const { relativeTolerance = 0, absoluteTolerance = 0 } = options;
    return Math.abs(left - right) <= relativeTolerance * Math.max(Math.abs(left), Math.abs(right)) + absoluteTolerance;
  }
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, i) => equal(item, right[i], options));
  if (
    typeof left === 'object' &&
    typeof right === 'object' &&
    left !== null &&
    right !== null &&
    !Array.isArray(left) &&
    !Array.isArray(right)
  )
    return compareConfigs(left as ConfigValues, right as ConfigValues, options).length === 0;
  return false;
}
