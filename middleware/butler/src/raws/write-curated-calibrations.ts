import { ALL_TIME } from '@almagest/time';
import type { Camera } from '@almagest/instrument';
import type { Butler } from '../butler/butler.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';

/**
 * Stores what the camera file knows as a calibration that is valid for all time: dataset type `camera`, in
 * `<instrument>/calib/unbounded`, certified in `<instrument>/calib`. Repeating it changes nothing.
 *
 * @throws {DataIdError} if the instrument is not registered.
 */
export async function writeCuratedCalibrations(butler: Butler, camera: Camera): Promise<readonly DatasetRef[]> {
  const [run, collection] = [`${camera.name}/calib/unbounded`, `${camera.name}/calib`];
  const dataId = { instrument: camera.name };
  await butler.expandDataId(['instrument'], dataId);
  await butler.registerDatasetType({ name: 'camera', dimensions: ['instrument'], storageClass: 'Camera', isCalibration: true });
  await butler.registry.registerCollection(run, 'RUN');
  await butler.registry.registerCollection(collection, 'CALIBRATION', `Calibrations of ${camera.name}`);
  if (await butler.findDataset('camera', dataId, { collections: [run] })) return [];
  return await butler.transaction(async () => {
    const ref = await butler.put(camera, 'camera', dataId, { run, idMode: 'dataid_type_run' });
    await butler.registry.certify(collection, [ref], ALL_TIME);
    return [ref];
  });
}
