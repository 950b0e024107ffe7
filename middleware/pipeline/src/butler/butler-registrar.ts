import type { Butler, DatasetRef as ButlerRef, FileRecord } from '@almagest/butler';
import { configDatasetType } from '../execution/init-outputs.ts';
import type { Registrar } from '../execution/store.ts';
import type { QuantumGraph } from '../quantum-graph/quantum-graph.ts';

/**
 * Registers dataset types and the output run of a graph; gives the one writer of its outputs.
 *
 * A batch is one transaction; what is registered already is left alone, so that a batch can be repeated after a kill.
 */
export async function butlerRegistrar(butler: Butler, graph: QuantumGraph): Promise<Registrar> {
  const { DataCoordinate, makeDatasetType } = await import('@almagest/butler');
  const { registry, universe } = butler;
  await registry.registerCollection(graph.header.outputRun, 'RUN');
  for (const { name, storageClass, dimensions, requiredCount, calibration } of graph.datasets)
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await butler.registerDatasetType({ name, storageClass, dimensions: dimensions.slice(0, requiredCount), isCalibration: calibration });
  for (const name of [...graph.tasks.map(({ label }) => configDatasetType(label)), 'packages'])
    // oxlint-disable-next-line no-await-in-loop
    await butler.registerDatasetType({ name, storageClass: 'StructuredDataDict', dimensions: [] });
  return {
    async register(datasets) {
      if (datasets.length === 0) return;
      const refs = datasets.map(({ ref }): ButlerRef => {
        const { id, datasetType: name, dimensions, storageClass, run } = ref;
        const calibration = graph.datasets.find((each) => each.name === name)?.calibration ?? false;
        const datasetType = makeDatasetType(universe, { name, dimensions, storageClass, isCalibration: calibration });
        return { id, datasetType, dataId: DataCoordinate.of(datasetType.dimensions, ref.dataId), run };
      });
      const records = datasets.flatMap(({ record }) =>
        (record as readonly FileRecord[]).map((each) => ({ ...each, component: each.component })),
      );
      await butler.transaction(async () => {
        await registry.insertDatasets(refs, { existing: 'skip' });
        await registry.insertFileRecords(records, { existing: 'replace' });
      });
    },
  };
}
