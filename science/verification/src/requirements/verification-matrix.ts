import { VerificationFormatError } from '../errors.ts';
import type { EvaluatedMetric } from '../thresholds/evaluate-metrics.ts';
import { meets } from '../thresholds/evaluate-metrics.ts';
import { type Level, LEVELS } from '../thresholds/thresholds.ts';

/** How a requirement is verified: by a metric that reaches a level, or by tests that pass. */
export type Verification =
  | { readonly metric: string; readonly level: Level; readonly bands?: readonly string[] }
  /** File of the tests, as the end of its path; and part of their names, all tests of the file where absent. */
  | { readonly test: string; readonly name?: string };

/** A requirement under its identifier in the field. */
export interface Requirement {
  /** Such as `DMS-REQ-0359`. */
  readonly id: string;
  readonly title: string;
  readonly verifiedBy: readonly Verification[];
}

/** How a test ended. */
export interface TestResult {
  readonly file: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

export type MatrixResult = 'passed' | 'failed' | 'unknown';

export interface MatrixRow {
  readonly id: string;
  readonly title: string;
  /** `failed` where some evidence fails, `passed` where all of it passes, else `unknown`. */
  readonly result: MatrixResult;
  readonly evidence: readonly { readonly text: string; readonly result: MatrixResult }[];
}

/**
 * Sets requirements against what was measured and tested.
 *
 * A metric that was not measured, has no threshold at the level, or a test that did not run leaves the requirement unknown; a requirement without evidence is unknown.
 */
export function buildVerificationMatrix(
  requirements: readonly Requirement[],
  found: { readonly metrics?: readonly EvaluatedMetric[]; readonly tests?: readonly TestResult[] },
): readonly MatrixRow[] {
  return requirements.map(({ id, title, verifiedBy }) => {
    const evidence = verifiedBy.flatMap((way) =>
      'metric' in way ? metricEvidence(way, found.metrics ?? []) : [testEvidence(way, found.tests ?? [])],
    );
    return { id, title, result: combine(evidence.map(({ result }) => result)), evidence };
  });
}

function combine(results: readonly MatrixResult[]): MatrixResult {
  if (results.includes('failed')) return 'failed';
  return results.length > 0 && results.every((result) => result === 'passed') ? 'passed' : 'unknown';
}

function metricEvidence(way: Extract<Verification, { metric: string }>, metrics: readonly EvaluatedMetric[]): MatrixRow['evidence'] {
  const chosen = metrics.filter(
    ({ name, band }) => name === way.metric && (way.bands === undefined || (band !== undefined && way.bands.includes(band))),
  );
  if (chosen.length === 0) return [{ text: `${way.metric} was not measured`, result: 'unknown' }];
  return chosen.map(({ band, value, unit, thresholds, sense = 'at-most' }) => {
    const name = `${way.metric}${band === undefined ? '' : ` in ${band}`}`;
    const limit = thresholds[way.level];
    if (value === null || limit === undefined)
      return { text: value === null ? `${name} has no value` : `${name} has no ${way.level} threshold`, result: 'unknown' };
    const asked = typeof limit === 'number' ? `${sense === 'at-most' ? 'at most' : 'at least'} ${limit}` : `${limit[0]} to ${limit[1]}`;
    return {
      text: `${name} = ${Number(value.toPrecision(5))} ${unit} (${way.level}: ${asked})`.replace('  ', ' '),
      result: meets(value, limit, sense) ? 'passed' : 'failed',
    };
  });
}

function testEvidence(way: Extract<Verification, { test: string }>, tests: readonly TestResult[]): MatrixRow['evidence'][number] {
  const { name: part } = way;
  const chosen = tests.filter(({ file, name }) => file.endsWith(way.test) && (part === undefined || name.includes(part)));
  const label = part === undefined ? way.test : `${way.test}: ${part}`;
  const failed = chosen.filter(({ status }) => status === 'failed').length;
  const passed = chosen.filter(({ status }) => status === 'passed').length;
  if (failed > 0) return { text: `${label}: ${failed} of ${failed + passed} fail`, result: 'failed' };
  return passed > 0 ? { text: `${label}: ${passed} pass`, result: 'passed' } : { text: `${label}: did not run`, result: 'unknown' };
}

/**
 * Checks requirements that came from a file: a mapping with a list `requirements`, each with `id`, `title` and `verifiedBy`.
 *
 * @throws {VerificationFormatError} naming the entry at fault; also where an identifier comes twice.
 */
export function parseRequirements(document: unknown): readonly Requirement[] {
  const list = isRecord(document) ? document['requirements'] : undefined;
  if (!Array.isArray(list)) throw fault('requirements', 'a list', list);
  const seen = new Set<string>();
  return list.map((entry: unknown, i) => {
    const where = `requirements[${i}]`;
    if (!isRecord(entry)) throw fault(where, 'a mapping', entry);
    const { id, title, verifiedBy } = entry;
    if (typeof id !== 'string' || id === '') throw fault(`${where}.id`, 'an identifier', id);
    if (seen.has(id)) throw fault(`${where}.id`, 'an identifier of its own', id);
    seen.add(id);
    if (typeof title !== 'string') throw fault(`${where}.title`, 'text', title);
    if (!Array.isArray(verifiedBy)) throw fault(`${where}.verifiedBy`, 'a list', verifiedBy);
    return { id, title, verifiedBy: verifiedBy.map((way: unknown, k) => verificationOf(way, `${where}.verifiedBy[${k}]`)) };
  });
}

function verificationOf(way: unknown, where: string): Verification {
  if (!isRecord(way)) throw fault(where, 'a mapping', way);
  const { metric, level = 'design', bands, test, name } = way;
  if (typeof test === 'string') return { test, ...(typeof name === 'string' ? { name } : {}) };
  if (typeof metric !== 'string') throw fault(where, 'a mapping with "metric" or "test"', way);
  const known = LEVELS.find((each) => each === level);
  if (!known) throw fault(`${where}.level`, `one of ${LEVELS.join(', ')}`, level);
  if (bands !== undefined && !(Array.isArray(bands) && bands.every((band) => typeof band === 'string')))
    throw fault(`${where}.bands`, 'a list of bands', bands);
  return { metric, level: known, ...(bands === undefined ? {} : { bands: bands as string[] }) };
}

/** Results of tests from the JSON report of vitest or jest. @throws {VerificationFormatError} if it is not one. */
export function testResultsOf(document: unknown): readonly TestResult[] {
  const files = isRecord(document) ? document['testResults'] : undefined;
  if (!Array.isArray(files)) throw fault('testResults', 'a list', files);
  return files.flatMap((file: unknown, i) => {
    if (!isRecord(file) || typeof file['name'] !== 'string' || !Array.isArray(file['assertionResults']))
      throw fault(`testResults[${i}]`, 'a file with "name" and "assertionResults"', file);
    const path = file['name'];
    return file['assertionResults'].map((entry: unknown) => {
      const { fullName, title, status } = isRecord(entry) ? entry : {};
      const name = typeof fullName === 'string' ? fullName : typeof title === 'string' ? title : '';
      return { file: path, name, status: status === 'passed' || status === 'failed' ? status : ('skipped' as const) };
    });
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(where: string, expected: string, found: unknown): VerificationFormatError {
  const text = (JSON.stringify(found) ?? 'nothing').slice(0, 80);
  return new VerificationFormatError(`${where} must be ${expected}; found ${text}`, { details: { where, found: text } });
}
