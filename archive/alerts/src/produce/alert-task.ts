import { openApdb } from '@almagest/apdb';
import type { Exposure } from '@almagest/image';
import { booleanField, defineTask, input, integerField, numberField, output, stringField, type Task } from '@almagest/pipeline';
import type { Table } from '@almagest/table';
import { AlertLog } from '../stream/alert-log.ts';
import { alertDetector } from './alert-detector.ts';

const DETECTOR = ['instrument', 'visit', 'detector'];

/** What one detector sent. */
export interface AlertSummary {
  readonly alerts: number;
  /** Packets that were in the log already, from a run that was cut short. */
  readonly duplicates: number;
  readonly log: string;
}

/** Sends an alert for each stored source of a detector to the alert log. */
export const alertTask: Task = defineTask({
  name: 'alert',
  doc: 'Encodes an alert packet for each stored source and appends it to the alert log.',
  dimensions: DETECTOR,
  config: {
    apdb: stringField({ doc: 'Address of the alert database that the associate task stored to.', default: 'apdb.sqlite3' }),
    namespace: stringField({ doc: 'PostgreSQL schema of the tables; empty for the usual one.', default: '' }),
    log: stringField({ doc: 'Folder of the alert log.', default: 'alerts' }),
    waitSec: numberField({ doc: 'How long to wait while another detector writes to the log [s].', default: 120, min: 0 }),
    stampPixels: integerField({ doc: 'Side of the stamps [pixel].', default: 30, min: 8, max: 512 }),
    planes: booleanField({ doc: 'Whether stamps carry variance, mask and PSF.', default: false }),
    minReliability: numberField({ doc: 'Least reliability of a source that is sent.', default: 0, min: 0, max: 1 }),
  },
  connections: {
    sources: input<Table>({ name: 'dia_sources', storageClass: 'ArrowAstropy', dimensions: DETECTOR, doc: 'Detections as stored.' }),
    difference: input<Exposure>({
      name: 'difference_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Difference image [nJy].',
    }),
    science: input<Exposure>({ name: 'visit_image', storageClass: 'ExposureF', dimensions: DETECTOR, doc: 'Calibrated exposure.' }),
    template: input<Exposure | undefined>({
      name: 'template_detector',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      optional: true,
      doc: 'Template on the pixels of the detector [nJy].',
    }),
    summary: output<AlertSummary>({
      name: 'alert_summary',
      storageClass: 'StructuredDataDict',
      dimensions: DETECTOR,
      doc: 'How many alerts were sent, and where.',
    }),
  },
  run: async ({ difference, science, template }, config, context) => {
    const apdb = await openApdb({ address: config.apdb, ...(config.namespace === '' ? {} : { namespace: config.namespace }) });
    try {
      const log = await AlertLog.open(config.log, { waitMs: 1000 * config.waitSec });
      try {
        const { appended, duplicates } = await alertDetector(
          apdb,
          log,
          BigInt(context.dataId['visit']!),
          Number(context.dataId['detector']),
          { difference, science, ...(template ? { template } : {}) },
          { sidePixels: config.stampPixels, planes: config.planes, minReliability: config.minReliability },
        );
        context.metadata.metric('alerts', appended, 'alert');
        return { summary: { alerts: appended, duplicates, log: config.log } };
      } finally {
        await log.close();
      }
    } finally {
      await apdb.close();
    }
  },
});
