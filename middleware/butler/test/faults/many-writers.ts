import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { QUICK_START } from './quick-start.ts';
import { Butler, checkRepository } from '../../src/index.ts';
import { makeTestRepository } from '../test-repository.ts';

/** Lets several processes put at once, then checks that nothing was lost or doubled and no writer failed. */
export async function expectConcurrentWriters(writers: number, puts: number): Promise<{ readonly seconds: number }> {
  await using repository = await makeTestRepository();
  const start = performance.now();
  const codes = await Promise.all(
    Array.from({ length: writers }, async (_, name) => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'many-writer.ts'), repository.folder, String(name + 1), String(puts)],
        { stdio: ['ignore', 'ignore', 'inherit'], env: QUICK_START },
      );
      return await new Promise<number | null>((resolve) => child.once('exit', resolve));
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  expect(codes).toEqual(codes.map(() => 0));
  await using butler = await Butler.open(repository.folder);
  const refs = await butler.queryDatasets('output', { collections: ['shared', 'own/*'], findFirst: false });
  expect(new Set(refs.map((ref) => ref.id)).size).toBe(writers * puts);
  expect(new Set(refs.map((ref) => ref.dataId.key)).size).toBe(writers * puts);
  expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
  return { seconds };
}
