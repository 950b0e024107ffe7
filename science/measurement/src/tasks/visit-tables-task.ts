import { type Deferred, defineTask, input, output, type Task } from '@almagest/pipeline';
import type { Table } from '@almagest/table';
import { ccdVisitTable, type DetectorSummary, visitTable } from './visit-tables.ts';

const VISIT = ['instrument', 'visit'];

/** The Visit and CcdVisit tables of one visit. */
export const visitTablesTask: Task = defineTask({
  name: 'makeVisitTables',
  doc: 'Puts together what is known of a visit and of each of its detectors.',
  dimensions: VISIT,
  config: {},
  connections: {
    summaries: input<readonly Deferred<Record<string, number | string>>[]>({
      name: 'calexpSummary',
      storageClass: 'StructuredDataDict',
      dimensions: ['instrument', 'visit', 'detector'],
      doc: 'How well the calibration of a detector went.',
      multiple: true,
      deferred: true,
    }),
    visits: output<Table>({
      name: 'visit_table',
      storageClass: 'ArrowTable',
      dimensions: VISIT,
      doc: 'The visit in the columns of the Visit table.',
    }),
    detectors: output<Table>({
      name: 'visit_detector_table',
      storageClass: 'ArrowTable',
      dimensions: VISIT,
      doc: 'Its detectors in the columns of the CcdVisit table.',
    }),
  },
  run: async ({ summaries }) => {
    const detectors: DetectorSummary[] = [];
    for (const summary of summaries) {
      const { band, physicalFilter, ...values } = await summary.get();
      detectors.push({
        visit: BigInt(String(summary.dataId['visit'])),
        detector: Number(summary.dataId['detector']),
        band: String(band),
        physicalFilter: String(physicalFilter),
        // What JSON cannot hold, such as NaN, comes back as null.
        values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === null ? Number.NaN : Number(value)])),
      });
    }
    detectors.sort((a, b) => a.detector - b.detector);
    return { visits: visitTable(detectors), detectors: ccdVisitTable(detectors) };
  },
});
