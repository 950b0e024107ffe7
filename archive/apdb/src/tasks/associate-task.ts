import type { Exposure } from '@almagest/image';
import { defineTask, input, integerField, NoWorkError, numberField, output, stringField, type Task } from '@almagest/pipeline';
import type { Table } from '@almagest/table';
import { mjdFromTaiNs, taiNsFromUnixNs } from '@almagest/time';
import { createApdb } from '../sql/open-apdb.ts';
import { associateDetector } from './associate-detector.ts';

const DETECTOR = ['instrument', 'visit', 'detector'];

/** Links the detections of one detector to objects and stores them in the alert database. */
export const associateTask: Task = defineTask({
  name: 'associate',
  doc: 'Links detections on the difference image to objects, measures forced fluxes and stores everything in the alert database.',
  dimensions: DETECTOR,
  config: {
    apdb: stringField({
      doc: 'Address of the alert database: a SQLite file or postgresql://...; made where there is none.',
      default: 'apdb.sqlite3',
    }),
    namespace: stringField({ doc: 'PostgreSQL schema of the tables; empty for the usual one.', default: '' }),
    radiusArcsec: numberField({ doc: 'Farthest source of an object [arcsec].', default: 1, min: 0.01, max: 60 }),
    minReliability: numberField({ doc: 'Least reliability of a source that makes an object.', default: 0.1, min: 0, max: 1 }),
    maxNewObjects: integerField({ doc: 'Most new objects of one detector and visit.', default: 10_000, min: 1 }),
  },
  connections: {
    difference: input<Exposure>({
      name: 'difference_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Science minus matched template [nJy].',
    }),
    detections: input<Table>({
      name: 'dia_detections',
      storageClass: 'ArrowAstropy',
      dimensions: DETECTOR,
      doc: 'What is brighter or fainter than in the template.',
    }),
    science: input<Exposure>({
      name: 'visit_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Calibrated exposure; its PSF measures forced fluxes.',
    }),
    sources: output<Table>({
      name: 'dia_sources',
      storageClass: 'ArrowAstropy',
      dimensions: DETECTOR,
      doc: 'Detections as stored, with their objects.',
    }),
  },
  run: async ({ difference, detections, science }, config, context) => {
    const { visitInfo } = { ...science, ...(difference.visitInfo ? { visitInfo: difference.visitInfo } : {}) };
    if (!difference.wcs) throw new NoWorkError('the difference image has no WCS');
    if (visitInfo?.midpointTaiNs === undefined) throw new NoWorkError('the exposure does not say when it was taken');
    const apdb = await createApdb({ address: config.apdb, ...(config.namespace === '' ? {} : { namespace: config.namespace }) });
    try {
      const { sources, association, outcome } = await associateDetector(
        apdb,
        {
          visit: BigInt(context.dataId['visit']!),
          detector: Number(context.dataId['detector']),
          visitMjdTai: mjdFromTaiNs(visitInfo.midpointTaiNs, 'tai'),
          processedMjdTai: mjdFromTaiNs(taiNsFromUnixNs(BigInt(Date.now()) * 1_000_000n), 'tai'),
          band: difference.filter?.band ?? science.filter?.band ?? String(context.dataId['band'] ?? ''),
          sources: detections,
          difference,
          science,
          ...(visitInfo.exposureSec === undefined ? {} : { exposureSec: visitInfo.exposureSec }),
        },
        { matching: { radiusArcsec: config.radiusArcsec }, minReliability: config.minReliability, maxNewObjects: config.maxNewObjects },
      );
      context.metadata.set('stored', outcome.stored);
      context.metadata.metric('newObjects', association?.newCount ?? 0, 'object');
      context.metadata.metric('updatedObjects', association?.updatedCount ?? 0, 'object');
      return { sources };
    } finally {
      await apdb.close();
    }
  },
});
