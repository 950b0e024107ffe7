import type { Exposure } from '@almagest/image';
import {
  AlgorithmFailedError,
  booleanField,
  defineTask,
  input,
  integerField,
  numberField,
  output,
  prerequisite,
  stringField,
  type Task,
} from '@almagest/pipeline';
import { concatTables, type Table } from '@almagest/table';
import { summarizeDetector } from '../summary/detector-summary.ts';
import { calibrateImage } from '../calibrate/calibrate-image.ts';
import { colorsOfTable, epochOf, referenceOfTable } from './reference-of-table.ts';
import { sourceTable } from './source-table.ts';

const VISIT_DETECTOR = ['instrument', 'visit', 'detector'];
const RAD = Math.PI / 180;
const MAS_PER_RADIAN = 3.6e6 / RAD;

/** Astrometric and photometric calibration of one detector by a reference catalogue. */
export const calibrateImageTask: Task = defineTask({
  name: 'calibrateImage',
  doc: 'Fits WCS and zero point to reference stars and writes the Source table.',
  dimensions: VISIT_DETECTOR,
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
    wcsOrder: integerField({ doc: 'Degree of the distortion polynomial.', default: 3, min: 1, max: 9 }),
    pointingErrorArcmin: numberField({ doc: 'How far the pointing may be off [arcmin].', default: 5, min: 0.01, max: 600 }),
    minSnr: numberField({ doc: 'Least signal-to-noise ratio of a source that is used.', default: 10, min: 0 }),
    referencePsfSigma: numberField({ doc: 'Width of the PSF that effective exposure times refer to [pixel].', default: 2, min: 0.1 }),
    referenceSky: numberField({ doc: 'Sky that effective exposure times refer to [electron/s/pixel].', default: 30, min: 0 }),
    referenceZeroPoint: numberField({ doc: 'Zero point that effective exposure times refer to [mag of 1 electron/s].', default: 28 }),
    colorTerm: numberField({ doc: 'Colour term of the band [mag/mag], with the colour of colorBands.', default: 0 }),
    fitColorTerm: booleanField({ doc: 'Whether to find the colour term by the stars themselves.', default: false }),
    spatialOrder: integerField({ doc: "Order of the zero point's change over the detector.", default: 0, min: 0, max: 4 }),
  },
  templates: { referenceCatalogue: 'reference' },
  connections: {
    exposure: input<Exposure>({
      name: 'icExp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Sky-subtracted detector [electron].',
    }),
    measured: input<Table>({ name: 'icSrc', storageClass: 'ArrowTable', dimensions: VISIT_DETECTOR, doc: 'Measured sources [electron].' }),
    psfSummary: input<Record<string, number>>({
      name: 'icSummary',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      doc: 'What sky and PSF are like.',
    }),
    reference: prerequisite<readonly Table[]>({
      name: '{referenceCatalogue}',
      storageClass: 'ArrowTable',
      dimensions: ['htm7'],
      multiple: true,
      doc: 'Reference stars: ra, dec [deg], magnitudes [mag], pmra, pmdec (or pmRa, pmDec) [mas/yr].',
    }),
    calexp: output<Exposure>({
      name: 'calexp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Calibrated detector [electron] with its WCS, PSF, aperture corrections and calibration.',
    }),
    sources: output<Table>({
      name: 'source',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'Sources in the columns of the Source table.',
    }),
    summary: output<Record<string, number | string>>({
      name: 'calexpSummary',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      doc: 'How well it went, in names of the CcdVisit table.',
    }),
  },
  run({ exposure, measured, psfSummary, reference }, config, { metadata, dataId }) {
    const band = exposure.filter?.band ?? 'r';
    if (reference.length === 0)
      throw new AlgorithmFailedError('no reference stars overlap the detector; ingest a catalogue that covers it');
    const table = concatTables(reference);
    const catalogue = referenceOfTable(table, config.magnitude.replaceAll('{band}', band), config.referenceEpoch);
    const colors = colorsOfTable(table, config.magnitude, config.colorBands);
    const epoch = epochOf(exposure.visitInfo);
    const calibrated = metadata.time('calibrate', () =>
      calibrateImage(exposure, measured, catalogue, {
        wcsOrder: config.wcsOrder,
        pointingError: (config.pointingErrorArcmin * RAD) / 60,
        minSnr: config.minSnr,
        spatialOrder: config.spatialOrder,
        ...(epoch === undefined ? {} : { epoch }),
        ...(colors ? { colors } : {}),
        ...(colors && (config.fitColorTerm || config.colorTerm !== 0) ? { colorTerm: config.fitColorTerm ? 'fit' : config.colorTerm } : {}),
      }),
    );
    const { astrometry, zeroPoint, sources, exposure: calexp } = calibrated;
    if (astrometry.chromatic)
      metadata.metric('chromaticShift', Math.hypot(astrometry.chromatic.east, astrometry.chromatic.north) * MAS_PER_RADIAN, 'mas');
    if (zeroPoint) metadata.metric('zeroPoint', zeroPoint.zeroPoint, 'mag');
    if (zeroPoint && config.fitColorTerm) metadata.metric('colorTerm', zeroPoint.colorTerm, 'mag/mag');
    else metadata.warn('too few stars with magnitudes; fluxes stay in counts');
    const visit = BigInt(String(dataId['visit'] ?? exposure.visitInfo?.visitId ?? 0));
    return {
      calexp,
      sources: sourceTable(sources, {
        visit,
        detector: Number(dataId['detector'] ?? exposure.detectorId ?? 0),
        band,
        physicalFilter: exposure.filter?.physical ?? band,
      }),
      summary: {
        ...summarizeDetector(calibrated, psfSummary, {
          psfSigma: config.referencePsfSigma,
          skyPerSec: config.referenceSky,
          zeroPoint: config.referenceZeroPoint,
        }),
        band,
        physicalFilter: exposure.filter?.physical ?? band,
      },
    };
  },
});
