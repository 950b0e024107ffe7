import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { QUICK_START } from './quick-start.ts';
import { Butler, checkRepository } from '../../src/index.ts';
import { makeTestRepository, type TestRepository } from '../test-repository.ts';

const WRITER = join(import.meta.dirname, 'writer.ts');

/** A repository for {@link runWriter}. */
export async function makeWriterRepository(): Promise<TestRepository> {
  const repository = await makeTestRepository();
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'single', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
  await butler.registerDatasetType({ name: 'many', dimensions: ['exposure'], storageClass: 'StructuredDataDict' });
  await butler.registerDatasetType({ name: 'moved', dimensions: ['detector'], storageClass: 'StructuredDataDict' });
  return repository;
}

/** What a writer said before it ended. */
export interface WriterRun {
  readonly said: readonly string[];
  readonly killed: boolean;
  readonly run: string;
}

/** Runs the writer until its step, or until a time [ms]. */
export async function runWriter(
  root: string,
  run: string,
  stop: { readonly step?: number; readonly afterMs?: number },
): Promise<WriterRun> {
  const child = spawn(process.execPath, [WRITER, root, String(stop.step ?? 0), run], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: QUICK_START,
  });
  // Listened for from the start: a process may end before its output has been read.
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_, found) => resolve(found)));
  const timer = stop.afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), stop.afterMs);
  let text = '';
  for await (const piece of child.stdout) text += String(piece);
  const signal = await ended;
  clearTimeout(timer);
  return { said: text.split('\n').filter(Boolean), killed: signal === 'SIGKILL', run };
}

/** After a kill and recovery: everything said is there, nothing is there in part, and files and registry agree. */
export async function expectWhole(root: string, { said, run }: WriterRun): Promise<void> {
  await using butler = await Butler.open(root, { writeable: true, run });
  const report = await checkRepository(butler, { checksums: true });
  expect({ run, said, problems: report.problems }).toEqual({ run, said, problems: [] });
  if (!(await butler.registry.findCollection(run))) {
    expect(said).toEqual([]);
    return;
  }
  const count = async (type: string): Promise<number> => {
    const refs = await butler.queryDatasets(type, { collections: [run] });
    for (const ref of refs) expect(await butler.get(ref)).toBeTypeOf('object');
    return refs.length;
  };
  const [single, many, moved] = [await count('single'), await count('many'), await count('moved')];
  expect([0, 3]).toContain(many);
  if (said.includes('put')) expect(single).toBeGreaterThanOrEqual(1);
  if (said.includes('batch')) expect(many).toBe(3);
  if (said.includes('moved')) expect(moved).toBe(1);
  const source = join(root, '../incoming', `${run.replaceAll('/', '_')}.yaml`);
  if (said.includes('batch') && moved === 0 && !existsSync(source)) expect(said).toEqual(['put', 'batch']);
  if (moved === 1 && said.includes('moved')) expect(existsSync(source)).toBe(false);
}
