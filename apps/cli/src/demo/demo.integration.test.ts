import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSurveyServer } from '../survey/server.ts';
import { surveyFolder } from '../survey/survey-folder.ts';
import { formatVerdict } from './format-verdict.ts';
import { runDemo } from './run-demo.ts';
import { settledTour, tourMarkdown, tourOf, withTour } from './tour.ts';

const work = mkdtempSync(join(tmpdir(), 'almagest-demo-'));
const folder = join(work, 'demo-survey');
afterAll(() => rmSync(work, { recursive: true, force: true }));

const start = (timestamp: string, onStep: (step: string) => void, signal?: AbortSignal): ReturnType<typeof runDemo> =>
  runDemo(folder, { cores: 2, timestamp, now: new Date(0), onStep, ...(signal ? { signal } : {}) });

test('interrupted, it goes on; what was planted is found; a second start does nothing anew', async () => {
  const controller = new AbortController();
  const interrupt = (step: string): void => {
    if (step === 'template') controller.abort(new Error('interrupted'));
  };
  const first = performance.now();
  await expect(start('20260101T000000Z', interrupt, controller.signal)).rejects.toThrow('interrupted');
  const interrupted = performance.now() - first;
  const steps: string[] = [];
  const begin = performance.now();
  const result = await start('20260101T000001Z', (step) => steps.push(step));
  expect(steps).not.toContain('calibrate: bias');
  const milliseconds = performance.now() - begin + interrupted;
  expect(result.failedQuanta).toBe(0);
  console.log(formatVerdict(result, milliseconds));
  const found = Object.fromEntries(result.verdict.kinds.map(({ kind, completeness }) => [kind, completeness]));
  expect(found['transient']).toBe(1);
  expect(found['variable']).toBeGreaterThanOrEqual(0.9);
  expect(found['asteroid']).toBeGreaterThanOrEqual(0.9);
  expect(result.verdict.falseAlerts / result.verdict.alerts).toBeLessThanOrEqual(0.05);
  const metric = (name: string, band: string): number =>
    result.verdict.metrics.find((each) => each.name === name && each.band === band)?.value ?? Number.NaN;
  for (const band of ['g', 'r']) {
    expect(metric('PA1', band)).toBeLessThan(5);
    expect(metric('AM1', band)).toBeLessThan(10);
  }
  expect(result.catalogs['DiaObject']).toBeGreaterThan(10);
  compareTour(formatVerdict(result, milliseconds));
  const again = await start('20260101T000002Z', () => undefined);
  expect(again.verdict).toEqual(result.verdict);
  expect(again.catalogs).toEqual(result.catalogs);

  const app = await createSurveyServer(surveyFolder(folder));
  const ask = async (url: string): Promise<string> => {
    const response = await app.inject({ url });
    expect(response.statusCode, `${url}: ${response.body.slice(0, 300)}`).toBe(200);
    return response.body;
  };
  const query = 'SELECT count(*) AS n FROM survey.DiaSource WHERE snr > 7';
  expect(Number((await ask(`/tap/sync?LANG=ADQL&FORMAT=csv&QUERY=${encodeURIComponent(query)}`)).trim().split(/\s+/)[1])).toBeGreaterThan(
    70,
  );
  expect(JSON.parse(await ask('/api/nights'))).toMatchObject({ nights: [{ visits: 4 }, { visits: 4 }, { visits: 6 }] });
  const night = JSON.parse(await ask('/api/nights/20260324')) as { visits: { steps: { task: string; done: number; failed: number }[] }[] };
  expect(night.visits.map(({ steps }) => steps.find(({ task }) => task === 'alert'))).toEqual(
    Array.from({ length: 4 }, () => expect.objectContaining({ done: 2, failed: 0 })),
  );
  expect(JSON.parse(await ask('/api/alerts/offsets'))).toMatchObject({ end: expect.any(Number) });
  expect(await ask('/api/images')).toContain('difference_image');
  await app.close();
}, 900_000);

/** The tour of the README is what the commands print, but for seconds and names of datasets; ALMAGEST_WRITE_README=1 writes it anew. */
function compareTour(verdict: string): void {
  const bin = join(import.meta.dirname, '../../bin/almagest.mjs');
  const tour = tourMarkdown(verdict, (args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: work, encoding: 'utf8' });
    expect([status, stderr], args.join(' ')).toEqual([0, '']);
    return stdout;
  });
  const path = join(import.meta.dirname, '../../../../README.md');
  const readme = readFileSync(path, 'utf8');
  if (process.env['ALMAGEST_WRITE_README']) writeFileSync(path, withTour(readme, tour));
  else expect(settledTour(tourOf(readme) ?? ''), 'ALMAGEST_WRITE_README=1 writes the tour as it is printed now').toBe(settledTour(tour));
}
