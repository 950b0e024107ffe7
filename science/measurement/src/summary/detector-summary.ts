import { FWHM_PER_SIGMA, magnitudeOfNjy } from '@almagest/image';
import { computeLocalMatrix, computePixelScale } from '@almagest/wcs';
import { mjdFromTaiNs } from '@almagest/time';
import type { CalibratedImage } from '../calibrate/calibrate-image.ts';

const DEG = 180 / Math.PI;
const ARCSEC = 3600 * DEG;

/** Conditions that effective exposure times are measured in; NaN leaves a part at 1. */
export interface ReferenceConditions {
  /** Width of the PSF as a standard deviation [pixel]. */
  readonly psfSigma: number;
  /** Sky [count / s / pixel]. */
  readonly skyPerSec: number;
  /** Magnitude of one count a second. */
  readonly zeroPoint: number;
}

/** The parts of a calibrated image that its summary is made of. */
export interface SummarizedImage extends Pick<CalibratedImage, 'exposure' | 'wcs' | 'photoCalib' | 'sources'> {
  readonly astrometry: Pick<CalibratedImage['astrometry'], 'used' | 'dx' | 'dy'>;
  readonly zeroPoint?: Pick<NonNullable<CalibratedImage['zeroPoint']>, 'zeroPoint' | 'count'>;
}

/**
 * What the CcdVisit table says of a calibrated detector.
 *
 * @param psf - See summarizePsf. @returns Numbers by column; NaN where nothing is known. Times are TAI [MJD], angles degrees.
 */
export function summarizeDetector(
  image: SummarizedImage,
  psf: Readonly<Record<string, number>>,
  reference: ReferenceConditions,
): Readonly<Record<string, number>> {
  const { exposure, wcs, astrometry, zeroPoint, photoCalib } = image;
  const { width, height } = exposure.maskedImage.image;
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const centre = wcs.pixelToSky(x, y);
  const scale = computePixelScale(wcs, x, y) * ARCSEC;
  const { eastY, northY } = computeLocalMatrix(wcs, x, y);
  const { visitInfo } = exposure;
  const seconds = visitInfo?.exposureSec ?? Number.NaN;
  const perSecond = zeroPoint ? zeroPoint.zeroPoint - 2.5 * Math.log10(seconds) : Number.NaN;
  const offsets = Array.from(astrometry.used.keys())
    .filter((k) => astrometry.used[k] === 1)
    .map((k) => Math.hypot(astrometry.dx[k], astrometry.dy[k]) * scale);
  const mean = offsets.reduce((sum, value) => sum + value, 0) / offsets.length;
  const { psfSigma = Number.NaN, skyBg = Number.NaN } = psf;
  const [sigmaScale, skyScale, zeroScale] = [
    (reference.psfSigma / psfSigma) ** 2,
    (reference.skyPerSec * seconds) / skyBg,
    10 ** (0.8 * (perSecond - reference.zeroPoint)),
  ];
  const known = [sigmaScale, skyScale, zeroScale].filter(Number.isFinite);
  const midpoint = visitInfo?.midpointTaiNs;
  const middleMjd = midpoint === undefined ? Number.NaN : mjdFromTaiNs(midpoint, 'tai');
  return {
    ...psf,
    ra: centre.ra * DEG,
    dec: centre.dec * DEG,
    pixelScale: scale,
    zenithDistance: 90 - (visitInfo?.boresightAltitude ?? Number.NaN) * DEG,
    expTime: seconds,
    darkTime: visitInfo?.darkSec ?? Number.NaN,
    zeroPoint: perSecond,
    seeing: psfSigma * FWHM_PER_SIGMA * scale,
    skyRotation: Math.atan2(eastY, northY) * DEG,
    astromOffsetMean: mean,
    astromOffsetStd: Math.sqrt(offsets.reduce((sum, value) => sum + (value - mean) ** 2, 0) / offsets.length),
    nAstrometryStar: offsets.length,
    nPhotometryStar: zeroPoint?.count ?? 0,
    effTime: known.length > 0 ? known.reduce((product, value) => product * value, seconds) : Number.NaN,
    effTimePsfSigmaScale: sigmaScale,
    effTimeSkyBgScale: skyScale,
    effTimeZeroPointScale: zeroScale,
    magLim: photoCalib ? limit(image) : Number.NaN,
    expMidptMJD: middleMjd,
    obsStartMJD: middleMjd - seconds / 86_400 / 2,
    ...cornersOf(image),
    boresightRa: (visitInfo?.boresightRa ?? Number.NaN) * DEG,
    boresightDec: (visitInfo?.boresightDec ?? Number.NaN) * DEG,
    boresightRotation: (visitInfo?.boresightRotation ?? Number.NaN) * DEG,
    azimuth: (visitInfo?.boresightAzimuth ?? Number.NaN) * DEG,
    altitude: (visitInfo?.boresightAltitude ?? Number.NaN) * DEG,
    airmass: visitInfo?.boresightAirmass ?? Number.NaN,
  };
}

/** Sky positions of the outer corners [deg]. */
function cornersOf({ exposure, wcs }: Pick<CalibratedImage, 'exposure' | 'wcs'>): Record<string, number> {
  const { width, height } = exposure.maskedImage.image;
  const corners = { llc: [-0.5, -0.5], ulc: [-0.5, height - 0.5], urc: [width - 0.5, height - 0.5], lrc: [width - 0.5, -0.5] } as const;
  return Object.fromEntries(
    Object.entries(corners).flatMap(([name, [x, y]]) => {
      const { ra, dec } = wcs.pixelToSky(x, y);
      return [
        [`${name}ra`, ra * DEG],
        [`${name}dec`, dec * DEG],
      ];
    }),
  );
}

/** AB magnitude of a point source at five sigma of the sky: from the PSF's effective area and the noise of a sky pixel [nJy]. */
function limit({ sources }: Pick<CalibratedImage, 'sources'>): number {
  const column = (name: string): number[] =>
    Array.from((sources.columns.find((c) => c.name === name)?.data ?? []) as Float64Array)
      .filter(Number.isFinite)
      .toSorted((a, b) => a - b);
  const [areas, noises, corrections] = [column('psfFlux_area'), column('skyErr'), column('psfFlux_apCorr')];
  if (areas.length === 0 || noises.length === 0) return Number.NaN;
  const middle = (values: readonly number[]): number => values[values.length >> 1] ?? 1;
  const flux = 5 * Math.sqrt(middle(areas)) * middle(noises) * middle(corrections);
  return magnitudeOfNjy(flux);
}
