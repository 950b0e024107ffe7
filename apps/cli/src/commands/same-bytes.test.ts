import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Butler } from '@almagest/butler';
import { openFile } from '@almagest/resources';
import { readTable } from '@almagest/table';
import { expect, test } from 'vitest';
import { referenceOfTruth } from '../demo/reference-of-truth.ts';
import { ingestReference } from '../survey/reference.ts';

const bin = join(import.meta.dirname, '../../bin/almagest.mjs');
const pipeline = join(import.meta.dirname, '../../../../pipelines/single-frame.yaml');
const execute = promisify(execFile);

/** Digest of every file of a run, by name. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const digests = new Map<string, string>();
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    digests.set(path.slice(folder.length), createHash('sha256').update(await readFile(path)).digest('hex')); // prettier-ignore
  }
  return digests;
}

test('the single-frame pipeline writes the same bytes from one worker, two threads and three processes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'almagest-same-bytes-'));
  try {
    const almagest = (...args: string[]): Promise<{ stdout: string }> => execute(process.execPath, [bin, ...args], { cwd: folder });
    await almagest('simulate', 'tiny', 'night', '--types', 'science', '--limit', '2');
    await almagest('init', 'repo', '--camera', 'simcam-tiny');
    await almagest('ingest', 'repo', 'night/raw');
    {
      await using source = await openFile(join(folder, 'night/truth/objects.parquet'));
      await using butler = await Butler.open(join(folder, 'repo'), { writeable: true });
      const magnitudes = Object.fromEntries(['u', 'g', 'r', 'i', 'z', 'y'].map((band) => [band, `${band}Mag`]));
      await ingestReference(butler, referenceOfTruth(await readTable(source), 'same'), { magnitudes });
    }
    const off = ['bias', 'dark', 'flat', 'defects'].flatMap((step) => ['-c', `isr:${step}=false`]);
    const where = ['-i', 'SimCam-tiny/raw/all,refcats', '--output-run', 'u/same', ...off];
    const seen: ReadonlyMap<string, string>[] = [];
    for (const [kind, jobs] of [
      ['in-process', '1'],
      ['thread', '2'],
      ['process', '3'],
    ] as const) {
      // prettier-ignore
      // A repository of its own for each, so that names, ids and headers are the same.
      await cp(join(folder, 'repo'), join(folder, kind), { recursive: true });
      const run = await almagest('run', pipeline, '-b', kind, ...where, '--workers', kind, '-j', jobs, '--progress', 'none', '--json');
      const { total, counts } = JSON.parse(run.stdout) as { total: number; counts: { success: number } };
      expect(total).toBeGreaterThanOrEqual(6);
      expect(counts.success).toBe(total);
      seen.push(await filesOf(join(folder, kind, 'u/same')));
    }
    const [one, threads, processes] = seen;
    expect([...(one?.keys() ?? [])].some((name) => name.includes('visit_image') && name.endsWith('.fits'))).toBe(true);
    expect(threads).toEqual(one);
    expect(processes).toEqual(one);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);
