import { type Exposure, imageOf } from '@almagest/image';
import { evaluateSurface } from '@almagest/kernels';
import { calibrateTable, type PhotoCalibData, photoCalibData, photoCalibOfData } from '@almagest/photometry';
import { AlgorithmFailedError, defineTask, input, numberField, output, type Task } from '@almagest/pipeline';
import { getColumn, type Table } from '@almagest/table';
import { approximateTanSip, createTransform, skyWcsFromTransform, type SkyWcs } from '@almagest/wcs';
import { withCalibrationFlags } from '../calibrate/calibration-flags.ts';
import { colorsOfSources } from '../calibrate/colors-of-sources.ts';
import { placeSources } from '../calibrate/place-sources.ts';
import { summarizeDetector } from '../summary/detector-summary.ts';
import { levelOfTable } from './background-of-table.ts';
import type { VisitCalibrationData } from './calibrate-visit-task.ts';
import { sourceTable } from './source-table.ts';

const VISIT = ['instrument', 'visit'];
const VISIT_DETECTOR = ['instrument', 'visit', 'detector'];

/** One detector with the sky, the WCS and the calibration that its visit gives it. */
export const finishDetectorTask: Task = defineTask({
  name: 'finishDetector',
  doc: 'Gives a detector the sky, the WCS and the photometric calibration of its visit.',
  dimensions: VISIT_DETECTOR,
  config: {
    referencePsfSigma: numberField({ doc: 'Width of the PSF that effective exposure times refer to [pixel].', default: 2, min: 0.1 }),
    referenceSky: numberField({ doc: 'Sky that effective exposure times refer to [electron/s/pixel].', default: 30, min: 0 }),
    referenceZeroPoint: numberField({ doc: 'Zero point that effective exposure times refer to [mag of 1 electron/s].', default: 28 }),
    maxWcsErrorPixel: numberField({ doc: 'How far the WCS of the header may be from that of the visit [pixel].', default: 0.001, min: 0 }),
  },
  connections: {
    exposure: input<Exposure>({
      name: 'icExp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Detector without its own sky [electron].',
    }),
    measured: input<Table>({ name: 'icSrc', storageClass: 'ArrowTable', dimensions: VISIT_DETECTOR, doc: 'Measured sources [electron].' }),
    background: input<Table>({
      name: 'icExpBackground',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'Its own sky, which is put back [electron].',
    }),
    psfSummary: input<Record<string, number>>({
      name: 'icSummary',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      doc: 'What sky and PSF are like.',
    }),
    sky: input<Table>({ name: 'visitSky', storageClass: 'ArrowTable', dimensions: VISIT, doc: 'The sky of the visit [electron].' }),
    calibration: input<VisitCalibrationData>({
      name: 'visitCalibration',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT,
      doc: 'WCS and calibrations of the visit.',
    }),
    matches: input<Table>({ name: 'visitMatches', storageClass: 'ArrowTable', dimensions: VISIT, doc: 'Reference stars of the visit.' }),
    finished: output<Exposure>({
      name: 'final_visit_image',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Detector without the sky of its visit, calibrated with it [electron].',
    }),
    sources: output<Table>({
      name: 'final_source',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'Sources in the columns of the Source table; fluxes above the sky about them.',
    }),
    photoCalib: output<PhotoCalibData | undefined>({
      name: 'finalPhotoCalib',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      optional: true,
      doc: 'Counts to nanojansky.',
    }),
    summary: output<Record<string, number | string>>({
      name: 'finalSummary',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      doc: 'How well it went, in names of the CcdVisit table.',
    }),
  },
  run({ exposure, measured, background, psfSummary, sky, calibration, matches }, config, { dataId, metadata }) {
    const detector = Number(dataId['detector'] ?? exposure.detectorId);
    const own = calibration.detectors.find((each) => each.detector === detector);
    if (!own) throw new AlgorithmFailedError(`the calibration of the visit holds no detector ${detector}`);
    const { width, height } = exposure.maskedImage.image;
    const { wcs, maxErrorPixel } = approximateTanSip(skyWcsFromTransform(createTransform(own.transform)), { width, height });
    metadata.metric('wcsError', maxErrorPixel, 'pixel');
    if (!(maxErrorPixel <= config.maxWcsErrorPixel))
      throw new AlgorithmFailedError(
        `a header holds the WCS of the visit to ${maxErrorPixel.toExponential(1)} pixel, and ${config.maxWcsErrorPixel} are allowed`,
      );
    const stars = starsOf(matches, detector);
    const photoCalib = own.photoCalib && photoCalibOfData(own.photoCalib as unknown as PhotoCalibData);
    const placed = placeOnSky(measured, { wcs, width, height, calibration, stars });
    const flagged = withCalibrationFlags(placed, {
      astrometric: stars.map(({ row }) => row),
      photometric: stars.filter((star) => star.photometric).map(({ row }) => row),
    });
    const table = photoCalib ? calibrateTable(flagged, photoCalib) : flagged;
    const finished = { ...withSky(exposure, background, { sky, detector }), wcs, ...(photoCalib ? { photoCalib } : {}) };
    const band = exposure.filter?.band ?? 'r';
    const physicalFilter = exposure.filter?.physical ?? band;
    const { zeroPoints } = calibration;
    const image = {
      exposure: finished,
      wcs,
      sources: table,
      astrometry: {
        used: new Uint8Array(stars.length).fill(1),
        dx: Float64Array.from(stars, ({ dx }) => dx),
        dy: Float64Array.from(stars, ({ dy }) => dy),
      },
      ...(photoCalib ? { photoCalib } : {}),
      ...(zeroPoints ? { zeroPoint: { zeroPoint: zeroPoints.zeroPoint, count: stars.filter((star) => star.photometric).length } } : {}),
    };
    const reference = { psfSigma: config.referencePsfSigma, skyPerSec: config.referenceSky, zeroPoint: config.referenceZeroPoint };
    return {
      finished,
      sources: sourceTable(table, {
        visit: BigInt(String(dataId['visit'] ?? exposure.visitInfo?.visitId ?? 0)),
        detector,
        band,
        physicalFilter,
      }),
      photoCalib: photoCalib ? photoCalibData(photoCalib) : undefined,
      summary: { ...summarizeDetector(image, psfSummary, reference), band, physicalFilter },
    };
  },
});

interface MatchedRow {
  readonly row: number;
  readonly dx: number;
  readonly dy: number;
  readonly color: number;
  readonly photometric: boolean;
}

/** The reference stars on one detector. */
function starsOf(matches: Table, detector: number): MatchedRow[] {
  const [of, row, dx, dy, color, photometric] = ['detector', 'row', 'dx', 'dy', 'color', 'photometric'].map(
    (name) => getColumn(matches, name).data,
  );
  return Array.from({ length: matches.nrows }, (_, i) => i)
    .filter((i) => Number(of[i]) === detector)
    .map((i) => ({
      row: Number(row[i]),
      dx: Number(dx[i]),
      dy: Number(dy[i]),
      color: Number(color[i]),
      photometric: Boolean(photometric[i]),
    }));
}

interface PlaceRequest {
  readonly wcs: SkyWcs;
  readonly width: number;
  readonly height: number;
  readonly calibration: VisitCalibrationData;
  readonly stars: readonly MatchedRow[];
}

function placeOnSky(measured: Table, { wcs, width, height, calibration, stars }: PlaceRequest): Table {
  const { chromatic, relation, zeroPoints } = calibration;
  if (!chromatic) return placeSources(measured, wcs, { width, height });
  const colors = colorsOfSources(measured, {
    rows: stars.map(({ row }) => row),
    colors: stars.map(({ color }) => color),
    relation,
    zeroPoint: zeroPoints?.zeroPoint,
  });
  return placeSources(measured, wcs, { width, height, colored: { chromatic, colors } });
}

/** The exposure with its own sky put back and that of the visit taken off. */
function withSky(exposure: Exposure, background: Table, { sky, detector }: { readonly sky: Table; readonly detector: number }): Exposure {
  const { maskedImage } = exposure;
  const { image } = maskedImage;
  const of = getColumn(sky, 'detector').data;
  const rows = Array.from({ length: sky.nrows }, (_, i) => i).filter((i) => Number(of[i]) === detector);
  if (rows.length === 0) throw new AlgorithmFailedError(`the sky of the visit holds no detector ${detector}`);
  const own = levelOfTable(background);
  const common = levelOfTable(sky, rows);
  // Surfaces are linear in their meshes: one evaluation serves for both.
  const difference = { ...own, values: Float64Array.from(own.values, (value, k) => value - common.values[k]) };
  const { width, height } = image;
  const surface = { data: new Float32Array(width * height), width, height, stride: width };
  evaluateSurface(difference, surface);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) surface.data[y * width + x] += image.data[y * image.stride + x];
  return { ...exposure, maskedImage: { ...maskedImage, image: imageOf(surface.data, width, height, image) } };
}
