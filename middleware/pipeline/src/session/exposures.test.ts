import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createImage, createMask, type Exposure, exposureOf, maskedImageOf } from '@almagest/image';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/pipelines/test-repository.ts';
import { resolvePipeline } from '../pipeline/pipeline.ts';
import { parsePipelineDocument } from '../pipeline/read-pipeline.ts';
import { runPipeline } from './run-pipeline.ts';

const DIR = new URL('../../test/pipelines/', import.meta.url).pathname;

function makeExposure(seed: number): Exposure {
  const image = createImage(30, 20);
  for (let i = 0; i < image.data.length; i++) image.data[i] = (i * seed) % 97;
  const variance = createImage(30, 20);
  variance.data.fill(1);
  return exposureOf(maskedImageOf(image, createMask(30, 20), variance), {});
}

test('images pass through files bit for bit, by component, with their provenance in the header, from one or two workers', async () => {
  await using repository = await makeTestRepository();
  const { butler, folder } = repository;
  await butler.registerDatasetType({ name: 'frame', dimensions: ['instrument', 'visit', 'detector'], storageClass: 'ExposureF' });
  for (const visit of [2, 3])
    for (const detector of [1, 2])
      await butler.put(makeExposure(visit * 10 + detector), 'frame', { instrument: 'Cam', visit, detector }, { run: 'Cam/frames' });
  const pipeline = await resolvePipeline(
    parsePipelineDocument('description: x\ntasks: {scale: ./exposure-tasks.ts#scaleTask, sum: ./exposure-tasks.ts#sumTask}', DIR),
  );
  const digests = new Set<string>();
  for (const cores of [1, 2]) {
    const run = `u/cores${cores}`;
    const { summary } = await runPipeline(butler, pipeline, {
      input: ['Cam/frames'],
      outputRun: run,
      where: "instrument = 'Cam'",
      timestamp: '',
      execute: { workers: 'thread', cores },
    });
    expect(summary.failures.map(({ error }) => error)).toEqual([]);
    expect(summary.counts.success).toBe(6);
    const scaled = (await butler.get('scaled', { instrument: 'Cam', visit: 2, detector: 1 }, { collections: [run] })) as Exposure;
    expect(scaled.maskedImage.image.data).toEqual(makeExposure(21).maskedImage.image.data.map((value) => value * 2));
    expect([...scaled.metadata.entries()].filter(([key]) => /INPUT 0 DATASETTYPE|QUANTUM/.test(key)).map(([, value]) => value)).toEqual(
      expect.arrayContaining(['frame']) as unknown,
    );
    const { total, detectors } = (await butler.get('total', { instrument: 'Cam', visit: 3 }, { collections: [run] })) as {
      total: number;
      detectors: number[];
    };
    const expected = [31, 32].reduce((sum, seed) => sum + makeExposure(seed).maskedImage.image.data.reduce((a, b) => a + 2 * b, 0), 0);
    expect([total, detectors.toSorted((a, b) => a - b)]).toEqual([expected, [1, 2]]);
    // Headers name the run, so pixels are compared.
    const hash = createHash('sha256');
    for (const visit of [2, 3])
      for (const detector of [1, 2])
        hash.update(
          new Uint8Array(
            ((await butler.get('scaled', { instrument: 'Cam', visit, detector }, { collections: [run] })) as Exposure).maskedImage.image
              .data.buffer,
          ),
        );
    digests.add(hash.digest('hex'));
    const files = readdirSync(join(folder, run), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.includes('scaled') && name.endsWith('.fits'),
    );
    expect(files.length > 0 && readFileSync(join(folder, run, files[0] ?? ''), 'latin1')).toContain('BUTLER');
  }
  expect(digests.size).toBe(1);
}, 120_000);
