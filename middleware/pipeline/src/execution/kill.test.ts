import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRuns } from '../../test/pipelines/kill-run.ts';

test('a run killed at random ends with exactly the outputs of an undisturbed one (2 kills, seed 1)', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'almagest-kill-'));
  const survey = { visits: 6, detectors: 4, patches: 6, patchesPerDetector: 2 };
  const report = await killRuns(scratch, { survey, kills: 2, seed: 1, workerShare: 0.4 });
  rmSync(scratch, { recursive: true });
  expect(report.wrong).toEqual([]);
  expect(report.kills.coordinator + report.kills.worker).toBe(2);
}, 60_000);
