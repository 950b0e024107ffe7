import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlmagestError } from '@almagest/errors';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { prepareRun } from '../../test/pipelines/mock-run.ts';
import { runGraph } from '../execution/run-graph.ts';
import { readProvenance } from '../provenance/provenance-file.ts';
import { openGraphFile } from './graph-file.ts';

const scratch = mkdtempSync(join(tmpdir(), 'almagest-law-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const prepared = await prepareRun(scratch, { visits: 2, detectors: 2, patches: 2, patchesPerDetector: 1 });
await runGraph({ ...prepared, workers: 'in-process', durable: false });

test('cutting a graph file anywhere is told as an error of its own (seed 9)', () => {
  const bytes = readFileSync(prepared.graphPath);
  const path = join(scratch, 'cut.qgraph');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
      writeFileSync(path, bytes.subarray(0, length));
      expect(() => openGraphFile(path)).toThrow(AlmagestError);
    }),
    { seed: 9, numRuns: 60 },
  );
});

test('cutting a provenance file anywhere keeps whole blocks from the front (seed 9)', () => {
  const bytes = readFileSync(prepared.provenancePath);
  const whole = readProvenance(prepared.provenancePath);
  const path = join(scratch, 'cut.prov');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
      writeFileSync(path, bytes.subarray(0, length));
      const blocks = readProvenance(path);
      expect(blocks).toEqual(whole.slice(0, blocks.length));
    }),
    { seed: 9, numRuns: 60 },
  );
});

test('a changed byte of a provenance file is never taken for data (seed 9)', () => {
  const bytes = readFileSync(prepared.provenancePath);
  const whole = readProvenance(prepared.provenancePath);
  const path = join(scratch, 'flip.prov');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ mask;
      writeFileSync(path, changed);
      try {
        const blocks = readProvenance(path);
        expect(blocks).toEqual(whole.slice(0, blocks.length));
      } catch (error) {
        expect(error).toBeInstanceOf(AlmagestError);
      }
    }),
    { seed: 9, numRuns: 100 },
  );
});
