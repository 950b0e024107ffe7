import { expect, test } from 'vitest';
import { VerificationFormatError } from '../errors.ts';
import type { Measurement } from '../kpm/measurement.ts';
import { buildVerificationMatrix, parseRequirements, testResultsOf } from '../requirements/verification-matrix.ts';
import { evaluateMetrics } from '../thresholds/evaluate-metrics.ts';
import { parseThresholds } from '../thresholds/thresholds.ts';
import { formatMetricsHtml } from './metrics-html.ts';
import { makeMetricsReport, metricTrends, parseMetricsReport } from './metrics-report.ts';

const measured = (name: string, value: number, unit: string, band?: string): Measurement => ({
  name,
  value,
  unit,
  description: 'A <metric>.',
  count: 5,
  ...(band ? { band } : {}),
});

test('a value gets the most demanding level that it reaches, ends included', () => {
  const verdicts = (values: readonly number[], band: string) =>
    evaluateMetrics(values.map((value) => measured('PA1', value, 'mmag', band))).map(({ verdict }) => verdict);
  expect(verdicts([2, 3, 4, 5, 7, 8, 9, Number.NaN], 'r')).toEqual([
    'stretch',
    'stretch',
    'design',
    'design',
    'minimum',
    'minimum',
    'fails',
    'unknown',
  ]);
  expect(verdicts([9], 'z')).toEqual(['minimum']);
});

test('a metric of another unit or without a threshold is not judged', () => {
  expect(evaluateMetrics([measured('PA1', 0.001, 'mag'), measured('X', 1, '')]).map(({ verdict }) => verdict)).toEqual([
    'unknown',
    'unknown',
  ]);
});

test('thresholds come from data, ranges and lower limits too', () => {
  const thresholds = parseThresholds([
    { metric: 'purity', unit: '%', sense: 'at-least', minimum: 95, design: 99 },
    { metric: 'pull', design: [0.95, 1.05] },
  ]);
  const verdict = (name: string, value: number, unit: string) => evaluateMetrics([measured(name, value, unit)], thresholds)[0]?.verdict;
  expect([verdict('purity', 94, '%'), verdict('purity', 96, '%'), verdict('purity', 99, '%')]).toEqual(['fails', 'minimum', 'design']);
  expect([verdict('pull', 0.94, ''), verdict('pull', 1, '')]).toEqual(['fails', 'design']);
});

test.each([
  [{ metric: 1 }, /thresholds\[0\]\.metric/],
  [{ metric: 'A', design: 'x' }, /thresholds\[0\]\.design/],
  [{ metric: 'A', sense: 'up' }, /at-most/],
])('a bad threshold is named: %j', (entry, message) => {
  expect(() => parseThresholds([entry])).toThrow(message);
});

const reportOf = (run: string, created: string, pa1: number) =>
  makeMetricsReport(evaluateMetrics([measured('PA1', pa1, 'mmag', 'r'), measured('AM1', Number.NaN, 'mas', 'r')]), { run, created });

test('reports survive JSON and are checked', () => {
  const report = reportOf('one', '2026-01-01T00:00:00Z', 4);
  expect(parseMetricsReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  expect(() => parseMetricsReport({ ...report, version: 2 })).toThrow(VerificationFormatError);
  expect(() => parseMetricsReport({ ...report, metrics: [{ name: 1 }] })).toThrow(/metrics\[0\]/);
  expect(() => parseMetricsReport('text')).toThrow(VerificationFormatError);
});

test('trends go by time, and their change is against the median of what came before', () => {
  const trends = metricTrends([reportOf('c', '2026-01-03', 5), reportOf('a', '2026-01-01', 4), reportOf('b', '2026-01-02', 6)]);
  expect(trends[0]?.points.map(({ run, value }) => [run, value])).toEqual([
    ['a', 4],
    ['b', 6],
    ['c', 5],
  ]);
  expect(trends[0]?.change).toBeCloseTo(0, 12);
  expect(trends[1]?.change).toBeNull();
});

test('the page stands alone and its text is escaped', () => {
  const histogram = { edges: [0, 1, 2], counts: [1, 3] };
  const report = makeMetricsReport(evaluateMetrics([{ ...measured('AM1', 12, 'mas', 'r'), histogram }]), { run: '<run>', created: 'now' });
  const page = formatMetricsHtml(report, { trends: metricTrends([report, { ...report, created: 'later' }]) });
  expect(page).not.toMatch(/https?:|<script|<link|url\(|@import/);
  expect(page).not.toContain('<run>');
  expect(page).toContain('A &lt;metric&gt;.');
  expect(page.match(/<svg/g)?.length).toBe(3);
});

test('a requirement passes where all its evidence passes, fails where one fails, and is unknown else', () => {
  const requirements = parseRequirements({
    requirements: [
      { id: 'R-1', title: 'metric', verifiedBy: [{ metric: 'PA1', level: 'design' }] },
      { id: 'R-2', title: 'stretch', verifiedBy: [{ metric: 'PA1', level: 'stretch' }] },
      { id: 'R-3', title: 'both', verifiedBy: [{ metric: 'PA1' }, { test: 'b.test.ts' }] },
      { id: 'R-4', title: 'tests', verifiedBy: [{ test: 'a.test.ts', name: 'works' }] },
      { id: 'R-5', title: 'none', verifiedBy: [] },
    ],
  });
  const tests = testResultsOf({
    testResults: [
      {
        name: '/x/a.test.ts',
        assertionResults: [
          { fullName: 'works well', status: 'passed' },
          { fullName: 'other', status: 'failed' },
        ],
      },
    ],
  });
  const matrix = buildVerificationMatrix(requirements, { metrics: evaluateMetrics([measured('PA1', 4, 'mmag', 'r')]), tests });
  expect(matrix.map(({ result }) => result)).toEqual(['passed', 'failed', 'unknown', 'passed', 'unknown']);
  expect(matrix[0]?.evidence[0]?.text).toBe('PA1 in r = 4 mmag (design: at most 5)');
});

test.each([
  [{}, /requirements must be a list/],
  [{ requirements: [{ id: 'A', title: 'a', verifiedBy: [{}] }] }, /verifiedBy\[0\]/],
  [
    {
      requirements: [
        { id: 'A', title: 'a', verifiedBy: [] },
        { id: 'A', title: 'a', verifiedBy: [] },
      ],
    },
    /identifier of its own/,
  ],
])('bad requirements are named: %j', (document, message) => {
  expect(() => parseRequirements(document)).toThrow(message);
});
