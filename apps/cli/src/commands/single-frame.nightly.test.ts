import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Butler } from '@almagest/butler';
import { openFile } from '@almagest/resources';
import { htmIndex, vec3 } from '@almagest/sphere';
import { getColumn, readTable, type Table, takeRows } from '@almagest/table';
import { expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../../bin/almagest.mjs');
const pipeline = join(import.meta.dirname, '../../../../pipelines/single-frame.yaml');
const run = promisify(execFile);
const RAD = Math.PI / 180;

async function readFile(path: string): Promise<Table> {
  await using source = await openFile(path);
  return await readTable(source);
}

/** The true stars as reference catalogue, by trixel. */
async function putReference(repo: string, truth: string): Promise<void> {
  const table = await readFile(truth);
  const [ra, dec] = ['ra', 'dec'].map((name) => getColumn(table, name).data as Float64Array) as [Float64Array, Float64Array];
  const kind = getColumn(table, 'kind').data as readonly string[];
  const byTrixel = new Map<number, number[]>();
  for (const [i, name] of kind.entries()) {
    if (name !== 'star') continue;
    const [lon, lat] = [(ra[i] ?? 0) * RAD, (dec[i] ?? 0) * RAD];
    const trixel = htmIndex(7, vec3(Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)));
    byTrixel.set(trixel, [...(byTrixel.get(trixel) ?? []), i]);
  }
  await using butler = await Butler.open(repo, { writeable: true, run: 'refcats' });
  await butler.registerDatasetType({ name: 'reference', dimensions: ['htm7'], storageClass: 'ArrowTable' });
  for (const [htm7, rows] of byTrixel) await butler.put(takeRows(table, rows), 'reference', { htm7 });
}

test('raw frames of a simulated survey become Source tables on the sky, from the command line', { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'almagest-single-frame-'));
  try {
    const almagest = async (...args: string[]): Promise<string> => (await run(process.execPath, [bin, ...args], { cwd: folder })).stderr;
    await almagest('simulate', 'tiny', 'night', '--types', 'science', '--limit', '3');
    await almagest('init', 'repo', '--camera', 'simcam-tiny');
    await almagest('ingest', 'repo', 'night/raw');
    await putReference(join(folder, 'repo'), join(folder, 'night/truth/objects.parquet'));
    const off = ['bias', 'dark', 'flat', 'defects'].flatMap((step) => ['-c', `isr:${step}=false`]);
    await almagest(
      'run',
      pipeline,
      '-b',
      'repo',
      '-i',
      'SimCam-tiny/raw/all,refcats',
      '-o',
      'u/test',
      ...off,
      '-c',
      'calibrateImage:magnitude="{band}Mag"',
    );
    await using butler = await Butler.open(join(folder, 'repo'), { collections: ['u/test'] });
    const found = await butler.queryDatasets('source');
    expect(found).toHaveLength(3);
    for (const [name, column] of [
      ['visit_table', 'airmass'],
      ['visit_detector_table', 'seeing'],
    ] as const) {
      const refs = await butler.queryDatasets(name);
      expect(refs).toHaveLength(3);
      for (const ref of refs) {
        const table = (await butler.get(ref)) as Table;
        expect(table.nrows).toBe(1);
        expect(getColumn(table, column).data[0]).toBeGreaterThan(0.5);
        expect((await butler.getUris(ref))[0]).toContain('.parq');
      }
    }
    const truth = await readFile(join(folder, 'night/truth/objects.parquet'));
    const [ra, dec] = ['ra', 'dec'].map((name) => getColumn(truth, name).data as Float64Array) as [Float64Array, Float64Array];
    for (const ref of found) {
      const table = (await butler.get(ref)) as Table;
      const [x, y] = ['ra', 'dec'].map((name) => getColumn(table, name).data as Float64Array) as [Float64Array, Float64Array];
      let matched = 0;
      for (let i = 0; i < table.nrows; i++) {
        const near = ra.findIndex((value, k) => Math.hypot((value - x[i]!) * Math.cos(y[i]! * RAD), dec[k]! - y[i]!) < 0.5 / 3600);
        if (near >= 0) matched++;
      }
      // The signature was left on: some detections are cosmic rays and defects.
      expect(matched / table.nrows).toBeGreaterThan(0.6);
      expect(getColumn(table, 'psfFlux').unit).toBe('nJy');
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
