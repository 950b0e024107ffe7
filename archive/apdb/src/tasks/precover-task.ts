import type { Exposure } from '@almagest/image';
import { defineTask, input, NoWorkError, numberField, output, stringField, type Task } from '@almagest/pipeline';
import { mjdFromTaiNs, taiNsFromUnixNs } from '@almagest/time';
import { openApdb } from '../sql/open-apdb.ts';
import { precoverDetector, PRECOVERY_DAYS } from './precover-detector.ts';

const DETECTOR = ['instrument', 'visit', 'detector'];

/** What precovery added on one image. */
export interface PrecoverySummary {
  readonly forcedSources: number;
}

/** Measures objects that were found since on an earlier image. */
export const precoverTask: Task = defineTask({
  name: 'precover',
  doc: 'Measures forced fluxes of objects that were discovered after an image on that image, up to thirty days back.',
  dimensions: DETECTOR,
  config: {
    apdb: stringField({ doc: 'Address of the alert database.', default: 'apdb.sqlite3' }),
    namespace: stringField({ doc: 'PostgreSQL schema of the tables; empty for the usual one.', default: '' }),
    windowDays: numberField({ doc: 'Longest time from an image to the discovery of an object [day].', default: PRECOVERY_DAYS, min: 0 }),
  },
  connections: {
    difference: input<Exposure>({
      name: 'difference_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Science minus matched template [nJy].',
    }),
    science: input<Exposure>({ name: 'visit_image', storageClass: 'ExposureF', dimensions: DETECTOR, doc: 'Calibrated exposure.' }),
    summary: output<PrecoverySummary>({
      name: 'precovery_summary',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'How many forced sources were added.',
    }),
  },
  run: async ({ difference, science }, config, context) => {
    const midpoint = (difference.visitInfo ?? science.visitInfo)?.midpointTaiNs;
    if (!difference.wcs) throw new NoWorkError('the difference image has no WCS');
    if (midpoint === undefined) throw new NoWorkError('the exposure does not say when it was taken');
    const apdb = await openApdb({ address: config.apdb, ...(config.namespace === '' ? {} : { namespace: config.namespace }) });
    try {
      const forcedSources = await precoverDetector(
        apdb,
        {
          visit: BigInt(context.dataId['visit']!),
          detector: Number(context.dataId['detector']),
          visitMjdTai: mjdFromTaiNs(midpoint, 'tai'),
          band: difference.filter?.band ?? science.filter?.band ?? String(context.dataId['band'] ?? ''),
          difference,
          science,
        },
        {
          processedMjdTai: mjdFromTaiNs(taiNsFromUnixNs(BigInt(Date.now()) * 1_000_000n), 'tai'),
          windowDays: config.windowDays,
        },
      );
      context.metadata.metric('forcedSources', forcedSources, 'source');
      return { summary: { forcedSources } };
    } finally {
      await apdb.close();
    }
  },
});
