/**
 * From the raw of one detector to its alerts through the prompt daemon: wall and processor time of every stage, against the budget.
 *
 * One detector of 4k x 4k pixels; BENCH_SMALL=1 takes one of 1k x 1k. Making the survey takes some minutes: BENCH_SURVEY names a folder
 * that keeps it for the next time.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { finalResults, readProvenance } from '@almagest/pipeline';
import { PromptDaemon, UnitStore } from '@almagest/prompt';
import { loadProfile } from '@almagest/simulation';
import { makeDemoNight } from '../apps/cli/src/demo/demo-night.ts';
import { openSurveyProcessor } from '../apps/cli/src/survey/prompt.ts';
import { surveyFolder } from '../apps/cli/src/survey/survey-folder.ts';

const small = process.env['BENCH_SMALL'] === '1';
const base = loadProfile(small ? 'demo' : 'field');
const calibration = { ...base.calibration, bias: 3, darks: 3, darkSec: 60, flatBands: ['r'], flatsPerBand: 3 };
const profile = {
  ...base,
  nights: [
    ['r', 'r', 'r'],
    ['r', 'r'],
  ],
  calibration,
} as typeof base;
const scratch = mkdtempSync(join(tmpdir(), 'almagest-bench-prompt-'));
const kept = process.env['BENCH_SURVEY'] ?? join(scratch, 'made');
const marker = join(kept, 'raws.txt');
const startedMs = performance.now();
if (!existsSync(marker)) writeFileSync(marker, await makeDemoNight(kept, { cores: 2, profile }));
const madeSec = (performance.now() - startedMs) / 1e3;
const root = join(scratch, 'survey');
cpSync(kept, root, { recursive: true });
const survey = surveyFolder(root);
const raws = readFileSync(marker, 'utf8');
const [first, second] = readdirSync(raws).filter((name) => name.endsWith('_S00.fits')).toSorted(); // prettier-ignore

const butler = await Butler.open(survey.repository, { writeable: true });
const [record] = await butler.queryDimensionRecords('instrument');
const instrument = String(record?.fields['name']); // oxlint-disable-line typescript/no-base-to-string -- a name
const processor = await openSurveyProcessor(survey, butler, { instrument, workers: 1, ingestMode: 'copy', backlogNights: 0 });
const units = new UnitStore(survey.prompt);
const daemon = new PromptDaemon({ units, processor, workers: 1, backlogEverySec: 0 });
await daemon.start();
const line = (bench: string, ours: number, target: string | null, more: object = {}): void =>
  console.log(JSON.stringify({ bench, ours_s: Number(ours.toFixed(3)), peer: null, peer_s: null, ratio: null, target, ...more }));

// The first visit warms the worker as the first of a night does; the second is what a night is like.
for (const [n, name] of [first, second].entries()) {
  const label = n === 0 ? 'first' : 'next';
  const counter = Number(/_(\d{5})_S00/.exec(name ?? '')?.[1]);
  const day = Number(/_(\d{8})_/.exec(name ?? '')?.[1]);
  const groupId = `SC_O_${day}_${String(counter).padStart(6, '0')}`;
  await daemon.announce({
    instrument,
    groupId,
    ra: profile.field.raDeg,
    dec: profile.field.decDeg,
    physicalFilter: 'sim_r',
    exposureSec: 30,
    detectors: [0],
  });
  await daemon.idle();
  const preload = units.findAnnouncement(instrument, groupId)?.arrivals[0]?.preload;
  if (preload) line(`prompt-${label}-preload`, (preload.endedMs - preload.startedMs) / 1e3, null, { report: preload.report });
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  await daemon.receiveRaw(join(raws, name ?? ''));
  await daemon.idle();
  const wallSec = (performance.now() - wallBefore) / 1e3;
  const { user, system } = process.cpuUsage(cpuBefore);
  const unit = units.list().find(({ observation }) => observation === groupId);
  const run = join(survey.repository, '.almagest/runs', unit?.outcome?.run ?? '', `${unit?.exposure}-${unit?.detector}`, 'run.prov');
  const cpu = new Map(existsSync(run) ? finalResults(readProvenance(run)).map(({ label: task, cpuSec }) => [task, cpuSec] as const) : []);
  for (const { stage, startedMs: from, endedMs } of unit?.stages ?? [])
    line(`prompt-${label}-stage-${stage}`, (endedMs - from) / 1e3, null, { worker_cpu_s: Number((cpu.get(stage) ?? 0).toFixed(2)) });
  line(`prompt-${label}-raw-to-alerts`, ((unit?.outcome?.finishedMs ?? 0) - (unit?.rawSeenMs ?? 0)) / 1e3, '40 s and peak_rss_gb 4', {
    detector: small ? '1k x 1k' : '4k x 4k',
    plan: unit?.outcome?.plan,
    alerts: unit?.outcome?.alerts,
    error: unit?.outcome?.error,
    wall_with_registration_s: Number(wallSec.toFixed(2)),
    cpu_s: Number(((user + system) / 1e6).toFixed(2)),
    peak_rss_gb: Number((process.resourceUsage().maxRSS / 1e6).toFixed(2)),
    survey_made_s: Number(madeSec.toFixed(0)),
    load: Number(loadavg()[0]?.toFixed(1)),
  });
}
await daemon.stop(0);
units.close();
await butler.close();
rmSync(scratch, { recursive: true });
