import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type MockRule,
  type QuantumResult,
  readProvenance,
  runGraph,
  type RunGraphOptions,
  type RunSummary,
  type WorkerKind,
  writeGraphFile,
} from '../../src/index.ts';
import { type PreparedRun, prepareRun } from './mock-run.ts';

async function check(
  survey: { visits: number; detectors: number },
  work: (prepared: PreparedRun, run: (options: Partial<RunGraphOptions>) => Promise<RunSummary>) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'almagest-limits-'));
  const prepared = await prepareRun(dir, { ...survey, patches: 1, patchesPerDetector: 1 });
  await work(prepared, (options) => runGraph({ ...prepared, durable: false, ...options }));
  rmSync(dir, { recursive: true });
}

const results = ({ provenancePath }: PreparedRun): readonly QuantumResult[] =>
  readProvenance(provenancePath).flatMap((block) => (block.kind === 'quanta' ? block.results : []));

/** A quantum in an endless loop fails by its time-out, and its second attempt succeeds. */
export function endsHangingQuantum(workers: WorkerKind): Promise<void> {
  return check({ visits: 1, detectors: 2 }, async (prepared, run) => {
    const rules: MockRule[] = [{ label: 'isr', dataId: { detector: 1 }, outcome: 'hang', untilAttempt: 2 }];
    const summary = await run({ workers, mock: { rules }, timeoutSec: 2, maxAttempts: 3 });
    expect(summary.counts.failed).toBe(0);
    expect(results(prepared).find(({ status }) => status === 'failed')?.error?.code).toBe('pipeline.quantum-timeout');
  });
}

/** A quantum that hoards memory is ended, and its second attempt is given more. */
export function raisesMemory(workers: WorkerKind): Promise<void> {
  return check({ visits: 1, detectors: 1 }, async (prepared, run) => {
    const { graph, graphPath } = prepared;
    const resources = { memoryMib: 150, maxAttempts: 2 };
    writeGraphFile(
      { ...graph, tasks: graph.tasks.map((task) => ({ ...task, resources: { ...task.resources, ...resources } })) },
      graphPath,
    );
    const rules: MockRule[] = [{ label: 'isr', outcome: 'out-of-memory', untilAttempt: 2 }];
    const summary = await run({ workers, mock: { rules }, memoryMib: 1000 });
    expect(summary.counts.failed).toBe(0);
    expect(results(prepared)[0]?.error?.code).toBe('pipeline.out-of-memory');
  });
}
