import { columnsOf, type DataId, type DatasetColumns, type GraphSource, memorySource, predictedId } from '../../src/index.ts';

export interface SurveyOptions {
  readonly visits: number;
  readonly detectors: number;
  readonly patches: number;
  /** Patches that each detector of a visit falls on. */
  readonly patchesPerDetector: number;
  /** Leaves the raw of every n-th detector image out. */
  readonly missingEvery?: number;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const datasetsOf = (type: string, run: string, rows: readonly DataId[]): DatasetColumns => {
  const columns = columnsOf(Object.keys(rows[0] ?? {}), rows);
  return {
    ...columns,
    ids: rows.map((row) => predictedId(type, run, row)),
    runs: rows.map(() => run),
    locations: rows.map((_, i) => ({ file: i })),
  };
};

/** A synthetic survey in memory: visits of one camera over patches of one tract. */
export function surveySource(options: SurveyOptions): GraphSource {
  const { visits, detectors, patches, patchesPerDetector, missingEvery = 0 } = options;
  const instrument = 'TestCam';
  const visitRows: DataId[] = [];
  const raws: DataId[] = [];
  const overlaps: DataId[] = [];
  for (let visit = 1; visit <= visits; visit++) {
    visitRows.push({ instrument, visit, band: 'grizy'[visit % 5] as string });
    for (let detector = 0; detector < detectors; detector++) {
      if (missingEvery === 0 || raws.length % missingEvery !== missingEvery - 1) raws.push({ instrument, visit, detector });
      else raws.push({ instrument, visit: -visit, detector });
      for (let k = 0; k < patchesPerDetector; k++)
        overlaps.push({ instrument, visit, detector, skymap: 'sky', tract: 9, patch: (visit * 7 + detector + k * 3) % patches });
    }
  }
  const detectorRows = Array.from({ length: detectors }, (_, detector) => ({ instrument, detector }));
  const patchRows = Array.from({ length: patches }, (_, patch) => ({ skymap: 'sky', tract: 9, patch }));
  const table = (rows: readonly DataId[], joins: readonly string[]): { rows: ReturnType<typeof columnsOf>; joins: readonly string[] } => ({
    rows: columnsOf(Object.keys(rows[0] ?? {}), rows),
    joins,
  });
  return memorySource({
    required: {
      instrument: [],
      visit: ['instrument'],
      detector: ['instrument'],
      skymap: [],
      tract: ['skymap'],
      patch: ['skymap', 'tract'],
      band: [],
    },
    implied: { visit: ['band'] },
    tables: [
      table(visitRows, ['visit']),
      table(detectorRows, ['detector']),
      table(patchRows, ['patch']),
      table(overlaps, ['visit', 'patch']),
    ],
    datasetTypes: {
      raw: {
        dimensions: ['instrument', 'visit', 'detector'],
        storageClass: 'StructuredDataDict',
        collections: { raw: datasetsOf('raw', 'raw', raws) },
      },
      flat: {
        dimensions: ['instrument', 'detector'],
        storageClass: 'StructuredDataDict',
        collections: { calib: datasetsOf('flat', 'calib', detectorRows) },
        validFor: ({ detector }) => Number(detector),
      },
    },
  });
}
