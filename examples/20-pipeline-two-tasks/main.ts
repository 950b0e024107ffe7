/** Makes a repository, runs a pipeline of two tasks over it in two threads, and asks where the result came from. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import {
  buildLineage,
  findDatasets,
  formatLineage,
  lineageOf,
  readPipelineDocument,
  readProvenance,
  resolvePipeline,
  runPipeline,
} from '@almagest/pipeline';

const folder = mkdtempSync(join(tmpdir(), 'almagest-example-'));
{
  await using butler = await Butler.create(join(folder, 'repo'));
  const instrument = 'Cam';
  await butler.insertDimensionData('instrument', [
    { name: instrument, visit_max: 10, visit_system: 0, exposure_max: 10, detector_max: 3, class_name: 'Cam' },
  ]);
  await butler.insertDimensionData(
    'detector',
    [1, 2, 3].map((id) => ({ instrument, id, full_name: `D${id}`, purpose: 'SCIENCE' })),
  );
  await butler.registerDatasetType({ name: 'samples', dimensions: ['instrument', 'detector'], storageClass: 'StructuredDataDict' });
  for (const detector of [1, 2, 3])
    await butler.put({ values: [detector, 10 - detector ** 2] }, 'samples', { instrument, detector }, { run: 'Cam/samples' });

  const pipeline = await resolvePipeline(readPipelineDocument(join(import.meta.dirname, 'pipeline.yaml')));
  const { summary, run, files } = await runPipeline(butler, pipeline, {
    input: ['Cam/samples'],
    output: 'u/me/first',
    timestamp: 'one',
    where: "instrument = 'Cam'",
    execute: { cores: 2, workers: 'thread' },
  });
  console.log(`${run}: ${summary.counts.success} of ${summary.total} quanta`);
  console.log(await butler.get('largest', { instrument }, { collections: ['u/me/first'] }));
  const lineage = buildLineage([readProvenance(files.provenancePath)]);
  for (const dataset of findDatasets(lineage, 'largest')) console.log(formatLineage(lineageOf(lineage, dataset)));
}
rmSync(folder, { recursive: true });
