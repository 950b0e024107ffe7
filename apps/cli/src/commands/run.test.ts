import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { afterAll, beforeAll, expect, test } from 'vitest';

const BIN = new URL('../../bin/almagest.mjs', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'almagest-cli-'));
const repo = join(scratch, 'repo');
const pipeline = join(scratch, 'pipeline.yaml');
const almagest = (...args: readonly string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' });
const json = (...args: readonly string[]): Record<string, unknown> =>
  JSON.parse(almagest(...args, '--json').stdout) as Record<string, unknown>;

const TASKS = `
import { defineTask, input, integerField, output } from '@almagest/pipeline';
const det = { dimensions: ['instrument', 'detector'], storageClass: 'StructuredDataDict', doc: 'Test.' };
export const countTask = defineTask({
  name: 'count', doc: 'Counts.', dimensions: ['instrument', 'detector'],
  config: { spin: integerField({ doc: 'Rounds [count].', default: 0 }) },
  connections: { frame: input({ ...det, name: 'frame' }), counted: output({ ...det, name: 'counted' }) },
  run(inputs, { spin }) { let x = 1; for (let i = 0; i < spin; i++) x = Math.imul(x ^ (x >>> 15), 0x85ebca6b); return { counted: { x } }; },
});
`;

beforeAll(async () => {
  // Inside the checkout's reach, so that the task module finds the package.
  writeFileSync(join(scratch, 'tasks.mjs'), TASKS.replace('@almagest/pipeline', import.meta.resolve('@almagest/pipeline')));
  writeFileSync(pipeline, 'description: Count\ntasks:\n  count: { class: ./tasks.mjs#countTask }\n');
  await using butler = await Butler.create(repo);
  const instrument = 'Cam';
  await butler.insertDimensionData('instrument', [
    { name: instrument, visit_max: 9, visit_system: 0, exposure_max: 9, detector_max: 6, class_name: 'Cam' },
  ]);
  await butler.insertDimensionData(
    'detector',
    [1, 2, 3, 4, 5, 6].map((id) => ({ instrument, id, full_name: `D${id}`, purpose: 'SCIENCE' })),
  );
  await butler.registerDatasetType({ name: 'frame', dimensions: ['instrument', 'detector'], storageClass: 'StructuredDataDict' });
  for (let detector = 1; detector <= 6; detector++) await butler.put({ detector }, 'frame', { instrument, detector }, { run: 'Cam/raw' });
});
afterAll(() => rmSync(scratch, { recursive: true }));

const where = ['-b', repo, '-i', 'Cam/raw', '-d', "instrument = 'Cam'"];

test('runs, reports, and walks provenance', () => {
  const summary = json('run', pipeline, ...where, '--output-run', 'u/one', '--progress', 'none', '-c', 'count:spin=5');
  expect(summary).toMatchObject({ run: 'u/one', total: 6, counts: { success: 6, failed: 0 } });
  expect(json('report', 'u/one', '-b', repo)).toMatchObject({ tasks: [{ label: 'count', quanta: 6 }] });
  expect(almagest('report', 'u/one', '-b', repo, '--html', join(scratch, 'r.html')).stdout).toContain('count');
  expect(readFileSync(join(scratch, 'r.html'), 'utf8')).toContain('Run u/one');
  expect(almagest('provenance', 'of', 'counted{detector=3}', '-b', repo).stdout).toMatch(/└─ frame\{instrument=Cam, detector=3\}/);
  expect(almagest('provenance', 'from', 'frame{detector=3}', '-b', repo).stdout).toMatch(/└─ counted/);
}, 120_000);

test('shows configuration, history, drawings, graph and cost without running', () => {
  const { stdout } = almagest(
    'run',
    pipeline,
    ...where,
    '--output-run',
    'u/two',
    '-c',
    'count:spin=5',
    '--show',
    'config',
    '--show',
    'history=count.spin',
    '--show',
    'pipeline-graph',
    '--show',
    'cost',
    '--show',
    'quanta',
  );
  for (const text of ['spin: 5  # command line', '0  <- default', '■  count', '6 x 1 s', '5 count{instrument=Cam, detector=6}'])
    expect(stdout).toContain(text);
  const graph = join(scratch, 'g.qgraph');
  expect(json('graph', 'build', pipeline, ...where, '--output-run', 'u/two', '-f', graph)).toMatchObject({ quanta: 6, edges: 12 });
  expect(almagest('graph', 'show', graph, '-q', '0').stdout).toMatch(/reads frame: frame .*\n {2}writes counted: counted/);
}, 120_000);

test('shows everything that it can be asked for, and each says something', () => {
  const views = ['config', 'history=count.*', 'pipeline', 'tasks', 'pipeline-graph', 'task-graph', 'mermaid', 'svg', 'resources', 'graph', 'quanta', 'cost', 'inputs']; // prettier-ignore
  const { stdout, status } = almagest('run', pipeline, ...where, '--output-run', 'u/show', ...views.flatMap((view) => ['--show', view]));
  expect(status).toBe(0);
  for (const text of [
    'spin: 0',
    'class: /',
    'count: ./tasks.mjs#countTask {instrument, detector} Counts. (1 fields)',
    'flowchart',
    '<svg',
    'memoryMib',
    '6 quanta',
    'frame: 6 from Cam/raw',
    'core hours',
  ])
    // prettier-ignore
    expect(stdout).toContain(text);
  expect(almagest('report', 'u/show', '-b', repo).status).not.toBe(0);
}, 120_000);

test('shows the jobs that a batch submission would be cut into', () => {
  const { stdout, stderr } = almagest(
    'batch',
    'submit',
    pipeline,
    ...where,
    '--output-run',
    'u/batch',
    '--show',
    'clusters',
    '--show',
    'tasks',
  );
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^count_?\S*: 6 quanta, 1 cores, \d+ MiB, about .* s, after 0 others$/m);
  expect(stdout).toContain('count: ./tasks.mjs#countTask');
}, 120_000);

test('a run knows its code, and says so in its report', () => {
  const report = json('report', 'u/one', '-b', repo);
  expect(report['codeVersion']).toMatch(/^\d+\.\d+\.\d+\+[gh][0-9a-f]{12}/);
});

test('an empty graph and bad arguments leave with 2 and say why', () => {
  const empty = almagest('run', pipeline, '-b', repo, '-i', 'Cam/raw', '--output-run', 'u/x', '-d', "instrument = 'Cam' AND detector > 50");
  expect([empty.status, empty.stderr]).toEqual([2, expect.stringContaining('the term "detector > 50" leaves none of 6') as string]);
  expect(almagest('run', pipeline, ...where, '--output-run', 'u/x', '-c', 'count:spin=much').status).toBe(2);
  expect(almagest('run', pipeline, ...where, '--output-run', 'u/x', '--show', 'nonsense').stderr).toContain('choose from');
}, 120_000);

test('stops on Ctrl-C with 130, and goes on with --resume', async () => {
  const child = spawn(
    process.execPath,
    [BIN, 'run', pipeline, ...where, '--output-run', 'u/stop', '--progress', 'json', '-c', 'count:spin=60000000'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  child.stdout.on('data', (chunk: Buffer) => chunk.includes('"finish"') && child.kill('SIGINT'));
  expect(await ended).toBe(130);
  const summary = json('run', '-b', repo, '--resume', 'u/stop', '--progress', 'none', '-j', '2') as {
    total: number;
    resumed: number;
    counts: { success: number };
  };
  expect(summary.resumed).toBeGreaterThan(0);
  expect(summary.resumed).toBeLessThan(6);
  expect(summary.counts.success).toBe(6);
}, 120_000);
