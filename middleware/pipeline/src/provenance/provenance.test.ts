import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareRun } from '../../test/pipelines/mock-run.ts';
import { runGraph } from '../execution/run-graph.ts';
import { provenanceHeader } from '../execution/store.ts';
import { buildLineage, findDatasets, formatLineage, lineageFrom, lineageOf } from './lineage.ts';
import { openProvenance, readProvenance } from './provenance-file.ts';
import { formatReportHtml, measuredSeconds, summarizeRun, summarizeRuns } from './run-report.ts';

const scratch = mkdtempSync(join(tmpdir(), 'almagest-prov-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const prepared = await prepareRun(scratch, { visits: 3, detectors: 2, patches: 2, patchesPerDetector: 1 });
await runGraph({
  ...prepared,
  workers: 'in-process',
  mock: { rules: [{ label: 'calibrate', dataId: { visit: 2, detector: 1 }, outcome: 'algorithm-failed' }] },
});
const blocks = readProvenance(prepared.provenancePath);

test('walks from a product to its raws and from a raw to its products', () => {
  const lineage = buildLineage([blocks]);
  const [warp] = findDatasets(lineage, 'warp{visit=1, patch=1}');
  if (!warp) throw new Error('no warp');
  const text = formatLineage(lineageOf(lineage, warp));
  expect(text.split('\n')[0]).toMatch(/^warp\{.*\} \[u\/run\] [0-9a-f]{8} {2}<- warp \(/);
  expect(text).toMatch(/[└├]─ raw\{instrument=TestCam, visit=1, detector=\d, band=r\} \[raw\]/);
  const [raw] = findDatasets(lineage, 'raw{visit=1,detector=0}');
  if (!raw) throw new Error('no raw');
  expect(findDatasets(lineage, raw.id)).toEqual([raw]);
  expect(findDatasets(lineage, raw.id.slice(0, 13))[0]).toEqual(raw);
  expect(formatLineage(lineageFrom(lineage, raw))).toMatch(/calexp.*<- calibrate/);
  expect(formatLineage(lineageFrom(lineage, raw), { depth: 1 }).split('\n')).toHaveLength(3);
  expect(() => findDatasets(lineage, 'nothing{visit=1}')).toThrow(/types are/);
});

test('sums up counts, failures and resources, as JSON and as a page', () => {
  const report = summarizeRun(blocks);
  expect(report.tasks.find(({ label }) => label === 'calibrate')).toMatchObject({
    quanta: 6,
    counts: { success: 5, failed: 1 },
    waiting: 0,
  });
  expect(report.failures).toMatchObject([{ label: 'calibrate', code: 'pipeline.algorithm-failed', count: 1 }]);
  expect(report.tasks.reduce((sum, { counts }) => sum + counts.blocked, 0)).toBeGreaterThan(0);
  expect(Object.keys(measuredSeconds(blocks)).toSorted()).toEqual(['calibrate', 'coadd', 'isr', 'warp']);
  const page = formatReportHtml(JSON.parse(JSON.stringify(report)) as typeof report);
  expect(page).toContain('mock algorithm-failed at calibrate{instrument=TestCam, visit=2, detector=1}');
  expect(page).not.toMatch(/undefined|NaN|\[object/);
});

test('sums up runs that belong together, whose quanta have the same numbers', () => {
  const renamed = blocks.map((block) => (block.kind === 'session' ? { ...block, outputRun: 'u/other' } : block));
  const report = summarizeRuns([blocks, renamed]);
  expect(report.outputRun).toBe('u');
  expect(report.sessions).toHaveLength(2);
  const one = summarizeRun(blocks);
  expect(report.tasks.map(({ label, quanta }) => [label, quanta])).toEqual(one.tasks.map(({ label, quanta }) => [label, 2 * quanta]));
  expect(report.failures).toMatchObject([{ label: 'calibrate', count: 2 }]);
});

test('cuts off a torn last block and refuses damage before it', () => {
  const path = join(scratch, 'torn.prov');
  const bytes = readFileSync(prepared.provenancePath);
  writeFileSync(path, bytes);
  appendFileSync(path, Buffer.from([200, 0, 0, 0, 1, 2]));
  expect(readProvenance(path)).toEqual(blocks);
  truncateSync(path, bytes.length - 3);
  expect(readProvenance(path)).toEqual(blocks.slice(0, -1));
  const { writer, blocks: kept } = openProvenance(path, { durable: false });
  expect(kept).toEqual(blocks.slice(0, -1));
  writer.append({ kind: 'registered', blocks: 9 });
  writer.close();
  expect(readProvenance(path).at(-1)).toEqual({ kind: 'registered', blocks: 9 });
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(() => readProvenance(path)).toThrow(/damaged, with good ones behind/);
  writeFileSync(path, 'something else');
  expect(() => readProvenance(path)).toThrow(/another format/);
});

test('flattens provenance to the header keys of the field', () => {
  expect(provenanceHeader({ quantum: 'q', inputs: [{ id: 'a', type: 'raw', run: 'x' }] })).toEqual({
    'LSST.BUTLER.QUANTUM': 'q',
    'LSST.BUTLER.N_INPUTS': 1,
    'LSST.BUTLER.INPUT.0.ID': 'a',
    'LSST.BUTLER.INPUT.0.RUN': 'x',
    'LSST.BUTLER.INPUT.0.DATASETTYPE': 'raw',
  });
});
