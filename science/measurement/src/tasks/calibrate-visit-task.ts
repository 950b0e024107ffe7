import type { VisitInfo } from '@almagest/image';
import { type Camera, getDetector } from '@almagest/instrument';
import {
  AlgorithmFailedError,
  type Deferred,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  prerequisite,
  stringField,
  type Task,
} from '@almagest/pipeline';
import { concatTables, makeColumn, makeTable, type Table } from '@almagest/table';
import { calibrateVisit, type MeasuredDetector, type VisitCalibration } from '../visit/calibrate-visit.ts';
import { fieldOfDetector } from './field-of-detector.ts';
import { colorsOfTable, epochOf, referenceOfTable } from './reference-of-table.ts';

const VISIT = ['instrument', 'visit'];
const VISIT_DETECTOR = ['instrument', 'visit', 'detector'];
const RAD = Math.PI / 180;

/** The calibration of a visit as a dataset: everything but the matched stars, which are a table. */
export type VisitCalibrationData = Omit<VisitCalibration, 'detectors'> & {
  readonly detectors: readonly Omit<VisitCalibration['detectors'][number], 'matches'>[];
};

/** Astrometric and photometric calibration of all detectors of a visit together, over the camera model. */
export const calibrateVisitTask: Task = defineTask({
  name: 'calibrateVisit',
  doc: 'Fits one WCS model and one surface of zero points to all detectors of a visit.',
  dimensions: VISIT,
  config: {
    magnitude: stringField({
      doc: 'Column of the reference catalogue with the AB magnitude in the band; {band} stands for the band.',
      default: '{band}',
    }),
    referenceEpoch: numberField({ doc: 'Epoch of the reference positions [Julian year].', default: 2016 }),
    colorBands: stringField({
      doc: 'Two bands whose difference is the colour of the reference stars, as "g-i"; used where the catalogue has both.',
      default: 'g-i',
    }),
    order: integerField({ doc: 'Degree of the polynomial common to all detectors.', default: 3, min: 1, max: 7 }),
    photometricOrder: integerField({ doc: "Order of the zero point's surface over the focal plane.", default: 2, min: 0, max: 6 }),
    pointingErrorArcmin: numberField({ doc: 'How far the pointing may be off [arcmin].', default: 5, min: 0.01, max: 600 }),
    minSnr: numberField({ doc: 'Least signal-to-noise ratio of a source that is used.', default: 10, min: 0 }),
  },
  templates: { referenceCatalogue: 'reference' },
  connections: {
    measured: input<readonly Deferred<Table>[]>({
      name: 'icSrc',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'Measured sources [electron].',
      multiple: true,
      deferred: true,
    }),
    exposures: input<readonly Deferred<unknown>[]>({
      name: 'icExp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Detectors, of which only the description of the visit and the filter are read.',
      multiple: true,
      deferred: true,
    }),
    camera: prerequisite<Camera>({
      name: 'camera',
      storageClass: 'Camera',
      dimensions: ['instrument'],
      doc: 'Geometry of the camera.',
      calibration: true,
    }),
    reference: prerequisite<readonly Table[]>({
      name: '{referenceCatalogue}',
      storageClass: 'ArrowTable',
      dimensions: ['htm7'],
      multiple: true,
      doc: 'Reference stars: ra, dec [deg], magnitudes [mag], pmra, pmdec (or pmRa, pmDec) [mas/yr].',
    }),
    calibration: output<VisitCalibrationData>({
      name: 'visitCalibration',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT,
      doc: 'Boresight, pixel-to-sky transform and photometric calibration of every detector.',
    }),
    matches: output<Table>({
      name: 'visitMatches',
      storageClass: 'ArrowTable',
      dimensions: VISIT,
      doc: 'Rows of icSrc that are reference stars: residuals [pixel], colours [mag].',
    }),
  },
  async run({ measured, exposures, camera, reference }, config, { metadata }) {
    const [first] = exposures;
    if (first === undefined || measured.length === 0) throw new NoWorkError('the visit has no measured detector');
    if (reference.length === 0) throw new AlgorithmFailedError('no reference stars overlap the visit; ingest a catalogue that covers it');
    const info = await first.component<VisitInfo>('visitInfo');
    const filter = await first.component<{ readonly band: string } | undefined>('filter');
    const { boresightRa: ra, boresightDec: dec, boresightRotation: rotation = 0 } = info;
    if (ra === undefined || dec === undefined) throw new AlgorithmFailedError('the visit does not tell where the telescope pointed');
    const detectors: MeasuredDetector[] = [];
    for (const item of measured) {
      const geometry = getDetector(camera, Number(item.dataId['detector']));
      const toField = fieldOfDetector(camera, geometry);
      if (!toField) throw new AlgorithmFailedError(`the camera file gives no place of detector ${geometry.name} on the sky`);
      detectors.push({ detector: geometry.id, width: geometry.width, height: geometry.height, toField, sources: await item.get() });
    }
    detectors.sort((a, b) => a.detector - b.detector);
    const table = concatTables(reference);
    const colors = colorsOfTable(table, config.magnitude, config.colorBands);
    const epoch = epochOf(info);
    const catalogue = referenceOfTable(table, config.magnitude.replaceAll('{band}', filter?.band ?? 'r'), config.referenceEpoch);
    const calibrated = metadata.time('calibrate', () =>
      calibrateVisit(detectors, catalogue, {
        boresight: { ra, dec, rotation },
        order: config.order,
        photometricOrder: config.photometricOrder,
        pointingError: (config.pointingErrorArcmin * RAD) / 60,
        minSnr: config.minSnr,
        ...(epoch === undefined ? {} : { epoch }),
        ...(colors ? { colors } : {}),
      }),
    );
    metadata.metric('astrometricScatter', calibrated.scatterArcsec * 1000, 'mas');
    metadata.metric('astrometricStars', calibrated.pairs, '');
    const { zeroPoints } = calibrated;
    if (zeroPoints) {
      metadata.metric('zeroPoint', zeroPoints.zeroPoint, 'mag');
      metadata.metric('photometricScatter', zeroPoints.scatterMag * 1000, 'mmag');
    } else metadata.warn('too few stars with magnitudes; fluxes stay in counts');
    return { calibration: plainOf(calibrated), matches: matchesTable(calibrated) };
  },
});

/** Without the matched stars, and without what JSON does not keep. */
function plainOf({ detectors, zeroPoints, ...rest }: VisitCalibration): VisitCalibrationData {
  const plain = {
    ...rest,
    ...(zeroPoints ? { zeroPoints: { ...zeroPoints, surface: Array.from(zeroPoints.surface), offsets: [...zeroPoints.offsets] } } : {}),
    detectors: detectors.map(({ detector, transform, photoCalib }) => ({ detector, transform, ...(photoCalib ? { photoCalib } : {}) })),
  };
  return plain as unknown as VisitCalibrationData;
}

function matchesTable({ detectors }: VisitCalibration): Table {
  const rows = detectors.flatMap(({ detector, matches }) => matches.map((match) => ({ detector, ...match })));
  const floats = (name: 'dx' | 'dy' | 'color', unit: string): Table['columns'][number] =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(rows, (row) => row[name]), unit });
  return makeTable([
    makeColumn({ name: 'detector', datatype: 'int32', data: Int32Array.from(rows, (row) => row.detector) }),
    makeColumn({ name: 'row', datatype: 'int32', data: Int32Array.from(rows, (row) => row.row) }),
    floats('dx', 'pixel'),
    floats('dy', 'pixel'),
    floats('color', 'mag'),
    makeColumn({ name: 'photometric', datatype: 'boolean', data: Uint8Array.from(rows, (row) => (row.photometric ? 1 : 0)) }),
  ]);
}
