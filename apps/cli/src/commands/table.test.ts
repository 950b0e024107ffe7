import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-table-'));
const csv = join(folder, 'stars.csv');
writeFileSync(csv, 'id,ra,dec\n9007199254740993,10.5,-5.25\n2,10.51,\n');
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const main = join(import.meta.dirname, '../../bin/almagest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout };
}

test('table: converts between formats, keeps 64-bit integers, refuses to overwrite', () => {
  const vot = join(folder, 'stars.vot');
  const parquet = join(folder, 'stars.parquet');
  expect(run('table', 'convert', csv, vot)).toMatchObject({ status: 0 });
  expect(run('table', 'convert', vot, csv).status).not.toBe(0);
  expect(JSON.parse(run('table', 'convert', '--json', '-c', 'id,dec', vot, parquet).stdout)).toMatchObject({
    rows: 2,
    columns: 2,
    format: 'parquet',
  });
  expect(run('table', 'head', '--json', parquet).stdout).toBe('{"id":9007199254740993,"dec":-5.25}\n{"id":2,"dec":null}\n');
  expect(JSON.parse(run('table', 'info', '--json', vot).stdout)).toMatchObject({
    rows: 2,
    columns: [{ name: 'id', datatype: 'int64' }, { name: 'ra' }, { name: 'dec', nulls: 1 }],
  });
});

test('table: matches two catalogues by position', () => {
  const [a, b, out] = ['a.csv', 'b.csv', 'ab.csv'].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(a, 'id,ra,dec,mag\n1,359.99999,10,20.5\n2,10,-5.25,21\n3,,,22\n');
  writeFileSync(b, 'id,RA,DE\n11,10,-5.2499\n12,0.00001,10\n13,10,-5.25001\n');
  const found = run('table', 'match', '--json', '-r', '1', '--columns-b', 'RA,DE', a, b, out);
  expect(JSON.parse(found.stdout)).toMatchObject({ rows: 2, columns: 8, format: 'csv' });
  const rows = run('table', 'head', '--json', out)
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
  expect(rows).toMatchObject([
    { id_1: 1, mag: 20.5, id_2: 12 },
    { id_1: 2, mag: 21, id_2: 13 },
  ]);
  expect(rows[1]?.['separation']).toBeCloseTo(0.036, 9);
  expect(rows[0]?.['separation']).toBeCloseTo(0.072 * Math.cos(Math.PI / 18), 9);
  expect(
    JSON.parse(run('table', 'match', '--json', '-r', '1', '--keep', 'all', '--overwrite', '--columns-b', 'RA,DE', a, b, out).stdout),
  ).toMatchObject({ rows: 3 });
  expect(run('table', 'match', '-r', '1', a, b, join(folder, 'no.csv')).status).toBe(2);
});

test('table: a file that cannot be read ends in exit code 2 and one JSON line', () => {
  const bad = join(folder, 'bad.vot');
  writeFileSync(bad, '<VOTABLE><RESOURCE>');
  const { status, stdout } = run('table', 'info', '--json', bad);
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'table.format', fault: 'data' } });
});

test('schema: validates, prints SQL and compares', () => {
  expect(JSON.parse(run('schema', 'validate', '--json', 'apdb').stdout)).toMatchObject({ valid: true, tables: 6 });
  const { statements } = JSON.parse(run('schema', 'ddl', '--json', '-t', 'Visit', 'release').stdout) as { statements: string[] };
  expect(statements[0]).toMatch(/^CREATE TABLE "Visit"/);
  expect(JSON.parse(run('schema', 'diff', '--json', 'apdb', 'apdb').stdout)).toEqual({ changes: [], verdict: 'none', bump: 'none' });
  const broken = join(folder, 'broken.yaml');
  writeFileSync(broken, 'name: s\ntables:\n- name: T\n  columns:\n  - { name: a, datatype: nope }\n');
  expect(run('schema', 'validate', broken).status).toBe(2);
});

test('catalog: ingests, lists, describes and verifies', () => {
  const archive = join(folder, 'archive');
  expect(run('catalog', 'ingest', '-a', archive, 'stars', csv).status).toBe(2);
  expect(
    JSON.parse(run('catalog', 'ingest', '--json', '-a', archive, '--drop-bad-positions', '--index', 'id', 'stars', csv).stdout),
  ).toMatchObject({ rows: 1, droppedRows: 1, indexed: 'id' });
  expect(JSON.parse(run('catalog', 'list', '--json', '-a', archive).stdout)).toMatchObject({ name: 'stars', rows: 1, access: 'public' });
  expect(JSON.parse(run('catalog', 'describe', '--json', '-a', archive, 'stars').stdout)).toMatchObject({
    columns: [{ name: '_healpix_29' }, { name: 'id' }, { name: 'ra' }, { name: 'dec' }],
  });
  expect(JSON.parse(run('catalog', 'verify', '--json', '-a', archive, 'stars').stdout)).toMatchObject({ valid: true, issues: [] });
});
