import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-metrics-'));
afterAll(() => rmSync(folder, { recursive: true }));

function almagest(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(import.meta.dirname, '../../bin/almagest.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'metrics', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Printed {
  readonly metrics: readonly { readonly name: string; readonly value: number | null; readonly verdict: string }[];
  readonly matrix?: readonly { readonly id: string; readonly result: string }[];
}

test.skipIf(!haveData)('a matched catalogue of the field gives its metrics, a report, a page and the matrix', () => {
  const [out, page] = [join(folder, 'one.json'), join(folder, 'one.html')];
  const { status, stdout } = almagest('kpm', dataPath('kpm', 'matchedCatalogTract_0_r.fits.gz'), '--json', '--out', out, '--html', page);
  expect(status).toBe(0);
  const { metrics } = JSON.parse(stdout) as Printed;
  const pa1 = metrics.find(({ name }) => name === 'PA1');
  expect(pa1?.value?.toFixed(8)).toBe('7.55641658');
  expect(pa1?.verdict).toBe('minimum');
  expect(readFileSync(page, 'utf8')).toContain('<svg');
  const requirements = join(import.meta.dirname, '../../../../docs/requirements.yaml');
  const report = almagest('report', out, out, '--requirements', requirements, '--json');
  // PA1 of this catalogue misses its design goal.
  expect(report.status).toBe(2);
  const matrix = (JSON.parse(report.stdout) as Printed).matrix ?? [];
  expect(matrix.find(({ id }) => id === 'DMS-REQ-0359')?.result).toBe('failed');
  expect(matrix.find(({ id }) => id === 'DMS-REQ-0389')?.result).toBe('unknown');
});

test('rows without objects are matched by position, and a missing column is a coded error', () => {
  const table = join(folder, 'visits.csv');
  const rows = Array.from({ length: 36 }, (_, i) => `${i % 3},r,${10 + Math.floor(i / 3) / 100},5,${1e6 + (i % 3) * 1000},1000`);
  writeFileSync(table, ['visit,band,ra,dec,psfFlux,psfFluxErr', ...rows].join('\n'));
  const { status, stdout } = almagest('kpm', table, '--json');
  expect(status).toBe(0);
  // Fluxes 1, 1.001 and 1.002: an rms of 0.8856 mmag.
  expect((JSON.parse(stdout) as Printed).metrics[0]?.value).toBeCloseTo(0.8856, 3);
  writeFileSync(table, 'visit,band\n1,r\n');
  const bad = almagest('kpm', table, '--json');
  expect(bad.status).toBe(2);
  expect(JSON.parse(bad.stdout)).toMatchObject({ error: { code: 'verification.metric-input' } });
});

test('a file that is no report is a coded error', () => {
  const file = join(folder, 'other.json');
  writeFileSync(file, '{"a": 1}');
  const { status, stdout } = almagest('report', file, '--json');
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'verification.bad-document' } });
});
