import type { Exposure } from '@almagest/image';
import type { Box } from '@almagest/instrument';
import { type Deferred, defineTask, input, integerField, output, type Task } from '@almagest/pipeline';
import { TooFewFramesError } from './errors.ts';
import { measureFlatPair } from './photon-transfer/flat-pair.ts';
import { fitPhotonTransfer } from './photon-transfer/photon-transfer-curve.ts';

/** Measures gain, read noise and turnoff of a detector from pairs of flats at many levels. */
export const photonTransferTask: Task = defineTask({
  name: 'photonTransfer',
  doc: 'Fits a photon transfer curve to pairs of flats.',
  dimensions: ['instrument', 'detector'],
  config: { parts: integerField({ doc: 'Parts a side in which the curve is measured and then averaged.', default: 1, min: 1, max: 16 }) },
  connections: {
    frames: input<readonly Deferred<Exposure>[]>({
      name: 'cpPtcIsr',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'exposure', 'detector'],
      doc: 'Flats without overscan [ADU], pairs of equal exposure time.',
      multiple: true,
      deferred: true,
    }),
    ptc: output<Record<string, unknown>>({
      name: 'ptc',
      storageClass: 'StructuredDataDict',
      dimensions: ['instrument', 'detector'],
      doc: 'Photon transfer curve.',
      calibration: true,
    }),
  },
  run: async ({ frames }, _config, context) => {
    const points = [];
    const waiting = new Map<number, Exposure>();
    for (const frame of frames) {
      const exposure = await frame.get();
      const seconds = exposure.visitInfo?.exposureSec ?? 0;
      const other = waiting.get(seconds);
      if (!other) {
        waiting.set(seconds, exposure);
        continue;
      }
      waiting.delete(seconds);
      const { image, mask } = exposure.maskedImage;
      const box: Box = { x: 0, y: 0, width: image.width, height: image.height };
      points.push(measureFlatPair({ first: other.maskedImage.image.data, second: image.data, width: image.width, mask: mask.data }, box));
    }
    if (points.length === 0)
      throw new TooFewFramesError('expected pairs of flats of equal exposure time; found none', { details: { found: 0, needed: 4 } });
    const curve = fitPhotonTransfer(points);
    context.metadata.metric('gain', curve.gain, 'electron/ADU');
    context.metadata.metric('readNoise', curve.readNoise, 'electron');
    return { ptc: { ...curve, used: [...curve.used], points } };
  },
});
