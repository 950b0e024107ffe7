import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killRuns } from '../../test/pipelines/kill-run.ts';

test('2,000 quanta, 200 random kills of coordinator and workers (seed 4): every run ends as an undisturbed one', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'almagest-kill-'));
  const survey = { visits: 50, detectors: 15, patches: 20, patchesPerDetector: 2 };
  const report = await killRuns(scratch, { survey, kills: 200, seed: 4, workerShare: 0.5 });
  rmSync(scratch, { recursive: true });
  console.log(JSON.stringify(report));
  expect(report.quanta).toBeGreaterThanOrEqual(2000);
  expect(report.wrong).toEqual([]);
  expect(Math.min(report.kills.coordinator, report.kills.worker)).toBeGreaterThan(60);
}, 3_600_000);
