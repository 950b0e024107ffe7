import { diaIds, measureForcedFluxes } from '@almagest/association';
import { calibrationAt, type Exposure } from '@almagest/image';
import { type Column, columnFromCells, makeColumn, makeTable, type Table } from '@almagest/table';

const DEGREE = Math.PI / 180;
/** Running numbers that fit into an id. */
const NUMBERS = 16_384;

/** The images of one detector of one visit. */
export interface DetectorImages {
  readonly visit: bigint;
  readonly detector: number;
  readonly visitMjdTai: number;
  readonly band: string;
  /** Difference image [nJy] with its WCS. */
  readonly difference: Exposure;
  /** Direct image: its PSF measures forced fluxes on both images; its calibration, if it has one, gives nanojansky. */
  readonly science?: Exposure;
}

/**
 * Forced photometry at the positions of objects [deg], as rows of DiaForcedSource; objects outside the image get none.
 *
 * @param firstNumber - Running number of the first id; ids repeat beyond 16,384, since the key of a row is object, visit and detector.
 * @returns Undefined where there is no PSF or no WCS.
 */
export function measureForcedSources(
  images: DetectorImages,
  targets: ReadonlyMap<bigint, readonly [number, number]>,
  firstNumber = 0,
): Table | undefined {
  const { difference, science, visit, detector } = images;
  const psf = science?.psf ?? difference.psf;
  const wcs = difference.wcs;
  if (!psf || !wcs) return undefined;
  const entries = [...targets].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const pixels = entries.map(([, [ra, dec]]) => wcs.skyToPixel(ra * DEGREE, dec * DEGREE));
  const at = { x: Float64Array.from(pixels, (p) => p.x), y: Float64Array.from(pixels, (p) => p.y) };
  const onDifference = measureForcedFluxes(difference.maskedImage, psf, at);
  const onScience = science && measureForcedFluxes(science.maskedImage, psf, at);
  const rows = Array.from(onDifference.flux.keys()).filter((i) => Number.isFinite(onDifference.flux[i]));
  const { photoCalib } = science ?? {};
  const toNjy = (i: number): number => (photoCalib ? calibrationAt(photoCalib, at.x[i]!, at.y[i]!) : 1);
  const double = (name: string, value: (i: number) => number): Column =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(rows, value) });
  const long = (name: string, data: BigInt64Array): Column => makeColumn({ name, datatype: 'int64', data });
  const numbers = diaIds(visit, detector, Math.min(firstNumber + rows.length, NUMBERS));
  return makeTable([
    long(
      'diaForcedSourceId',
      BigInt64Array.from(rows, (_, k) => numbers[(firstNumber + k) % NUMBERS]!),
    ),
    long(
      'diaObjectId',
      BigInt64Array.from(rows, (i) => entries[i]![0]),
    ),
    double('ra', (i) => entries[i]![1][0]),
    double('dec', (i) => entries[i]![1][1]),
    double('midpointMjdTai', () => images.visitMjdTai),
    double('psfFlux', (i) => onDifference.flux[i]!),
    double('psfFluxErr', (i) => onDifference.error[i]!),
    double('scienceFlux', (i) => toNjy(i) * (onScience?.flux[i] ?? Number.NaN)),
    double('scienceFluxErr', (i) => toNjy(i) * (onScience?.error[i] ?? Number.NaN)),
    columnFromCells(
      { name: 'band', datatype: 'string' },
      rows.map(() => (images.band === '' ? null : images.band)),
    ),
  ]);
}
